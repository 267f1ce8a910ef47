"""Where a public docstring lists arguments, it lists those of the signature, all and no others."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator

import pytest

import lamina

SECTION = re.compile(r"^ *Args:\n", re.MULTILINE)
ENTRY = re.compile(r"^ *\*{0,2}(\w+(?:`?, `?\*{0,2}\w+)*)`?:")


def modules() -> list[str]:
    found = pkgutil.walk_packages(lamina.__path__, "lamina.", onerror=lambda _: None)
    return [m.name for m in found if not m.name.endswith("__main__")]


def documented(docstring: str) -> list[str] | None:
    """The names in the Args section, None if there is no such section."""
    text = inspect.cleandoc(docstring)
    start = SECTION.search(text)
    if start is None:
        return None
    lines = text[start.end() :].split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    names: list[str] = []
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if line.strip() and depth < indent:
            break
        entry = ENTRY.match(line)
        if depth == indent and entry:
            names += re.findall(r"\w+", entry.group(1))
    return names


def agrees(names: list[str], function: Callable) -> bool:
    """Whether documented names are those of a signature; `*args, **kwargs` may stand for more."""
    parameters = inspect.signature(function).parameters.values()
    some = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = {
        p.name
        for p in parameters
        if p.name != "self" and not p.name.startswith("_") and p.kind not in some
    }
    allowed = required | {p.name for p in parameters}
    is_open = any(p.kind in some for p in parameters)
    return required <= set(names) and (is_open or set(names) <= allowed)


def documented_objects(name: str) -> Iterator[tuple[str, Callable, str]]:
    module = importlib.import_module(name)
    for key, value in vars(module).items():
        if key.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        value = inspect.unwrap(value) if callable(value) else value
        if inspect.isclass(value):
            if value.__doc__ and "__init__" in vars(value):
                yield key, value.__init__, value.__doc__
            for method, function in vars(value).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{key}.{method}", function, function.__doc__ or ""
        elif inspect.isfunction(value):
            yield key, value, value.__doc__ or ""


@pytest.mark.parametrize("name", modules())
def test_arguments_in_docstrings(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    wrong = []
    for key, function, docstring in documented_objects(name):
        names = documented(docstring)
        if names is not None and not agrees(names, function):
            wrong.append(f"{key}: documented {names}, accepted {inspect.signature(function)}")
    assert not wrong, "\n".join(wrong)


def test_the_reader_of_docstrings() -> None:
    text = """Sum.

    Args:
        x, y: tensors; here: of any shape.
        axis: int
            or tuple.
        *rest: more.
    Returns:
        z: nothing to read here.
    """
    assert documented(text) == ["x", "y", "axis", "rest"]
    assert documented("No section.") is None
