"""The commands and their options, as typer declares them. What they do is in a file each."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="lamina",
    help="Deep learning with the Keras API on an engine of its own.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_JSON = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
_SEP = Annotated[str | None, typer.Option(help="Separator of cells.")]
_ENCODING = Annotated[str | None, typer.Option(help="Of a text file.")]
_NO_HEADER = Annotated[bool, typer.Option("--no-header", help="Row one is data.")]


def run_command(words: list[str]) -> int:
    """Parse the words and run the command they name.

    Args:
        words: the command line after `lamina`.
    Returns:
        The exit code of a command that ended as planned.
    Raises:
        whatever ended the command otherwise; wrong usage included.
    """
    command = typer.main.get_command(app)
    result = command.main(args=words, prog_name="lamina", standalone_mode=False)
    return result if isinstance(result, int) else 0


def _print_version(wanted: bool) -> None:
    if wanted:
        from lamina.cli.doctor import version_line

        print(version_line())
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Deep learning with the Keras API on an engine of its own."""


@app.command()
def train(
    context: typer.Context,
    data: Annotated[
        str | None,
        typer.Argument(
            help="A table (.csv .tsv .jsonl .parquet, - for stdin), a folder with a folder of "
            "pictures per class, or digits, iris, wine, breast_cancer, mnist, fashion_mnist.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", "-t", help="Column to predict; several for many labels."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder in which the run's folder is made.")
    ] = Path("runs"),
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="A config.toml, as runs leave it.")
    ] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting: NAME=VALUE.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="regression, binary, multiclass or multilabel.")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=number, category, text, ignored or date:%d/%m/%Y."),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Columns to leave out.")] = None,
    split: Annotated[
        str | None, typer.Option(help="Training/validation/test.", show_default="70/15/15")
    ] = None,
    cv: Annotated[
        int | None, typer.Option(help="Folds.", show_default="5 under 1,000 rows")
    ] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Train on the earliest rows, test on the latest.")
    ] = None,
    lags: Annotated[
        int | None,
        typer.Option(
            min=0, help="Earlier values of a series as columns.", show_default="if it is one"
        ),
    ] = None,
    group_column: Annotated[
        str | None, typer.Option(help="Rows of one group stay in one part.")
    ] = None,
    layers: Annotated[str | None, typer.Option(help="Units of hidden layers: 64,32.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share dropped in training.")] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Most passes over the rows.", show_default="by data")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Rows in one step.", show_default="by data")
    ] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.", show_default="by data")] = None,
    class_weight: Annotated[str | None, typer.Option(help="none or balanced.")] = None,
    threshold: Annotated[float | None, typer.Option(help="For the positive class.")] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds of training.")] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, help="Same seed, same result.", show_default="0"),
    ] = None,
    sep: _SEP = None,
    encoding: _ENCODING = None,
    no_header: _NO_HEADER = False,
    na: Annotated[list[str] | None, typer.Option(help="Cells that mean nothing.")] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out rows of odd length.")
    ] = False,
    stream: Annotated[
        bool | None,
        typer.Option(
            "--stream/--no-stream", help="Leave rows in the file.", show_default="by size"
        ),
    ] = None,
    merge_rare: Annotated[
        bool, typer.Option("--merge-rare", help="One class of those with under 3 rows.")
    ] = False,
    flip: Annotated[
        bool, typer.Option("--flip", help="Pictures: mirror half of them in training.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A leak is an error.")] = False,
    lang: Annotated[str | None, typer.Option(help="Of the report: en or ko.")] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="No report.html.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with an interrupted run: its folder.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide, do not train.")] = False,
    as_json: _JSON = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report.")] = False,
) -> int:
    """Train a network on a table, pictures or a well-known dataset and say how good it is."""
    from lamina.cli import train_options as words

    if resume is not None:
        from lamina.cli.resume import check_alone, resume_run

        check_alone(context)
        return resume_run(resume, as_json=as_json, quiet=quiet, report=not no_report)
    from lamina.cli.train_table import train_table

    flags = {
        "target": words.names(target),
        "task": task,
        "types": words.kinds(types),
        "drop": words.names(drop),
        "split": words.shares(split),
        "folds": cv,
        "time_column": time_column,
        "lags": lags,
        "group_column": group_column,
        "layers": words.numbers(layers, "--layers"),
        "dropout": dropout,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": lr,
        "class_weight": class_weight,
        "threshold": threshold,
        "time_limit": time_limit,
        "seed": seed,
        **words.reading(sep, encoding, no_header),
        "missing": words.names(na),
        "skip_bad_rows": skip_bad_rows or None,
        "stream": stream,
        "merge_rare": merge_rare or None,
        "flip": flip or None,
        "strict": strict or None,
        "language": lang,
    }
    return train_table(
        data,
        words.gather_choices(flags, assignments or [], config),
        out=out,
        as_json=as_json,
        quiet=quiet,
        dry_run=dry_run,
        report=not no_report,
    )


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A model.keras of `lamina train`.")],
    data: Annotated[str, typer.Argument(help="Rows with the target.")],
    sep: _SEP = None,
    encoding: _ENCODING = None,
    no_header: _NO_HEADER = False,
    as_json: _JSON = False,
) -> int:
    """Score a model on rows that it has not seen."""
    from lamina.cli import train_options as words
    from lamina.cli.use_model import evaluate_model

    evaluate_model(model, data, words.reading(sep, encoding, no_header), as_json)
    return 0


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A model.keras of `lamina train`.")],
    data: Annotated[
        list[str], typer.Argument(help="Rows; the target need not be there. Or pictures.")
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", help="A .csv, .jsonl or .parquet file; - is stdout.")
    ] = "-",
    strict: Annotated[bool, typer.Option("--strict", help="An odd cell is an error.")] = False,
    sep: _SEP = None,
    encoding: _ENCODING = None,
    no_header: _NO_HEADER = False,
    as_json: _JSON = False,
) -> int:
    """Predict rows: the rows as they came, with predictions, probabilities and warnings."""
    from lamina.cli import train_options as words
    from lamina.cli.use_model import predict_rows

    predict_rows(model, data, words.reading(sep, encoding, no_header), out, strict, as_json)
    return 0


