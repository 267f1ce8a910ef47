"""The plain facts that a report is made of.

`write_report` draws, words and orders; it measures nothing. What it needs comes as one dict of
lists, texts and numbers that JSON can hold, described here field by field. A run keeps it beside
its report, so that the page can be written again in another language. Keys that a class lists
under "May be absent" may be left out; their part of the page is then left out too.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from lamina.tables.figures import Figure


class TargetFacts(TypedDict):
    """What is predicted.

    Attributes:
        names: of the target columns, one but for "multilabel".
        task: "regression", "binary", "multiclass" or "multilabel".
        reason: why it is that task, one clause.
        classes: names by class number (of "multilabel": the label columns); [] for a regression.
    """

    names: list[str]
    task: str
    reason: str
    classes: list[str]


class WarningFacts(TypedDict):
    """Something that a reader has to know before they trust the scores.

    Attributes:
        kind: "leakage" (one column alone predicts the target), or "note".
    May be absent:
        column, score, metric: of "leakage": the column's name, what it reaches by itself, and
            "balanced_accuracy" or "r2".
        text: of "note": a sentence.
    """

    kind: str
    column: NotRequired[str]
    score: NotRequired[float]
    metric: NotRequired[str]
    text: NotRequired[str]


class DataFacts(TypedDict):
    """Where the rows came from.

    Attributes:
        source: path or name, as it was given.
        rows: that were read, including those dropped.
        columns: that were read, including the target.
        notes: every guess at reading (encoding, separator, header), a sentence each.
        dropped: {"reason", "rows"} of rows left out, such as those without a target.
        sha256: of the file, or "".
    May be absent:
        pictures: whether the rows are pictures, so that there are no columns to speak of.
    """

    source: str
    rows: int
    columns: int
    notes: list[str]
    dropped: list[dict[str, Any]]
    sha256: str
    pictures: NotRequired[bool]


class ColumnFacts(TypedDict):
    """What was decided about a column, target columns excluded.

    Attributes:
        name: in the header.
        kind: "number", "category", "date", "text" or "ignored".
        reason: why.
        missing: share of empty cells among training rows, 0 to 1.
    May be absent:
        summary: what is in it, such as "0.42 to 80, median 28" or "male, female".
    """

    name: str
    kind: str
    reason: str
    missing: float
    summary: NotRequired[str]


class SplitFacts(TypedDict):
    """Which rows were for what.

    Attributes:
        train, validation, test: numbers of rows.
        how: "stratified", "random", "chronological" or "groups".
        seed: of the draw.
        notes: what else was done, such as "12 duplicate rows were kept on one side".
    May be absent:
        by: the time or group column.
        folds: the headline figure of each cross-validation fold, two or more, measured on rows
            that are in no test set.
        shares: per class {"class", "train", "validation", "test"} row counts; of a regression
            absent.
    """

    train: int
    validation: int
    test: int
    how: str
    seed: int
    notes: list[str]
    by: NotRequired[str]
    folds: NotRequired[list[float]]
    shares: NotRequired[list[dict[str, Any]]]


class NetworkFacts(TypedDict):
    """The network, in the order that values pass it.

    Attributes:
        inputs: per kind of column {"kind": "number", "category", "date" or "text", "columns": how
            many, "width": values that they become}; of pictures {"kind": "picture", "width": as
            before, "shape": such as "28 × 28 × 1"}.
        layers: {"type": class name such as "Dense", "units": width of its output, "activation":
            name or "", "parameters": weights in it}; the output layer is the last. One with
            "skips": True reads the inputs and adds to the outputs, past all others.
        parameters: all trainable weights.
        reason: why it has hidden layers or none, if that was chosen.
        naive: whether its answer is added to the latest value of a series.
    """

    inputs: list[dict[str, Any]]
    layers: list[dict[str, Any]]
    parameters: int
    reason: NotRequired[str]
    naive: NotRequired[bool]


class TrainingFacts(TypedDict):
    """How the network was fitted.

    Attributes:
        history: per epoch {"epoch": from 1, "loss", "val_loss", and, if measured, "accuracy",
            "val_accuracy" or "rmse", "val_rmse"}; a missing value is None.
        best_epoch: whose weights were kept.
        seconds: that fitting took.
        settings: name -> value in the order shown: "optimizer", "learning_rate", "batch_size" ...
        temperature: what scores are divided by before they become probabilities; 1.0 if none was
            chosen.
        threshold: probability from which the positive class is predicted.
        threshold_chosen: whether it was chosen on validation rows (else it is 0.5 by default).
    """

    history: list[dict[str, Any]]
    best_epoch: int
    seconds: float
    settings: dict[str, Any]
    temperature: float
    threshold: float
    threshold_chosen: bool


class MistakeFacts(TypedDict):
    """A test row that the model is far off, as `lamina.tables.mistakes.worst` finds it.

    Attributes:
        row: its number in the source, from 1, the header not counted.
        true, predicted: answers as text.
        probability: that was given to the true answer; None for a regression and for labels.
        error: predicted - true of a regression, else None.
        values: column name -> cell as text, None where empty; shown in this order.
    May be absent:
        picture: what was to be told, as a data: address of a PNG.
    """

    row: int
    true: str
    predicted: str
    probability: float | None
    error: float | None
    values: dict[str, str | None]
    picture: NotRequired[str]


class ReproduceFacts(TypedDict):
    """How to get the same model again.

    Attributes:
        command: a shell command that reproduces the run, quoted for the shell.
        versions: name -> version: "lamina", "python", "numpy", and what else matters.
        machine: such as "Linux x86_64, 2 threads".
    """

    command: str
    versions: dict[str, str]
    machine: str


class Facts(TypedDict):
    """All that a report says.

    Attributes:
        title: of the run, such as "titanic".
        created: date and time as text, or "".
        target: what is predicted.
        scores: of the test rows, as `lamina.tables.scoring.scores` gives them.
        baselines: as `lamina.tables.baselines.baselines` gives them; give it `predicted`, so that
            "ahead" is there and the verdict can judge.
        warnings: the gravest first.
        data, columns, split, network, training: see their classes.
        curves: of the test rows, as `lamina.tables.curves.curves` gives them.
        mistakes: the worst first; about ten.
        reproduce: see its class.
    May be absent:
        importance: of validation rows, as `lamina.tables.importance.importance` gives it.
        card: further entries of the model card, title -> text, such as "intended use".
    """

    title: str
    created: str
    target: TargetFacts
    scores: dict[str, Any]
    baselines: dict[str, Any]
    warnings: list[WarningFacts]
    data: DataFacts
    columns: list[ColumnFacts]
    split: SplitFacts
    network: NetworkFacts
    training: TrainingFacts
    curves: dict[str, Any]
    mistakes: list[MistakeFacts]
    reproduce: ReproduceFacts
    importance: NotRequired[list[dict[str, Any]]]
    card: NotRequired[dict[str, str]]


__all__ = [
    "ColumnFacts",
    "DataFacts",
    "Facts",
    "Figure",
    "MistakeFacts",
    "NetworkFacts",
    "ReproduceFacts",
    "SplitFacts",
    "TargetFacts",
    "TrainingFacts",
    "WarningFacts",
]
