"""The lecture's first program: a network of three layers for a made-up task with two classes."""

from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from lamina.layers import Dense, Input
from lamina.models import Sequential
from lamina.utils import set_random_seed

set_random_seed(42)
x, y = make_classification(n_samples=1000, n_features=20, n_classes=2, random_state=42)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=42)

model = Sequential(
    [
        Input((x_train.shape[1],)),
        Dense(16, activation="relu"),
        Dense(8, activation="relu"),
        Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_split=0.2, epochs=10, batch_size=32, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
print("first five predictions:", model.predict(x_test[:5], verbose=0).ravel().round(3))
