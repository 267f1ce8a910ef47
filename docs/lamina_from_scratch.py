"""Lamina from scratch: the engine rebuilt small enough to read at one sitting.

Run it: `python docs/lamina_from_scratch.py`. It needs NumPy only and imports nothing from Lamina;
every part names the room of Lamina where the real one lives.

The idea is one sentence: *what a network does is a program*, a list of primitive operations on
typed arrays. We build such programs by running ordinary Python on tensors without numbers,
differentiate them into bigger programs, run them with NumPy, and train a network that way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# --------------------------------------------------------------------------------------------------
# 1. Programs (lamina/ir)
#
# A tensor has a shape and no numbers. A node applies a primitive to tensors and makes one. A
# program is the list of nodes in the order in which they were written down, so it can be run from
# top to bottom.
# --------------------------------------------------------------------------------------------------


class Tensor:
    """A value that a program will have: a shape, and the node that makes it (None for an input)."""

    def __init__(self, shape: tuple[int, ...], program: Program, node: Node | None = None) -> None:
        self.shape, self.program, self.node = shape, program, node

    def __add__(self, other: Value) -> Tensor:
        return apply("add", self, other)

    def __sub__(self, other: Value) -> Tensor:
        return apply("add", self, apply("neg", other))

    def __mul__(self, other: Value) -> Tensor:
        return apply("mul", self, other)

    def __matmul__(self, other: Value) -> Tensor:
        return apply("matmul", self, other)


class Node:
    """One application of a primitive: its name, what it reads, its parameters, what it makes."""

    def __init__(self, primitive: str, operands: list[Tensor], attributes: dict) -> None:
        self.primitive, self.operands, self.attributes = primitive, operands, attributes
        self.output: Tensor


class Program:
    """Nodes under construction, then finished: inputs, nodes, outputs."""

    def __init__(self) -> None:
        self.inputs: list[Tensor] = []
        self.nodes: list[Node] = []
        self.outputs: list[Tensor] = []

    def input(self, shape: tuple[int, ...]) -> Tensor:
        """Something that a caller will give."""
        self.inputs.append(Tensor(shape, self))
        return self.inputs[-1]

    def emit(self, primitive: str, *operands: Value, **attributes: object) -> Tensor:
        """Write down one more node; numbers among the operands become constants."""
        owned = [o if isinstance(o, Tensor) else self.constant(o) for o in operands]
        node = Node(primitive, owned, attributes)
        shape = PRIMITIVES[primitive].shape(*[o.shape for o in owned], **attributes)
        node.output = Tensor(shape, self, node)
        self.nodes.append(node)
        return node.output

    def constant(self, value: object) -> Tensor:
        """A tensor whose numbers are known."""
        return self.emit("constant", value=np.asarray(value, float))

    def show(self) -> str:
        """The program as text."""
        names = {t: f"in{i}" for i, t in enumerate(self.inputs)}
        lines = []
        for i, node in enumerate(self.nodes):
            names[node.output] = f"%{i}"
            operands = ", ".join(names[o] for o in node.operands)
            lines.append(f"%{i}: {list(node.output.shape)} = {node.primitive}({operands})")
        return "\n".join([*lines, "return " + ", ".join(names[o] for o in self.outputs)])


Value = Tensor | np.ndarray | float

# --------------------------------------------------------------------------------------------------
# 2. Primitives (lamina/ir/primitives, lamina/executors, lamina/transforms)
#
# A primitive is a row: which shape it makes, how NumPy computes it, and how a change of its output
# (the cotangent g) goes back to its operands. The gradient rules only apply primitives again, so a
# gradient is a program like any other and can be differentiated in turn.
# --------------------------------------------------------------------------------------------------


class Primitive:
    """One row of the table."""

    def __init__(self, shape: Callable, run: Callable, gradient: Callable | None) -> None:
        self.shape, self.run, self.gradient = shape, run, gradient


def apply(primitive: str, *operands: Value, **attributes: object) -> Tensor:
    """Write a node into the program of the tensors at hand."""
    program = next(o.program for o in operands if isinstance(o, Tensor))
    return program.emit(primitive, *operands, **attributes)


def same(*shapes: tuple) -> tuple:
    """The shape that operands broadcast to."""
    return np.broadcast_shapes(*shapes)


def sum_to(g: Tensor, shape: tuple) -> Tensor:
    """What was spread by broadcasting comes together again."""
    return g if g.shape == shape else apply("sum_to", g, shape=shape)


def numpy_sum_to(x: np.ndarray, shape: tuple) -> np.ndarray:
    """Sum over the axes that `shape` lacks or has with size 1."""
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    return x.sum(axis=tuple(i for i, s in enumerate(shape) if s == 1), keepdims=True)


def turned(x: Tensor) -> Tensor:
    """The transpose of a matrix."""
    return apply("transpose", x)


def unchanged(shape: tuple) -> tuple:
    """The shape of a function of single elements."""
    return shape


PRIMITIVES: dict[str, Primitive] = {
    "constant": Primitive(lambda value: value.shape, lambda value: value, None),
    "add": Primitive(same, np.add, lambda n, g: (g, g)),
    "mul": Primitive(same, np.multiply, lambda n, g: (g * n.operands[1], g * n.operands[0])),
    "neg": Primitive(unchanged, np.negative, lambda n, g: (apply("neg", g),)),
    "exp": Primitive(unchanged, np.exp, lambda n, g: (g * n.output,)),
    "log": Primitive(unchanged, np.log, lambda n, g: (g * apply("power", n.operands[0], y=-1.0),)),
    "power": Primitive(
        lambda x, y: x,
        lambda x, y: x**y,
        lambda n, g: (
            g * n.attributes["y"] * apply("power", n.operands[0], y=n.attributes["y"] - 1),
        ),
    ),
    "tanh": Primitive(unchanged, np.tanh, lambda n, g: (g - g * n.output * n.output,)),
    "matmul": Primitive(
        lambda x, y: (x[0], y[1]),
        np.matmul,
        lambda n, g: (g @ turned(n.operands[1]), turned(n.operands[0]) @ g),
    ),
    "transpose": Primitive(lambda s: s[::-1], np.transpose, lambda n, g: (turned(g),)),
    "sum_to": Primitive(
        lambda s, shape: shape,
        numpy_sum_to,
        lambda n, g: (apply("spread", g, shape=n.operands[0].shape),),
    ),
    "spread": Primitive(
        lambda s, shape: shape, np.broadcast_to, lambda n, g: (sum_to(g, n.operands[0].shape),)
    ),
}

# --------------------------------------------------------------------------------------------------
# 3. Running (lamina/executors/reference)
# --------------------------------------------------------------------------------------------------


def run(program: Program, *arrays: object) -> list[np.ndarray]:
    """Compute a program's outputs from its inputs."""
    values = {t: np.asarray(a, float) for t, a in zip(program.inputs, arrays, strict=True)}
    for node in program.nodes:
        operands = [values[o] for o in node.operands]
        values[node.output] = PRIMITIVES[node.primitive].run(*operands, **node.attributes)
    return [values[o] for o in program.outputs]