@app.command()
def inspect(
    model: Annotated[Path, typer.Argument(help="A model.keras file.")],
    as_json: _JSON = False,
) -> int:
    """Show what a model reads, what it predicts and what it is made of."""
    from lamina.cli.use_model import inspect_model

    inspect_model(model, as_json)
    return 0


@app.command()
def tune(
    data: Annotated[
        str | None, typer.Argument(help="A table, or a folder of pictures.", show_default=False)
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option("--target", "-t", help="Column to predict.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Settings to try, in all.")] = 30,
    time_limit: Annotated[float | None, typer.Option(min=0, help="Seconds of trying.")] = None,
    storage: Annotated[
        str | None,
        typer.Option(help="URL of Optuna.", show_default="a SQLite file beside the runs"),
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="Name in the storage.", show_default="the table's")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest study.")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of runs.")] = Path("runs"),
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A config.toml.")] = None,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="Any setting of train; it is not tried.")
    ] = None,
    types: Annotated[list[str] | None, typer.Option(help="COLUMN=KIND, as in train.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Columns to leave out.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Most passes of a trial.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="Of all trials.")] = None,
    lang: Annotated[str | None, typer.Option(help="Of the report: en or ko.")] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="No report.html.")] = False,
    as_json: _JSON = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
) -> int:
    """Try settings on validation rows and train with the best; test rows stay unseen."""
    from lamina.cli import train_options as words
    from lamina.cli.tune import tune_table

    flags = {
        "target": words.names(target),
        "types": words.kinds(types),
        "drop": words.names(drop),
        "epochs": epochs,
        "seed": seed,
        "language": lang,
    }
    return tune_table(
        data,
        words.gather_choices(flags, assignments or [], config),
        out=out,
        trials=trials,
        time_limit=time_limit,
        storage=storage,
        study=study,
        resume=resume,
        as_json=as_json,
        quiet=quiet,
        report=not no_report,
    )


@app.command()
def serve(
    model: Annotated[Path, typer.Argument(help="A model.keras of `lamina train`, or its run.")],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    token: Annotated[
        str,
        typer.Option(envvar="LAMINA_TOKEN", help="That requests must bear.", show_default=False),
    ] = "",
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Others may ask without a token.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A further name of this machine.")
    ] = None,
    max_rows: Annotated[int, typer.Option(min=1, help="Of a request.")] = 10_000,
    max_bytes: Annotated[int, typer.Option(min=1, help="Of a request.")] = 10 << 20,
    queue: Annotated[int, typer.Option(min=1, help="Requests that wait at most.")] = 64,
) -> int:
    """Answer requests over HTTP, and show a form in the browser."""
    from lamina.cli.serve import serve_model

    serve_model(model, host, port, token, insecure, allow_host or [], max_rows, max_bytes, queue)
    return 0


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    lang: Annotated[str, typer.Option(help="en or ko.")] = "en",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File.", show_default="RUN/report.html")
    ] = None,
) -> int:
    """Write a run's report again, perhaps in another language."""
    from lamina.cli.use_model import write_run_report

    print(write_run_report(run, lang, out))
    return 0


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="A model.keras of `lamina train`.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="File to write; network.keras, network.onnx or schema.json beside "
            "the model if none is named."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The same as an option.")] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="keras, onnx: the network alone, from encoded columns to predictions; "
            "schema: columns and encoders as JSON.",
        ),
    ] = "keras",
) -> int:
    """Write a model in another form."""
    from lamina.base.errors import ArgumentError
    from lamina.cli.use_model import export_model

    if file is not None and out is not None:
        raise ArgumentError(f"name one file to write: {str(file)!r} or {str(out)!r}")
    export_model(model, file or out, form)
    return 0


@app.command()
def init(
    data: Annotated[str, typer.Argument(help="A table.")],
    target: Annotated[list[str], typer.Option("--target", "-t", help="Column to predict.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("lamina.toml"),
) -> int:
    """Write a config with all settings and the kinds found, to be edited."""
    from lamina.cli import train_options as words
    from lamina.cli.use_model import write_config

    write_config(data, words.names(target) or [], out)
    return 0


@app.command()
def doctor(as_json: _JSON = False) -> int:
    """Show versions, processor, executor, folders, and which packages are missing."""
    from lamina.cli import doctor as report

    report.show(as_json)
    return 0


@app.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,  # what follows the script's name belongs to the script
    }
)
def run(
    context: typer.Context,
    script: Annotated[Path, typer.Argument(help="A Python file.", show_default=False)],
) -> int:
    """Run a script written for keras or tensorflow.keras, with no edit, on Lamina."""
    from lamina.cli.run_script import run_script

    return run_script(script, context.args)
