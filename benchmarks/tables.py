"""Networks on tables beside scikit-learn's models: the same folds, the same rows, in one run.

For every table, `lamina.tables.train` with default settings is tested on five folds, beside the
models that shared/data/README.md lists (logistic or ridge regression, random forest, histogram
gradient boosting, an MLP; for texts, logistic regression on TF-IDF of characters), all on the
columns as the README says. Tables of up to 1,000 rows are cut into folds five times, with seeds 0
to 4, as one cut decides little there.

The two series are judged as the README says: one step ahead on their latest months or days, beside
ridge and the others on as many earlier values (on their logarithms for the airline) as it names.

What counts is the difference to the best of them on the same folds, in standard errors of that
difference, which can be reckoned in several ways:

- by splits: folds share most of their training rows, so their differences are no independent draws,
  and dividing by the root of their number would give too small an error; with n splits and a test
  set of a quarter of the training set, the variance is taken times 1/n + 1/4 (Nadeau and Bengio
  2003, "Inference for the Generalization Error");
- by rows: each row has one difference, of the mean losses of the two models over all cuts; rows are
  independent draws. What other training rows would have changed is left out;
- plain: as if all folds were independent, which is too small.

    python benchmarks/tables.py [--tables iris,mpg] [--seeds 5] [--out runs/bench/tables.json]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.tables.workflow import train

FOLDS = 5
SEEDS = 5  # ways to cut a small table into folds
SMALL = 1_000  # rows


@dataclass(frozen=True)
class Task:
    """A table and what is asked of it.

    Attributes:
        file: in the data folder.
        target: the column.
        drop: columns that the baselines do not read either.
        test: file of the test rows; "" for five folds.
        text: the column of texts, if it is one of texts.
        latest: of a series, how many rows test.
        lags: of a series, how many earlier values the other models read.
        log: whether they read and predict logarithms.
    """

    file: str
    target: str
    drop: tuple[str, ...] = ()
    test: str = ""
    text: str = ""
    latest: int = 0
    lags: int = 0
    log: bool = False


_SAME_AGAIN = ("alive", "class", "who", "adult_male", "deck", "embark_town", "alone")
TASKS = {
    "titanic": Task("titanic.csv", "survived", _SAME_AGAIN),
    "penguins": Task("penguins.csv", "species"),
    "iris": Task("iris.csv", "species"),
    "mpg": Task("mpg.csv", "mpg", ("name",)),
    "housing": Task("housing.csv", "MEDV"),
    "pima": Task("pima_diabetes.csv", "outcome"),
    "breast_cancer": Task("breast_cancer_wisconsin.csv", "class", ("id",)),
    "wheat": Task("wheat_seeds.csv", "variety"),
    "diamonds": Task("diamonds.csv", "price"),
    "sms_spam": Task("sms_spam.tsv", "label", text="text"),
    "airline": Task("airline_passengers.csv", "Passengers", latest=36, lags=12, log=True),
    "temperatures": Task("daily_min_temperatures.csv", "Temp", latest=365, lags=14),
    "nsmc": Task("nsmc_train.tsv", "label", test="nsmc_test.tsv", text="document"),
}


def folder() -> Path:
    """Where the tables are."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("LAMINA_DATA", beside))


def read(name: str, text: bool) -> Any:
    """A table with typed columns, as the baselines take it."""
    import pandas as pd

    path = folder() / name
    if path.suffix == ".tsv":
        return pd.read_csv(path, sep="\t", quoting=3, keep_default_na=False)
    return pd.read_csv(path, na_values=["?"])