# --------------------------------------------------------------------------------------------------
# 4. Tracing (lamina/runtime/compiled.py)
#
# To get a program from a Python function, call the function on tensors and see what it writes down.
# --------------------------------------------------------------------------------------------------


def trace(function: Callable, *shapes: tuple[int, ...]) -> Program:
    """The program of a function of tensors, which returns one tensor or a list of them."""
    program = Program()
    outputs = function(*[program.input(s) for s in shapes])
    program.outputs = outputs if isinstance(outputs, list) else [outputs]
    return program


# --------------------------------------------------------------------------------------------------
# 5. Reverse mode (lamina/transforms/reverse.py)
#
# Backpropagation is a walk through the nodes from the last to the first. Each node knows by then
# how much the loss changes with its output; its rule says how much it changes with its operands.
# Where a tensor was used twice the contributions add up. That is the chain rule, and all of it.
# --------------------------------------------------------------------------------------------------


def gradients(loss: Tensor, sources: list[Tensor]) -> list[Tensor]:
    """Tensors that say how much `loss` changes with each source."""
    program = loss.program
    cotangents = {loss: program.constant(np.ones(loss.shape))}
    for node in reversed(list(program.nodes)):
        rule = PRIMITIVES[node.primitive].gradient
        if node.output not in cotangents or rule is None:
            continue
        slopes = rule(node, cotangents[node.output])
        for operand, slope in zip(node.operands, slopes, strict=True):
            slope = sum_to(slope, operand.shape)
            known = cotangents.get(operand)
            cotangents[operand] = slope if known is None else known + slope
    return [cotangents.get(s) or program.constant(np.zeros(s.shape)) for s in sources]


