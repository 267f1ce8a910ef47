"""The order in which the parts of a model are visited, and the path each gets in a weights file.

Layers, losses, metrics, optimizers and operations have state; they are found by looking through the
attributes of the object that holds them, public names first, as Keras does. What every object of a
family has (a layer's `weights`, say) is bookkeeping and is not looked into.
"""

from collections.abc import Callable, Iterator
from typing import Any

from lamina.base.naming import to_snake_case

# Family root -> arguments for a bare instance, whose attributes are bookkeeping.
FAMILIES: dict[str, tuple[tuple, dict[str, Any]]] = {
    "Layer": ((), {"name": "reference"}),
    "Metric": ((), {"name": "reference"}),
    "Loss": ((), {"name": "reference"}),
    "Optimizer": ((0.1,), {"name": "reference"}),
    "Operation": ((), {"name": "reference"}),
}
_bookkeeping_names: dict[str, frozenset[str]] = {}
_INTERNAL = {
    "Functional": frozenset({"operations", "_operations", "_layers"}),
    "Sequential": frozenset({"_functional", "_layers"}),
}


def family(cls: type) -> Any:
    """The root class of a saveable class's family, or None.

    Args:
        cls: any class.
    Returns:
        For a Dense layer the class `Layer`.
    """
    for base in cls.__mro__:
        if base.__name__ in FAMILIES and base.__module__.startswith("lamina."):
            return base
    return None


def is_saveable(obj: Any) -> bool:
    """Whether an object may have state of its own in a file."""
    return family(type(obj)) is not None


def _bookkeeping(root: type) -> frozenset[str]:
    """The attributes that every object of a family has."""
    known = _bookkeeping_names.get(root.__name__)
    if known is None:
        args, kwargs = FAMILIES[root.__name__]
        known = frozenset(dir(root(*args, **kwargs)))
        _bookkeeping_names[root.__name__] = known
    return known


def _graph_kind(cls: type) -> str | None:
    return next((base.__name__ for base in cls.__mro__ if base.__name__ in _INTERNAL), None)


def children(obj: Any) -> Iterator[tuple[str, Any]]:
    """The attributes that may lead to state, in visiting order.

    Args:
        obj: a saveable object.
    Yields:
        (attribute, value); in Sequential and functional models first the layers of the graph.
    """
    cls = type(obj)
    kind = _graph_kind(cls)
    skipped = _bookkeeping(family(cls))
    if kind is not None:
        yield "layers", obj.layers
        skipped = skipped | _INTERNAL[kind]
    for name in sorted(dir(obj), key=lambda n: f"~{n}" if n.startswith("_") else n):
        if name.startswith("__") or name in skipped:
            continue
        try:
            value = getattr(obj, name)
        except Exception:  # a property of the user's that cannot be read now holds no state
            continue
        yield name, value


class Walk:
    """One pass over a model.

    Args:
        visit: called with each saveable object and its path; returns whether the object is settled.
            One that is not is offered again when another attribute leads to it.
        skip: objects to leave out.
    """

    def __init__(self, visit: Callable[[Any, str], bool], skip: Any = ()) -> None:
        self._visit = visit
        self._settled = {id(obj) for obj in skip}
        self._open: set[int] = set()

    def run(self, obj: Any, path: str = "") -> bool:
        """Visit an object and everything below it.

        Returns:
            Whether all of it is settled.
        """
        if id(obj) in self._settled or id(obj) in self._open:
            return True
        settled = self._visit(obj, path)
        self._open.add(id(obj))
        below = True
        for name, value in children(obj):
            inner = f"{path}/{name}" if path else name
            if is_saveable(value):
                below &= self.run(value, inner)
            elif isinstance(value, (list, tuple, dict)):
                below &= self._run_container(value, inner, set())
        self._open.discard(id(obj))
        if settled and below:
            self._settled.add(id(obj))
        return settled and below

    def _run_container(self, container: Any, path: str, seen: set[int]) -> bool:
        """Objects in a container are numbered by class, as their own names vary between runs."""
        if id(container) in seen:
            return True
        seen.add(id(container))
        used: dict[str, int] = {}
        settled = True
        for item in container.values() if isinstance(container, dict) else container:
            if is_saveable(item):
                name = _numbered(to_snake_case(type(item).__name__), used)
                settled &= self.run(item, f"{path}/{name}")
            elif isinstance(item, (list, tuple, dict)):
                settled &= self._run_container(item, f"{path}/{_numbered('container', used)}", seen)
        return settled


def _numbered(name: str, used: dict[str, int]) -> str:
    count = used.get(name, -1) + 1
    used[name] = count
    return f"{name}_{count}" if count else name
