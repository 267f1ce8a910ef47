"""XOR: what one neuron cannot do, a hidden layer can; and a look at every number of one row."""

import numpy as np

import lamina
from lamina import layers

lamina.utils.set_random_seed(7)
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
y = np.array([[0], [1], [1], [0]], dtype="float32")

model = lamina.Sequential(
    [lamina.Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(1, activation="sigmoid")]
)
model.compile(
    optimizer=lamina.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"]
)
model.summary()
model.fit(x, y, epochs=300, batch_size=4, verbose=0)

loss, accuracy = model.evaluate(x, y, verbose=0)
print(f"loss {loss:.4f}, accuracy {accuracy:.2f}")
for row, p in zip(x, model.predict(x, verbose=0), strict=True):
    print(f"{row.astype(int)} -> {p[0]:.3f}")

row = lamina.explain.trace(model, x[1], y[1])
print(row.weight(model.layers[0].name, 1, 0).to_text())
