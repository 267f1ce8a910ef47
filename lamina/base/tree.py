"""Nested structures: lists, tuples, named tuples and dicts whose leaves are everything else.

Dicts are visited in sorted key order unless their keys do not compare, then in insertion order.
None is a leaf except in `map_structure(..., none_is_leaf=False)`. This is also the public
`keras.tree`-like module.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from lamina.base.errors import ArgumentError


class MAP_TO_NONE:
    """Returned by a `traverse` function to put None in the place of a subtree."""


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple or dict (an empty one too)."""
    return isinstance(structure, (list, tuple, dict))


def _keys(structure: dict) -> list:
    if isinstance(structure, OrderedDict):
        return list(structure)
    try:
        return sorted(structure)
    except TypeError:
        return list(structure)


def children(structure: Any) -> list:
    """The direct children of a branch, in visiting order."""
    if isinstance(structure, dict):
        return [structure[k] for k in _keys(structure)]
    return list(structure)


def _kind(structure: Any) -> type:
    """The type of a branch; containers that only watch changes count as the plain ones."""
    return getattr(structure, "plain_type", type(structure))


def _rebuild(structure: Any, values: Iterable) -> Any:
    """A branch like `structure` with other children, given in visiting order."""
    values = list(values)
    if isinstance(structure, dict):
        new = dict(zip(_keys(structure), values, strict=True))
        ordered = [(k, new[k]) for k in structure]
        if isinstance(structure, defaultdict):
            return defaultdict(structure.default_factory, ordered)
        try:
            return _kind(structure)(ordered)
        except TypeError:
            return dict(ordered)
    if hasattr(structure, "_fields"):
        return type(structure)(*values)
    kind = _kind(structure)
    try:
        return kind(values)
    except TypeError:
        return list(values)


def flatten(structure: Any) -> list:
    """The leaves of a structure, depth first.

    Example:
        >>> flatten({"b": 2, "a": [1, (5,)]})
        [1, 5, 2]
    """
    if not isinstance(structure, (list, tuple, dict)):
        return [structure]
    leaves: list = []
    stack = [structure]
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple, dict)):
            stack.extend(reversed(children(item)))
        else:
            leaves.append(item)
    return leaves


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """Pairs of (path, leaf); a path is the tuple of keys and indices that leads to the leaf."""
    if not is_nested(structure):
        return [((), structure)]
    keys = _keys(structure) if isinstance(structure, dict) else range(len(structure))
    return [
        ((key, *path), leaf)
        for key, child in zip(keys, children(structure), strict=True)
        for path, leaf in flatten_with_path(child)
    ]


def _check_branches(first: Any, other: Any) -> None:
    if not is_nested(first):
        return
    same = is_nested(other) and len(first) == len(other)
    if same and isinstance(first, dict):
        same = isinstance(other, dict) and set(first) == set(other)
    elif same:
        same = _kind(first) is _kind(other)
    if not same:
        raise ArgumentError(
            "`a` and `b` don't have the same structure. Expected "
            f"{_outline(first)}, received {_outline(other)}."
        )


def _outline(structure: Any) -> str:
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{k!r}: …" for k in structure) + "}"
    if isinstance(structure, (list, tuple)):
        return f"{_kind(structure).__name__} of {len(structure)}"
    return type(structure).__name__


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply a function to corresponding leaves.

    Args:
        func: takes one leaf of each structure.
        *structures: structures of one form.
        none_is_leaf: False leaves None in place without calling `func`.
    Returns:
        A structure of the first one's form.
    Raises:
        ArgumentError: the forms differ.
    Example:
        >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
        {'x': [11, 22]}
    """
    if not callable(func):
        raise TypeError(f"`func` must be callable, received {func!r}.")
    if not structures:
        raise ArgumentError("Must provide at least one structure.")
    first = structures[0]
    if not is_nested(first):
        if first is None and not none_is_leaf and all(s is None for s in structures):
            return None
        for other in structures[1:]:
            if is_nested(other):
                raise ArgumentError(f"A leaf meets {_outline(other)}.")
        return func(*structures)
    for other in structures[1:]:
        _check_branches(first, other)
    parts = zip(*(children(s) for s in structures), strict=True)
    return _rebuild(first, [map_structure(func, *p, none_is_leaf=none_is_leaf) for p in parts])


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Like `map_structure`; whatever stands at a leaf of `shallow_structure` is one argument."""
    if not is_nested(shallow_structure):
        return func(*structures)
    for other in structures:
        _check_branches_up_to(shallow_structure, other)
    parts = zip(*(children(s) for s in structures), strict=True)
    return _rebuild(
        shallow_structure,
        [
            map_structure_up_to(s, func, *p)
            for s, p in zip(children(shallow_structure), parts, strict=True)
        ],
    )


