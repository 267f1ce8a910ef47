"""The single neuron that the history of neural networks starts with: `Perceptron`.

`model` has the neuron, `rule` its learning rule with the log of updates, `separability` decides
whether any weights can do what is asked.
"""

from lamina.perceptron.model import Perceptron as Perceptron
from lamina.perceptron.rule import Learning as Learning
from lamina.perceptron.rule import Update as Update

__all__ = ["Learning", "Perceptron", "Update"]