def baselines(task: Task, x: Any, regression: bool, rows: int) -> dict[str, Any]:
    """The models to compare with, by name, each a pipeline from raw columns."""
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if task.text:
        pieces = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), min_df=3, sublinear_tf=True
        )
        return {"LR (char tf-idf)": make_pipeline(pieces, LogisticRegression(C=5, max_iter=3000))}
    words = [c for c in x.columns if not np.issubdtype(np.asarray(x[c]).dtype, np.number)]
    numbers = [c for c in x.columns if c not in words]
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)

    def made(model: Any) -> Any:
        columns = make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (
                make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), one_hot),
                words,
            ),
            sparse_threshold=0,
        )
        return make_pipeline(columns, model)

    trees = 40 if rows > 20_000 else 200
    mlp = {"hidden_layer_sizes": (64, 32), "early_stopping": rows > 2000, "random_state": 0}
    if regression:
        found = {
            "Ridge": Ridge(),
            "RF": RandomForestRegressor(trees, random_state=0, n_jobs=-1),
            "HGB": HistGradientBoostingRegressor(random_state=0),
            "MLP": TransformedTargetRegressor(MLPRegressor(**mlp), transformer=StandardScaler()),
        }
        if task.log:
            found = {
                name: TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)
                for name, model in found.items()
            }
        return {name: made(model) for name, model in found.items()}
    return {
        "LR": made(LogisticRegression(max_iter=3000)),
        "RF": made(RandomForestClassifier(trees, random_state=0, n_jobs=-1)),
        "HGB": made(HistGradientBoostingClassifier(random_state=0)),
        "MLP": made(MLPClassifier(**mlp)),
    }


def earlier_values(x: Any, y: np.ndarray, task: Task) -> Any:
    """What the other models read of a series: as many earlier values, and the time of the year."""
    import pandas as pd

    moments = pd.to_datetime(x.iloc[:, 0])
    turn = 2 * np.pi * moments.dt.day_of_year / 365.25
    values = np.log(y) if task.log else y
    lags = {f"{k} before": pd.Series(values).shift(k) for k in range(1, task.lags + 1)}
    calendar = {} if task.log else {"sin": np.sin(turn), "cos": np.cos(turn)}
    return pd.DataFrame({**lags, **calendar})


def folds(
    task: Task, data: Any, y: np.ndarray, regression: bool, seeds: int
) -> list[tuple[Any, Any]]:
    """Row numbers of training and test, fold by fold, seed by seed."""
    from sklearn.model_selection import KFold, StratifiedKFold

    rows = np.arange(len(data))
    if task.test:
        cut = len(read(task.file, True))
        return [(rows[:cut], rows[cut:])]
    if task.latest:
        return [(rows[: -task.latest], rows[-task.latest :])]
    kind = KFold if regression else StratifiedKFold
    return [
        split
        for seed in range(seeds if len(y) <= SMALL else 1)
        for split in kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
    ]


def run(name: str, task: Task, seeds: int) -> dict[str, Any]:
    """How well all models do on every fold."""
    import pandas as pd

    data = read(task.file, bool(task.text))
    if task.test:
        data = pd.concat([data, read(task.test, True)], ignore_index=True)
    data = data.drop(columns=list(task.drop))
    regression = data[task.target].dtype.kind == "f" or name in ("diamonds", "airline")
    y = np.asarray(data[task.target])
    x = data.drop(columns=[task.target])
    if task.latest:
        x = earlier_values(x, y, task)
    losses: dict[str, list[np.ndarray]] = {"Lamina": []}
    seconds: dict[str, float] = {"Lamina": 0.0}
    judged: list[np.ndarray] = []
    for learn, judge in folds(task, data, y, regression, seeds):
        start = time.perf_counter()
        made = train(data.iloc[learn], task.target, test=data.iloc[judge], out=None, report=False)
        seconds["Lamina"] += time.perf_counter() - start
        losses["Lamina"].append(_lamina_losses(made, regression))
        judged.append(judge)
        for other, model in baselines(task, x, regression, len(data)).items():
            start = time.perf_counter()
            columns = x[task.text] if task.text else x
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known = learn[task.lags :]
                model.fit(columns.iloc[known], y[known])
                found = model.predict(columns.iloc[judge])
            wrong = (found - y[judge]) ** 2 if regression else found != y[judge]
            losses.setdefault(other, []).append(np.asarray(wrong, np.float64))
            seconds[other] = seconds.get(other, 0.0) + time.perf_counter() - start
    return verdict(name, regression, losses, seconds, judged)


