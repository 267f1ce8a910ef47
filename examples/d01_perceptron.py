"""The perceptron: the lecture's coffee example, and what one neuron can and cannot learn."""

import numpy as np

from lamina import Perceptron

coffee = Perceptron(weights=[0.5, 0.7, 0.6], bias=2.0, threshold=6.0)
x = np.array([2.0, 3.0, 1.0])
total = float(coffee.weighted_sum(x))
likes = int(coffee.predict(x))
verdict = "likes" if likes else "does not like"
print(f"S = {total:.1f}, threshold 6 -> output {likes}: {verdict} coffee")

inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
gates = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}
for name, targets in gates.items():
    neuron = Perceptron()
    learning = neuron.fit(inputs, np.array(targets))
    if learning.converged:
        print(f"{name}: learned in {len(learning.updates)} updates: {neuron}")
    else:
        print(f"{name}: {learning.reason}")
