"""Generators and PyDatasets that fail."""

import os

import numpy as np
from message_table import NUMBERS, X, fit, numbers_model, refused, warned

import lamina


def _forever(batch):
    while True:
        yield batch


@refused("generator", "`y`")
def a_generator_and_y():
    fit(numbers_model(), _forever((X, NUMBERS)), NUMBERS, steps_per_epoch=1)


@refused("generator", "sample_weight")
def a_generator_and_sample_weight():
    fit(numbers_model(), _forever((X, NUMBERS)), None, sample_weight=np.ones(40))


@refused("4", "(x, y, sample_weight)")
def a_generator_of_four():
    fit(numbers_model(), _forever((X, NUMBERS, None, 1)), None, steps_per_epoch=1)


@refused("`y` is None", "(x, y)")
def a_generator_without_targets():
    fit(numbers_model(), _forever((X,)), None, steps_per_epoch=1)


@refused("None")
def a_generator_of_none():
    fit(numbers_model(), _forever(None), None, steps_per_epoch=1)


@refused("iterator", "no batches")
def a_generator_without_batches():
    fit(numbers_model(), iter(()), None)


@refused("the file is gone", error=OSError)
def a_generator_that_raises():
    def batches():
        yield X, NUMBERS
        raise OSError("the file is gone")

    fit(numbers_model(), batches(), None, steps_per_epoch=3)


@warned("ran out of data", "1 of 5")
def a_generator_that_ends_early():
    fit(numbers_model(), iter([(X, NUMBERS)]), None, steps_per_epoch=5)


@refused("validation_split", "generator")
def validation_split_of_a_generator():
    fit(numbers_model(), _forever((X, NUMBERS)), None, validation_split=0.2, steps_per_epoch=1)


@refused("rows", "40", "39")
def a_generator_of_unequal_lengths():
    fit(numbers_model(), _forever((X, NUMBERS[:39])), None, steps_per_epoch=1)


@refused("hidden", "(40, 7)")
def a_generator_that_changes_its_width():
    def batches():
        yield X, NUMBERS
        yield np.zeros((40, 7), "float32"), NUMBERS

    fit(numbers_model(), batches(), None, steps_per_epoch=2)


class Rows(lamina.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return X, NUMBERS


class NoLength(lamina.utils.PyDataset):
    def __getitem__(self, index):
        return X, NUMBERS


class NoItems(lamina.utils.PyDataset):
    def __len__(self):
        return 3


class Empty(Rows):
    def __len__(self):
        return 0


class Failing(Rows):
    def __getitem__(self, index):
        if index == 1:
            raise OSError(f"no file for batch {index}")
        return X, NUMBERS


class Dying(Rows):
    def __getitem__(self, index):
        if index == 1:
            os._exit(3)
        return X, NUMBERS


@refused("no file for batch 1", error=OSError)
def a_dataset_that_raises():
    fit(numbers_model(), Failing(), None)


@refused("no file for batch 1", error=(OSError, RuntimeError))
def a_dataset_that_raises_in_a_thread():
    fit(numbers_model(), Failing(workers=2), None)


@refused("worker", "Dying[1]", error=RuntimeError)
def a_dataset_that_dies_in_a_process():
    fit(numbers_model(), Dying(workers=1, use_multiprocessing=True), None)


@refused("PyDataset", "`y`")
def a_dataset_and_y():
    fit(numbers_model(), Rows(), NUMBERS)


@refused("NoLength", "__len__", error=NotImplementedError)
def a_dataset_without_length():
    fit(numbers_model(), NoLength(), None)


@refused("NoItems", "__getitem__", error=(ValueError, NotImplementedError))
def a_dataset_without_items():
    fit(numbers_model(), NoItems(), None)


@refused("0")
def a_dataset_without_batches():
    fit(numbers_model(), Empty(), None)


@refused("workers", "-1")
def a_dataset_with_negative_workers():
    Rows(workers=-1)


@warned("super().__init__")
def a_dataset_that_forgot_super_init():
    class Forgetful(Rows):
        def __init__(self):
            self.files = []

    fit(numbers_model(), Forgetful(), None)
