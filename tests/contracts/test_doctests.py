"""The examples in docstrings run, and give what they say."""

import doctest
import importlib
import pkgutil
import re

import pytest

import lamina

EXTRAS = {"typer", "sklearn", "matplotlib", "jax", "rich"}
MODULES = [
    module.name
    for module in pkgutil.walk_packages(lamina.__path__, "lamina.", onerror=lambda _: None)
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name in EXTRAS:
            pytest.skip(f"{error.name} is not installed")
        raise
    result = doctest.testmod(
        module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS, verbose=False
    )
    assert result.failed == 0


def test_the_examples_are_found() -> None:
    finder = doctest.DocTestFinder()
    module = importlib.import_module("lamina.base.errors")
    assert any(re.search("near", test.name) and test.examples for test in finder.find(module))
