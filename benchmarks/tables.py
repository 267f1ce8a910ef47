"""Networks on tables beside scikit-learn's models: the same folds, the same rows, in one run.

For every table, `lamina.tables.train` with default settings is tested on five folds, beside the
models that shared/data/README.md lists (logistic or ridge regression, random forest, histogram
gradient boosting, an MLP; for texts, logistic regression on TF-IDF of characters), all on the
columns as the README says. Tables of up to 1,000 rows are cut into folds five times, with seeds 0
to 4, as one cut decides little there.

What counts is the difference to the best of them on the same folds, in standard errors of that
difference. Folds share most of their training rows, so their differences are no independent draws,
and dividing by the root of their number would give too small an error; with n splits and a test set
of a quarter of the training set, the variance is taken times 1/n + 1/4 (Nadeau and Bengio 2003,
"Inference for the Generalization Error"). The plain error is noted, too.

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
    """

    file: str
    target: str
    drop: tuple[str, ...] = ()
    test: str = ""
    text: str = ""


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
        return {
            "Ridge": made(Ridge()),
            "RF": made(RandomForestRegressor(trees, random_state=0, n_jobs=-1)),
            "HGB": made(HistGradientBoostingRegressor(random_state=0)),
            "MLP": made(
                TransformedTargetRegressor(MLPRegressor(**mlp), transformer=StandardScaler())
            ),
        }
    return {
        "LR": made(LogisticRegression(max_iter=3000)),
        "RF": made(RandomForestClassifier(trees, random_state=0, n_jobs=-1)),
        "HGB": made(HistGradientBoostingClassifier(random_state=0)),
        "MLP": made(MLPClassifier(**mlp)),
    }


def folds(
    task: Task, data: Any, y: np.ndarray, regression: bool, seeds: int
) -> list[tuple[Any, Any]]:
    """Row numbers of training and test, fold by fold, seed by seed."""
    from sklearn.model_selection import KFold, StratifiedKFold

    if task.test:
        rows = np.arange(len(data))
        cut = len(read(task.file, True))
        return [(rows[:cut], rows[cut:])]
    kind = KFold if regression else StratifiedKFold
    return [
        split
        for seed in range(seeds if len(y) <= SMALL else 1)
        for split in kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
    ]


def run(name: str, task: Task, seeds: int) -> dict[str, Any]:
    """Scores of all models on every fold: accuracy, or root mean squared error."""
    import pandas as pd

    data = read(task.file, bool(task.text))
    if task.test:
        data = pd.concat([data, read(task.test, True)], ignore_index=True)
    data = data.drop(columns=list(task.drop))
    regression = data[task.target].dtype.kind == "f" or name == "diamonds"
    y = np.asarray(data[task.target])
    x = data.drop(columns=[task.target])
    scores: dict[str, list[float]] = {"Lamina": []}
    seconds: dict[str, float] = {"Lamina": 0.0}
    truth: list[np.ndarray] = []
    for learn, judge in folds(task, data, y, regression, seeds):
        start = time.perf_counter()
        made = train(data.iloc[learn], task.target, test=data.iloc[judge], out=None, report=False)
        metric = made.metrics["rmse" if regression else "accuracy"]
        if not regression and made.threshold != 0.5:  # accuracy is compared at one half
            found = made.test_outputs >= 0.5
            metric = float((found == made.prepared.y[-len(found) :]).mean())
        scores["Lamina"].append(metric)
        seconds["Lamina"] += time.perf_counter() - start
        truth.append(y[judge])
        for other, model in baselines(task, x, regression, len(data)).items():
            start = time.perf_counter()
            columns = x[task.text] if task.text else x
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(columns.iloc[learn], y[learn])
                found = model.predict(columns.iloc[judge])
            error = np.sqrt(np.mean((found - y[judge]) ** 2)) if regression else None
            score = float(error) if regression else float((found == y[judge]).mean())
            scores.setdefault(other, []).append(score)
            seconds[other] = seconds.get(other, 0.0) + time.perf_counter() - start
    return verdict(name, regression, scores, seconds, len(truth[0]))


def verdict(
    name: str,
    regression: bool,
    scores: dict[str, list[float]],
    seconds: dict[str, float],
    rows: int,
) -> dict[str, Any]:
    """Means, the best other model, and the difference to it in standard errors."""
    sign = -1 if regression else 1
    others = [n for n in scores if n != "Lamina"]
    best = max(others, key=lambda n: sign * np.mean(scores[n]))
    ours, theirs = np.array(scores["Lamina"]), np.array(scores[best])
    ahead = sign * (ours - theirs)
    if len(ahead) > 1:
        spread = float(ahead.std(ddof=1))
        plain = spread * np.sqrt(1 / len(ahead))
        error = spread * np.sqrt(1 / len(ahead) + 1 / (FOLDS - 1))
    else:  # one split: of a share of rows
        plain = error = float(np.sqrt(theirs[0] * (1 - theirs[0]) / rows))
    return {
        "table": name,
        "figure": "RMSE" if regression else "accuracy",
        "scores": {n: [float(np.mean(s)), float(np.std(s))] for n, s in scores.items()},
        "best": best,
        "ahead": float(ahead.mean()),
        "standard_error": error,
        "plain_standard_error": plain,
        "splits": len(ahead),
        "seconds": {n: round(s, 2) for n, s in seconds.items()},
    }


def line(found: dict[str, Any]) -> str:
    """One line of the table."""
    ours, best = found["scores"]["Lamina"], found["scores"][found["best"]]
    steps = found["ahead"] / found["standard_error"] if found["standard_error"] else 0.0
    return (
        f"{found['table']:14} {found['figure']:9} Lamina {ours[0]:9.4f} ± {ours[1]:.4f}   "
        f"{found['best']:>16} {best[0]:9.4f} ± {best[1]:.4f}   "
        f"ahead {found['ahead']:+9.4f} = {steps:+.1f} standard errors   "
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
