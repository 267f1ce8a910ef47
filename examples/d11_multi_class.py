"""Several classes: one-hot targets, softmax, categorical cross-entropy, a confusion matrix.

The data are the real handwritten digits (8 x 8 pixels) that scikit-learn ships.
"""

from sklearn.metrics import classification_report, confusion_matrix

import lamina
from lamina import layers
from lamina.datasets import digits
from lamina.utils import to_categorical

lamina.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = digits.load_data()
x_train = x_train.reshape(-1, 64) / 16.0
x_test = x_test.reshape(-1, 64) / 16.0

model = lamina.Sequential(
    [
        layers.Input(shape=(64,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, to_categorical(y_train, 10), epochs=30, batch_size=32, verbose=0)

loss, accuracy = model.evaluate(x_test, to_categorical(y_test, 10), verbose=0)
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"test accuracy {accuracy:.4f}")
print(confusion_matrix(y_test, predicted))
print(classification_report(y_test, predicted))
