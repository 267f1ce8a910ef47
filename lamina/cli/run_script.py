"""Runs a script as `python script.py` would, but with Lamina under Keras's names.

The script is `__main__`, sees its own arguments and folder, and its uncaught exceptions are shown
from its own first line on; its exit code is the command's.
"""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType

from lamina.cli import keras_alias
from lamina.cli.failures import INTERRUPTED, USAGE, CommandError


def run_script(script: Path, arguments: Sequence[str]) -> int:
    """Run a Python file as the main program.

    Args:
        script: the file.
        arguments: the script's own arguments, `sys.argv[1:]`.
    Returns:
        The exit code: 0, 1 after an uncaught exception, 130 after Ctrl-C.
    Raises:
        CommandError: there is no such file.
        SystemExit: the script called `sys.exit`; it passes through as it is.
    """
    try:
        with io.open_code(str(script.absolute())) as stream:
            source = stream.read()
    except OSError as cause:
        reason = cause.strerror or str(cause)
        raise CommandError(USAGE, f"cannot read the script {str(script)!r}: {reason}") from cause
    keras_alias.install()
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    main = ModuleType("__main__")
    main.__dict__.update(__file__=str(script), __builtins__=__builtins__)
    sys.modules["__main__"] = main
    try:
        exec(compile(source, str(script), "exec"), main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _show(error, str(script))
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    finally:
        _flush()
    return 0


def _show(error: BaseException, script: str) -> None:
    """Show an exception without our own frames, by the script's `sys.excepthook` if it set one."""
    error.__traceback__ = _from_script_on(error.__traceback__, script)
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, error.__traceback__)
    else:
        traceback.print_exception(error)


def _from_script_on(trace: TracebackType | None, script: str) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    return trace


def _flush() -> None:
    """Write out what was printed; if nobody reads any more, be as quiet about it as other tools."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
