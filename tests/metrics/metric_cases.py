"""One table of metrics with arguments and data, read by several tests."""

import numpy as np

_RNG = np.random.default_rng(11)


def _f(*shape, low=0.0, high=1.0):
    return _RNG.uniform(low, high, shape).astype("float32")


def _shares(*shape):
    x = _f(*shape) + 0.05
    return x / x.sum(-1, keepdims=True)


_NUMBERS = (_f(8, 4, low=-2, high=2), _f(8, 4, low=-2, high=2))
_COLUMN = (_f(8, low=-2, high=2), _f(8, 1, low=-2, high=2))
_YES_NO = ((_f(8, 4) > 0.5).astype("float32"), _f(8, 4))
_FLAT = ((_f(8) > 0.5).astype("int32"), _f(8))
_CLASSES = _RNG.integers(0, 4, 8).astype("int32")
_ONE_HOT = np.eye(4, dtype="float32")[_CLASSES]
_SCORES = _shares(8, 4)
_LOGITS = _f(8, 4, low=-3, high=3)
_STEPS = (_RNG.integers(0, 4, (8, 5)).astype("int32"), _shares(8, 5, 4))
_GRID = (
    _RNG.integers(0, 3, (8, 3, 3)).astype("int32"),
    _RNG.integers(0, 3, (8, 3, 3)).astype("int32"),
)
_ONE_HOT_GRID = (np.eye(3, dtype="float32")[_GRID[0]], _shares(8, 3, 3, 3))
_POSITIVE = (_f(8, 4, high=3.0), _f(8, 4, low=0.1, high=3.0))
_ODD = [0.1, 0.35, 0.8]
_EVEN = [0.0, 0.25, 0.5, 0.75, 1.0]

