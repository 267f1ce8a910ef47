"""One table of losses with arguments and data, read by several tests."""

import numpy as np

_RNG = np.random.default_rng(7)


def _f(*shape, low=0.0, high=1.0):
    return _RNG.uniform(low, high, shape).astype("float32")


def _shares(*shape):
    x = _f(*shape) + 0.05
    return x / x.sum(-1, keepdims=True)


_NUMBERS = (_f(6, 4, low=-2, high=2), _f(6, 4, low=-2, high=2))
_YES_NO = ((_f(6, 4) > 0.5).astype("float32"), _f(6, 4))
_CLASSES = _RNG.integers(0, 4, 6).astype("int32")
_ONE_HOT = np.eye(4, dtype="float32")[_CLASSES]
_POSITIVE = (_f(6, 4, high=3.0), _f(6, 4, low=0.1, high=3.0))
_UNIT = _f(6, 4, low=-1, high=1)
_UNIT /= np.linalg.norm(_UNIT, axis=1, keepdims=True)
_LOGITS = _f(6, 4, low=-3, high=3)
_IMAGES = ((_f(6, 3, 3, 1) > 0.5).astype("float32"), _f(6, 3, 3, 1))
_LABELS = np.array([[1, 2, 1], [2, 2, 0], [1, 0, 0], [3, 1, 2], [1, 1, 0], [2, 0, 0]], "int32")
_SIX_FRAMES = _f(6, 8, 4, low=-2, high=2)

# name of the class, its arguments, targets, predictions
CASES = [
    ("MeanSquaredError", {}, *_NUMBERS),
    ("MeanAbsoluteError", {}, *_NUMBERS),
    ("MeanAbsolutePercentageError", {}, *_NUMBERS),
    ("MeanSquaredLogarithmicError", {}, *_NUMBERS),
    ("CosineSimilarity", {}, *_NUMBERS),
    ("CosineSimilarity", {"axis": 1}, _f(6, 3, 2), _f(6, 3, 2)),
    ("Huber", {}, *_NUMBERS),
    ("Huber", {"delta": 0.3}, *_NUMBERS),
    ("LogCosh", {}, *_NUMBERS),
    ("Hinge", {}, *_YES_NO),
    ("Hinge", {}, np.sign(_NUMBERS[0]), _NUMBERS[1]),
    ("SquaredHinge", {}, *_YES_NO),
    ("CategoricalHinge", {}, _ONE_HOT, _LOGITS),
    ("KLDivergence", {}, _shares(6, 4), _shares(6, 4)),
    ("Poisson", {}, *_POSITIVE),
    ("BinaryCrossentropy", {}, *_YES_NO),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, _YES_NO[0], _LOGITS),
    ("BinaryCrossentropy", {"axis": 1}, *_IMAGES),
    ("BinaryFocalCrossentropy", {}, *_YES_NO),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5}, _YES_NO[0], _LOGITS),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.4}, *_YES_NO),
    ("CategoricalCrossentropy", {}, _ONE_HOT, _shares(6, 4)),
    ("CategoricalCrossentropy", {"from_logits": True}, _ONE_HOT, _LOGITS),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, _ONE_HOT, _shares(6, 4)),
    ("CategoricalFocalCrossentropy", {}, _ONE_HOT, _shares(6, 4)),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, _ONE_HOT, _LOGITS),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4]}, _ONE_HOT, _shares(6, 4)),
    ("SparseCategoricalCrossentropy", {}, _CLASSES, _shares(6, 4)),
    ("SparseCategoricalCrossentropy", {}, _CLASSES[:, None], _shares(6, 4)),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, _CLASSES, _LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, _CLASSES, _shares(6, 4)),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, _CLASSES - 1, _shares(6, 4)),
    ("CategoricalGeneralizedCrossEntropy", {}, _CLASSES, _shares(6, 4)),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.2}, _CLASSES, _shares(6, 4)),
    ("Dice", {}, *_IMAGES),
    ("Dice", {"axis": (1, 2, 3)}, *_IMAGES),
    ("Tversky", {"alpha": 0.3, "beta": 0.7}, *_IMAGES),
    ("Tversky", {"axis": (1, 2, 3)}, *_IMAGES),
    ("Circle", {"gamma": 10.0}, _CLASSES % 2, _UNIT),
    ("Circle", {"gamma": 10.0, "remove_diagonal": False, "margin": 0.25}, _CLASSES % 2, _UNIT),
    ("CTC", {}, _LABELS, _SIX_FRAMES),
]
NAMES = [f"{name}-{'-'.join(map(str, arguments.values()))}" for name, arguments, *_ in CASES]
