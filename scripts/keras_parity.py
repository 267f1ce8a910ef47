"""Write docs/keras_parity.md: every public name of Keras 3 as present, different or absent in
Lamina.

python scripts/keras_parity.py [--check]; with --check, exit 1 if the file is not up to date.
Names are those of the installed Keras. "different" means that an argument of Keras's is missing, or
has another default.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import types
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

PAGE = Path(__file__).resolve().parent.parent / "docs" / "keras_parity.md"
SKIPPED = {"src", "api", "legacy", "applications", "distribution", "quantizers", "distillation"}


def public_names(module: types.ModuleType) -> list[str]:
    """The public names of a Keras namespace that are no namespaces themselves."""
    names = [n for n in dir(module) if not n.startswith("_") and n not in SKIPPED]
    return [n for n in names if not isinstance(getattr(module, n), types.ModuleType)]


def namespaces(module: types.ModuleType, path: str) -> dict[str, types.ModuleType]:
    """A namespace and those below it, by their path."""
    found = {path: module}
    for name in dir(module):
        child = getattr(module, name, None)
        inside = isinstance(child, types.ModuleType) and child.__name__.startswith("keras")
        if inside and not name.startswith("_") and name not in SKIPPED:
            below = f"{path}.{name}" if path else name
            if below not in found and below.count(".") < 3:
                found.update(namespaces(child, below))
    return found


def parameters(obj: Any) -> dict[str, Any] | None:
    """Argument name -> default, or None if the object has no signature."""
    try:
        signature = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {n: p.default for n, p in signature.parameters.items() if p.kind not in kinds}


def difference(theirs: Any, ours: Any) -> str:
    """What is different about our object, "" if nothing."""
    if not (inspect.isclass(theirs) or inspect.isfunction(theirs)):
        return ""
    wanted, have = parameters(theirs), parameters(ours)
    if wanted is None or have is None:
        return ""
    missing = [n for n in wanted if n not in have and n not in ("self", "args", "kwargs")]
    if missing:
        return "lacks " + ", ".join(f"`{n}`" for n in missing)
    changed = [
        n
        for n, default in wanted.items()
        if n in have
        and isinstance(default, (int, float, str, bool, type(None)))
        and have[n] is not inspect.Parameter.empty
        and have[n] != default
    ]
    return "other default of " + ", ".join(f"`{n}`" for n in changed) if changed else ""


def find(path: str, name: str) -> Any:
    """Our object of that name, or None."""
    try:
        module = importlib.import_module("lamina" + (f".{path}" if path else ""))
        return getattr(module, name)
    except (ImportError, AttributeError):
        return None


def page() -> str:
    """The text of the page."""
    import keras

    sections, totals = [], {"present": 0, "different": 0, "absent": 0}
    for path, module in sorted(namespaces(keras, "").items()):
        rows = []
        for name in sorted(public_names(module)):
            ours = find(path, name)
            note = "" if ours is None else difference(getattr(module, name), ours)
            state = "absent" if ours is None else "different" if note else "present"
            totals[state] += 1
            rows.append(f"| `{name}` | {state} | {note} |")
        if rows:
            title = f"keras.{path}" if path else "keras"
            sections.append("\n".join([f"## {title}", "", "| name | | |", "|-|-|-|", *rows]))
    head = (
        "# Keras 3 names in Lamina\n\nWritten by `scripts/keras_parity.py` from the installed "
        "Keras "
        f"{keras.__version__} and the code; do not edit.\n\n"
        + ", ".join(f"{count} {state}" for state, count in totals.items())
        + ". Not listed: pretrained applications, distribution, quantizers, distillation, legacy.\n"
    )
    return head + "\n" + "\n\n".join(sections) + "\n"


def main() -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" in sys.argv:
        return 0 if PAGE.exists() and PAGE.read_text() == text else 1
    PAGE.write_text(text)
    print(text.splitlines()[4])
    return 0


if __name__ == "__main__":
    sys.exit(main())
