"""Labels that do not belong to the loss."""

import numpy as np
from message_table import (
    LABELS,
    ONE_HOT,
    YES_NO,
    X,
    classes_model,
    fit,
    refused,
    yes_no_model,
)


@refused("y", "row 2", "3", "labels from 0 to 2", "start at 1")
def labels_from_one():
    fit(classes_model(), X, LABELS + 1)


@refused("row 5", "9", "3 classes")
def a_label_too_large():
    y = LABELS.copy()
    y[5] = 9
    fit(classes_model(), X, y)


@refused("-1", "labels from 0 to 2")
def a_negative_label():
    y = LABELS.copy()
    y[5] = -1
    fit(classes_model(), X, y)


@refused("0.5", "whole number")
def a_broken_label():
    fit(classes_model(), X, LABELS + 0.5)


@refused("one-hot", "categorical_crossentropy", "(40, 3)")
def one_hot_with_a_sparse_loss():
    fit(classes_model(), X, ONE_HOT)


@refused("class numbers", "sparse_categorical_crossentropy", "(40,)")
def class_numbers_with_a_dense_loss():
    fit(classes_model("categorical_crossentropy"), X, LABELS)


@refused("class numbers", "sparse_categorical_crossentropy")
def a_column_of_class_numbers_with_a_dense_loss():
    fit(classes_model("categorical_crossentropy"), X, LABELS[:, None])


@refused("(40, 4)", "(batch, 3)")
def one_hot_of_another_width():
    fit(classes_model("categorical_crossentropy"), X, np.eye(4)[LABELS])


@refused("row 2", "2", "labels 0 and 1", "softmax")
def three_classes_with_a_sigmoid():
    fit(yes_no_model(), X, LABELS)


@refused("-1", "labels 0 and 1", "hinge")
def minus_one_and_one_with_a_sigmoid():
    fit(yes_no_model(), X, YES_NO * 2 - 1)


@refused("(40, 2)", "(batch, 1)")
def two_columns_with_one_output():
    fit(yes_no_model(), X, np.eye(2)[YES_NO])


@refused("1 class")
def a_sparse_loss_on_one_output():
    fit(yes_no_model("sparse_categorical_crossentropy"), X, YES_NO)


@refused("labels from 0 to 2")
def labels_in_evaluate():
    classes_model().evaluate(X, LABELS + 1, verbose=0)


@refused("labels from 0 to 2")
def labels_in_validation_data():
    fit(classes_model(), X, LABELS, validation_data=(X, LABELS + 1))


@refused("labels from 0 to 2")
def labels_in_train_on_batch():
    classes_model().train_on_batch(X, LABELS + 1)


@refused("`y`", "labels from 0 to 2", "batch 0 of the generator")
def labels_in_a_generator():
    def batches():
        while True:
            yield X, LABELS + 1

    classes_model().fit(batches(), steps_per_epoch=2, verbose=0)
