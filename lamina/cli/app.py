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
    dataset: Annotated[
        str,
        typer.Argument(
            help="digits, iris, wine, breast_cancer, mnist or fashion_mnist", show_default=False
        ),
    ],
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Most passes over the rows.", show_default="by data")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Rows in one step.")] = 32,
    lr: Annotated[float, typer.Option(help="Learning rate of Adam.")] = 1e-3,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same result.")] = 0,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder in which the run's folder is made.")
    ] = Path("runs"),
    as_json: _JSON = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report.")] = False,
) -> int:
    """Train a network on a well-known dataset and report how good it is."""
    from lamina.cli.train import Settings, train_dataset

    settings = Settings(dataset, epochs, batch_size, lr, seed, out, as_json, quiet)
    train_dataset(settings)
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
