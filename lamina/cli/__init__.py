"""The `lamina` command: thin faces over public names.

`main` is what the command calls. The commands are declared in `app`, which needs typer; without it,
`doctor` and `--version` still answer, so that one can find out what to install.
"""

from lamina.cli.entry import main as main

__all__ = ["main"]