# --------------------------------------------------------------------------------------------------
# 6. A network and its training step (lamina/layers, losses, optimizers, models)
#
# Nothing below knows about gradients: layers and losses are functions of primitives. A training
# step is a program from old weights to new ones, made once and run as often as we like.
# --------------------------------------------------------------------------------------------------


def network(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """Two dense layers with tanh between them; probabilities of class 1."""
    hidden = apply("tanh", x @ w1 + b1)
    score = hidden @ w2 + b2
    return apply("power", apply("exp", apply("neg", score)) + 1.0, y=-1.0)


def cross_entropy(p: Tensor, y: Tensor) -> Tensor:
    """The mean of -log(probability given to the true class)."""
    true = p * y + (apply("neg", p) + 1.0) * (apply("neg", y) + 1.0)
    total = apply("sum_to", apply("log", true), shape=())
    return total * (-1.0 / p.shape[0])


def training_step(x: Tensor, y: Tensor, rate: Tensor, *weights: Tensor) -> list[Tensor]:
    """The loss, and the weights after one step of gradient descent."""
    loss = cross_entropy(network(x, *weights), y)
    slopes = gradients(loss, list(weights))
    return [loss, *[w - rate * g for w, g in zip(weights, slopes, strict=True)]]


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
Y = np.array([[0], [1], [1], [0]], float)  # exclusive or: no line separates the classes


def train(steps: int = 2000) -> tuple[list[np.ndarray], float, float]:
    """Learn exclusive or; the weights, the first loss and the last."""
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 1)), np.zeros(1)]
    step = trace(training_step, X.shape, Y.shape, (), *[w.shape for w in weights])
    first = last = 0.0
    for number in range(steps):
        loss, *weights = run(step, X, Y, 0.5, *weights)
        first, last = (float(loss) if number == 0 else first), float(loss)
    return weights, first, last


# --------------------------------------------------------------------------------------------------
# 7. Is it right? (tests/gradients)
#
# A gradient can always be checked: move each number a little and see what the loss does. Because
# gradients are programs, the gradient of a gradient is checked in the same way.
# --------------------------------------------------------------------------------------------------


def largest_error(function: Callable, *arrays: np.ndarray, step: float = 1e-5) -> float:
    """The greatest difference between reverse mode and central differences, over all elements."""

    def slopes(*tensors: Tensor) -> list[Tensor]:
        return gradients(function(*tensors), list(tensors))

    shapes = [a.shape for a in arrays]
    value, derivative = trace(function, *shapes), trace(slopes, *shapes)
    worst = 0.0
    for which, slope in enumerate(run(derivative, *arrays)):
        for place in np.ndindex(*slope.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[which][place] += sign * step
                ends.append(float(run(value, *moved)[0]))
            worst = max(worst, abs(slope[place] - (ends[0] - ends[1]) / (2 * step)))
    return worst


def squared_slope(w: Tensor) -> Tensor:
    """A loss that contains a gradient: differentiating it takes second derivatives."""
    inner = apply("sum_to", apply("tanh", w) * w, shape=())
    (slope,) = gradients(inner, [w])
    return apply("sum_to", slope * slope, shape=())


def main() -> None:
    """Show a program, its gradient, the checks, and a network that has learned."""
    print("loss of a product, and its slope, as one program:")
    both = trace(lambda w: [w * w, *gradients(w * w, [w])], ())
    print(f"{both.show()}\nat 3: {[float(v) for v in run(both, 3.0)]}\n")
    rng = np.random.default_rng(1)
    shapes = [(2, 4), (4,), (4, 1), (1,)]
    weights = [rng.normal(size=s) for s in shapes]

    def loss(*w: Tensor) -> Tensor:
        x, y = (w[0].program.constant(a) for a in (X, Y))
        return cross_entropy(network(x, *w), y)

    print(f"largest error of first derivatives:  {largest_error(loss, *weights):.1e}")
    print(f"largest error of second derivatives: {largest_error(squared_slope, weights[0]):.1e}\n")
    weights, first, last = train()
    print(f"exclusive or: loss {first:.3f} before, {last:.4f} after 2000 steps")
    predict = trace(network, X.shape, *[w.shape for w in weights])
    for row, p in zip(X, run(predict, X, *weights)[0], strict=True):
        print(f"  {row.astype(int)} -> {p[0]:.3f}")


if __name__ == "__main__":
    main()
