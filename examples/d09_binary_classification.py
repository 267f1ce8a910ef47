"""From a problem with two classes to predictions: split, scale, train, stop early, evaluate,
report.

python examples/d09_binary_classification.py [curves.svg]
"""

import sys

from sklearn.datasets import make_classification
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import lamina
from lamina import callbacks, layers

lamina.utils.set_random_seed(42)

# 1. Data: 70 % to train on, 15 % to validate, 15 % to test; scaled by what the training rows tell.
x, y = make_classification(
    n_samples=1000, n_features=20, n_informative=15, n_redundant=5, random_state=42
)
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.3, random_state=42)
x_val, x_test, y_val, y_test = train_test_split(x_rest, y_rest, test_size=0.5, random_state=42)
scaler = StandardScaler().fit(x_train)
x_train, x_val, x_test = map(scaler.transform, (x_train, x_val, x_test))

# 2. The network.
model = lamina.Sequential(
    [
        layers.Input(shape=(x_train.shape[1],)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# 3. Training ends when the validation loss has not fallen for five epochs.
stop = callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
history = model.fit(
    x_train,
    y_train,
    validation_data=(x_val, y_val),
    epochs=50,
    batch_size=32,
    callbacks=[stop],
    verbose=2,
)

# 4. The test rows are looked at once.
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test loss: {loss:.4f}, test accuracy: {accuracy:.4f}")
classes = (model.predict(x_test, verbose=0) > 0.5).astype(int).ravel()
print(classification_report(y_test, classes))

if len(sys.argv) > 1:
    history.plot().savefig(sys.argv[1])
    print(f"curves: {sys.argv[1]}")