# name of the class, its arguments, targets, predictions
CASES = [
    ("Accuracy", {}, _CLASSES, (_CLASSES + (_f(8) > 0.5)).astype("int32")),
    ("BinaryAccuracy", {}, *_YES_NO),
    ("BinaryAccuracy", {"threshold": 0.3}, *_FLAT),
    ("CategoricalAccuracy", {}, _ONE_HOT, _SCORES),
    ("SparseCategoricalAccuracy", {}, _CLASSES, _SCORES),
    ("SparseCategoricalAccuracy", {}, _CLASSES[:, None].astype("float32"), _SCORES),
    ("SparseCategoricalAccuracy", {}, *_STEPS),
    ("TopKCategoricalAccuracy", {"k": 2}, _ONE_HOT, _SCORES),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, _CLASSES, _SCORES),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, *_STEPS),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        _CLASSES,
        np.argsort(-_SCORES).astype("int32"),
    ),
    ("TruePositives", {}, *_YES_NO),
    ("TrueNegatives", {"thresholds": _ODD}, *_YES_NO),
    ("FalsePositives", {"thresholds": _EVEN}, *_YES_NO),
    ("FalseNegatives", {"thresholds": [0.5]}, *_FLAT),
    ("Precision", {}, *_YES_NO),
    ("Precision", {"thresholds": _ODD}, *_FLAT),
    ("Precision", {"thresholds": _EVEN}, *_FLAT),
    ("Precision", {"top_k": 2}, *_YES_NO),
    ("Precision", {"class_id": 1}, *_YES_NO),
    ("Precision", {"top_k": 2, "class_id": 1, "thresholds": 0.3}, *_YES_NO),
    ("Recall", {}, *_YES_NO),
    ("Recall", {"thresholds": _EVEN, "class_id": 2}, *_YES_NO),
    ("Recall", {"top_k": 1}, *_YES_NO),
    ("SensitivityAtSpecificity", {"specificity": 0.4}, *_FLAT),
    ("SensitivityAtSpecificity", {"specificity": 0.4, "num_thresholds": 1}, *_YES_NO),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, *_FLAT),
    ("PrecisionAtRecall", {"recall": 0.6, "class_id": 1}, *_YES_NO),
    ("RecallAtPrecision", {"precision": 0.6, "num_thresholds": 20}, *_YES_NO),
    ("AUC", {}, *_FLAT),
    ("AUC", {"num_thresholds": 5}, *_YES_NO),
    ("AUC", {"curve": "PR"}, *_FLAT),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, *_FLAT),
    ("AUC", {"curve": "PRGAIN", "summation_method": "minoring"}, *_FLAT),
    ("AUC", {"curve": "PRGAIN"}, *_YES_NO),
    ("AUC", {"thresholds": _ODD}, *_YES_NO),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, *_YES_NO),
    ("AUC", {"multi_label": True}, *_YES_NO),
    ("AUC", {"multi_label": True, "num_labels": 4, "curve": "PR"}, *_YES_NO),
    ("AUC", {"multi_label": True, "thresholds": _ODD}, *_YES_NO),
    ("AUC", {"multi_label": True, "label_weights": [1.0, 2.0, 0.0, 1.5]}, *_YES_NO),
    ("AUC", {"label_weights": [1.0, 2.0, 0.0, 1.5]}, *_YES_NO),
    ("AUC", {"from_logits": True}, _YES_NO[0], _LOGITS),
    ("F1Score", {}, _ONE_HOT, _SCORES),
    ("F1Score", {"average": "micro", "threshold": 0.3}, *_YES_NO),
    ("FBetaScore", {"average": "macro", "beta": 2.0}, _ONE_HOT, _SCORES),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.4}, *_YES_NO),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, *_GRID),
    ("IoU", {"num_classes": 2, "target_class_ids": [1]}, *_GRID),
    ("BinaryIoU", {}, *_YES_NO),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, *_YES_NO),
    ("MeanIoU", {"num_classes": 3}, *_GRID),
    ("MeanIoU", {"num_classes": 3, "ignore_class": 1}, *_GRID),
    ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False}, _GRID[0], _ONE_HOT_GRID[1]),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 1]}, *_ONE_HOT_GRID),
    ("OneHotMeanIoU", {"num_classes": 3}, *_ONE_HOT_GRID),
    ("MeanSquaredError", {}, *_NUMBERS),
    ("MeanSquaredError", {}, *_COLUMN),
    ("RootMeanSquaredError", {}, *_NUMBERS),
    ("MeanAbsoluteError", {}, *_NUMBERS),
    ("MeanAbsolutePercentageError", {}, *_NUMBERS),
    ("MeanSquaredLogarithmicError", {}, *_NUMBERS),
    ("CosineSimilarity", {}, *_NUMBERS),
    ("CosineSimilarity", {"axis": 1}, _f(8, 3, 2), _f(8, 3, 2)),
    ("LogCoshError", {}, *_NUMBERS),
    ("R2Score", {}, *_NUMBERS),
    ("R2Score", {"class_aggregation": None}, *_NUMBERS),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, *_NUMBERS),
    ("R2Score", {"num_regressors": 2}, *_NUMBERS),
    ("Hinge", {}, *_YES_NO),
    ("SquaredHinge", {}, *_YES_NO),
    ("CategoricalHinge", {}, _ONE_HOT, _LOGITS),
    ("KLDivergence", {}, _shares(8, 4), _SCORES),
    ("Poisson", {}, *_POSITIVE),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, *_YES_NO),
    ("BinaryCrossentropy", {"from_logits": True}, _YES_NO[0], _LOGITS),
    ("CategoricalCrossentropy", {}, _ONE_HOT, _SCORES),
    ("SparseCategoricalCrossentropy", {}, _CLASSES, _SCORES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, _CLASSES, _SCORES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, *_STEPS),
    ("PearsonCorrelation", {}, *_NUMBERS),
    ("PearsonCorrelation", {"axis": 0}, *_NUMBERS),
    ("ConcordanceCorrelation", {}, *_NUMBERS),
    ("ConcordanceCorrelation", {"axis": 0}, *_NUMBERS),
]
NAMES = [f"{name}-{'-'.join(map(str, arguments.values()))}" for name, arguments, *_ in CASES]
