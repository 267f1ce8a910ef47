"""Lazy namespaces: a package names what it offers, and a module loads at the first use of its name.

This keeps `import lamina` down to NumPy. Each public package calls `lazy_exports` once.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


def lazy_exports(
    package: str, exports: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Module-level `__getattr__`, `__dir__` and `__all__` for a package.

    Args:
        package: the package's `__name__`.
        exports: public name -> "module" (same name inside it) or "module:attribute"; a value that
            ends with ":" names the module itself.
    Returns:
        The three functions or lists to assign at module level.
    Example:
        >>> getter, _, names = lazy_exports("lamina.base", {"floatx": "lamina.base.config"})
        >>> getter("floatx")(), names
        ('float32', ['floatx'])
    """

    def __getattr__(name: str) -> Any:
        target = exports.get(name)
        if target is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module_name, _, attribute = target.partition(":")
        module = importlib.import_module(module_name)
        value = module if target.endswith(":") else getattr(module, attribute or name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:
        return sorted(exports)

    return __getattr__, __dir__, sorted(exports)


def load_namespace(package: str) -> ModuleType:
    """A package of Lamina by its name in a table of ours, loaded if need be; never a name from a
    file.

    Rooms that come before `package` use it to reach public names at run time, when a model is
    loaded.

    Args:
        package: for example "lamina.layers".
    Returns:
        The package.
    Raises:
        ValueError: the name is not one of Lamina's.
    """
    if package != "lamina" and not package.startswith("lamina."):
        raise ValueError(f"{package!r} is not a package of Lamina.")
    return importlib.import_module(package)
