"""MNIST: 70,000 handwritten digits, two hidden layers, ten epochs.

python examples/d12_mnist.py [epochs]
"""

import sys

import lamina
from lamina.datasets import mnist
from lamina.layers import Dense, Input
from lamina.models import Sequential
from lamina.utils import to_categorical

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
lamina.utils.set_random_seed(0)

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(-1, 784) / 255.0
x_test = x_test.reshape(-1, 784) / 255.0
y_train, y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)

model = Sequential(
    [
        Input((784,)),
        Dense(128, activation="relu"),
        Dense(64, activation="relu"),
        Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=epochs, batch_size=32, validation_split=0.2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy: {accuracy:.4f}")
probabilities = model.predict(x_test[:1], verbose=0)
print(f"the first test image is a {probabilities.argmax()}")