def _lamina_losses(made: Any, regression: bool) -> np.ndarray:
    """Row by row; accuracy is compared at a threshold of one half."""
    outputs = made.test_outputs
    y = made.prepared.y[-len(outputs) :]
    if regression:
        return (outputs - y) ** 2
    found = outputs.argmax(axis=1) if outputs.ndim == 2 else outputs >= 0.5
    return (found != y).astype(np.float64)


def _error_by_rows(
    ours: list[np.ndarray], theirs: list[np.ndarray], judged: list[np.ndarray], regression: bool
) -> float:
    """The standard error of the difference of two models' figures, rows being drawn."""
    rows = np.concatenate(judged)
    times = np.bincount(rows)
    means = [
        np.bincount(rows, np.concatenate(losses))[times > 0] / times[times > 0]
        for losses in (ours, theirs)
    ]
    error = float(np.std(means[0] - means[1], ddof=1) / np.sqrt((times > 0).sum()))
    # d sqrt(m) = dm / (2 sqrt(m))
    return error / (2 * float(np.sqrt(np.mean(means)))) if regression else error


def verdict(
    name: str,
    regression: bool,
    losses: dict[str, list[np.ndarray]],
    seconds: dict[str, float],
    judged: list[np.ndarray],
) -> dict[str, Any]:
    """Means, the best other model, and the difference to it in standard errors.

    Args:
        name: of the table.
        regression: whether losses are squared errors, else 1 for a wrong answer and 0.
        losses: of every model, split by split and row by row.
        seconds: that each model took.
        judged: the numbers of the rows that each split was judged by.
    """
    sign = -1 if regression else 1
    scores = {
        n: [float(np.sqrt(e.mean()) if regression else 1 - e.mean()) for e in found]
        for n, found in losses.items()
    }
    others = [n for n in scores if n != "Lamina"]
    best = max(others, key=lambda n: sign * np.mean(scores[n]))
    ours, theirs = np.array(scores["Lamina"]), np.array(scores[best])
    ahead = sign * (ours - theirs)
    by_rows = _error_by_rows(losses["Lamina"], losses[best], judged, regression)
    plain = error = by_rows  # of one split
    if len(ahead) > 1:
        spread = float(ahead.std(ddof=1))
        plain = spread * np.sqrt(1 / len(ahead))
        error = spread * np.sqrt(1 / len(ahead) + 1 / (FOLDS - 1))
    return {
        "table": name,
        "figure": "RMSE" if regression else "accuracy",
        "scores": {n: [float(np.mean(s)), float(np.std(s))] for n, s in scores.items()},
        "best": best,
        "ahead": float(ahead.mean()),
        "standard_error": error,
        "standard_error_by_rows": by_rows,
        "plain_standard_error": plain,
        "splits": len(ahead),
        "seconds": {n: round(s, 2) for n, s in seconds.items()},
    }


def line(found: dict[str, Any]) -> str:
    """One line of the table."""
    ours, best = found["scores"]["Lamina"], found["scores"][found["best"]]
    steps, by_rows = (
        found["ahead"] / found[name] if found[name] else 0.0
        for name in ("standard_error", "standard_error_by_rows")
    )
    return (
        f"{found['table']:14} {found['figure']:9} Lamina {ours[0]:9.4f} ± {ours[1]:.4f}   "
        f"{found['best']:>16} {best[0]:9.4f} ± {best[1]:.4f}   "
        f"ahead {found['ahead']:+9.4f} = {steps:+.1f} standard errors, {by_rows:+.1f} by rows   "
        f"{found['splits']} splits, {found['seconds']['Lamina']:.1f} s"
    )


def main() -> None:
    """Run the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(TASKS))
    parser.add_argument("--seeds", type=int, default=SEEDS, help="cuts of a small table into folds")
    parser.add_argument("--out", type=Path, default=Path("runs/bench/tables.json"))
    options = parser.parse_args()
    results = []
    for name in options.tables.split(","):
        results.append(run(name, TASKS[name], options.seeds))
        print(line(results[-1]), flush=True)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
