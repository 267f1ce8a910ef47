"""Which stages of the compiler are printed: those that `LAMINA_SHOW` lists.

`LAMINA_SHOW=fusion,asm` prints how nodes are fused and the assembly, to standard error.
"""

import os
import re
import sys
from collections.abc import Callable

from lamina.base.errors import ArgumentError, message, near

STAGES = ("fusion", "nests", "llvm", "asm")


def shown(stage: str) -> bool:
    """Whether a stage is to be printed.

    Args:
        stage: one of STAGES.
    Raises:
        ArgumentError: `LAMINA_SHOW` lists something that is no stage.
    """
    wanted = [word for word in re.split(r"[,|\s]+", os.environ.get("LAMINA_SHOW", "")) if word]
    for word in wanted:
        if word not in STAGES:
            raise ArgumentError(
                message(
                    f"Unknown stage in LAMINA_SHOW. {near(word, STAGES)}".strip(),
                    received=repr(word),
                    required="some of " + ", ".join(STAGES) + ", with commas between them",
                )
            )
    return stage in wanted


def show(stage: str, name: str, text: Callable[[], str]) -> None:
    """Print a stage of a program to standard error, if it is to be printed.

    Args:
        stage: one of STAGES.
        name: the program's name.
        text: gives the stage as text; called if it is to be printed.
    """
    if shown(stage):
        print(f"; {stage} of {name}\n{text()}", file=sys.stderr, flush=True)