def _check_branches_up_to(shallow: Any, other: Any) -> None:
    if not is_nested(other):
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. "
            f"Input has type: {type(other).__name__}."
        )
    _check_branches(shallow, other)


def assert_same_structure(a: Any, b: Any) -> None:
    """Raise unless two structures have one form.

    Raises:
        ArgumentError: the forms differ.
    """
    if not is_nested(a):
        if is_nested(b):
            raise ArgumentError(
                "`a` and `b` don't have the same structure. Expected a leaf, received "
                f"{_outline(b)}."
            )
        return
    _check_branches(a, b)
    for left, right in zip(children(a), children(b), strict=True):
        assert_same_structure(left, right)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise unless two structures have leaves at the same paths, whatever the kinds of branches.

    Raises:
        ArgumentError: the sets of paths differ.
    """
    paths = [{p for p, _ in flatten_with_path(s)} for s in (a, b)]
    if paths[0] != paths[1]:
        raise ArgumentError(
            "`a` and `b` don't have the same paths: "
            f"{sorted(map(str, paths[0] ^ paths[1]))} stand in one of them only."
        )


def pack_sequence_as(structure: Any, flat_sequence: Iterable) -> Any:
    """A structure of the given form with other leaves.

    Args:
        structure: the form.
        flat_sequence: one value for each leaf, in the order of `flatten`.
    Returns:
        The new structure.
    Raises:
        ArgumentError: too many or too few values.
    Example:
        >>> pack_sequence_as({"a": 0, "b": [0]}, [1, 2])
        {'a': 1, 'b': [2]}
    """
    if not is_nested(flat_sequence):
        raise TypeError(
            f"`flat_sequence` must be a sequence, received {type(flat_sequence).__name__}."
        )
    values = list(flat_sequence)
    if len(values) != len(flatten(structure)):
        raise ArgumentError(
            f"Structure has {len(flatten(structure))} leaves, `flat_sequence` has {len(values)}."
        )
    position = iter(values)

    def build(part: Any) -> Any:
        if not is_nested(part):
            return next(position)
        return _rebuild(part, [build(c) for c in children(part)])

    return build(structure)


def lists_to_tuples(structure: Any) -> Any:
    """The same structure with every list made a tuple."""
    if isinstance(structure, list):
        return tuple(lists_to_tuples(c) for c in structure)
    if is_nested(structure):
        return _rebuild(structure, [lists_to_tuples(c) for c in children(structure)])
    return structure


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Apply a function to every shape (a tuple or list of int and None) in a structure."""
    if is_shape_tuple(structure):
        return func(tuple(structure))
    if is_nested(structure):
        return _rebuild(structure, [map_shape_structure(func, c) for c in children(structure)])
    raise ArgumentError(f"Expected a structure of shapes, found {structure!r}.")


def is_shape_tuple(value: Any) -> bool:
    """Whether a value is a shape: a list or tuple of ints and None."""
    return isinstance(value, (list, tuple)) and all(
        d is None or (isinstance(d, int) and not isinstance(d, bool)) or hasattr(d, "__index__")
        for d in value
    )


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Visit branches and leaves; what the function returns replaces them.

    Args:
        func: takes a subtree; returns its replacement, None to keep it and go on, or `MAP_TO_NONE`.
        structure: what to visit.
        top_down: visit a branch before its children (a replaced branch is not entered) or after
            them.
    Returns:
        The new structure.
    """

    def replaced(value: Any, kept: Any) -> Any:
        if value is None:
            return kept
        return None if value is MAP_TO_NONE else value

    if not callable(func):
        raise TypeError(f"`func` must be callable, received {func!r}.")
    if top_down:
        value = func(structure)
        if value is not None or not is_nested(structure):
            return replaced(value, structure)
        return _rebuild(structure, [traverse(func, c, True) for c in children(structure)])
    if is_nested(structure):
        structure = _rebuild(structure, [traverse(func, c, False) for c in children(structure)])
    return replaced(func(structure), structure)
