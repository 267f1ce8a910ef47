"""Transposed copies: blocks of rows are read, transposed in registers and written as columns.

A nest that only copies, reading with step 1 along one axis and writing with step 1 along another,
would read one element at a time. Square blocks of vectors do both with whole vectors. A last block
that is not full lies over the one before it; of an axis shorter than a vector, masks tell what
counts.
"""

from __future__ import annotations

from collections.abc import Callable

from lamina.executors.native.forms import Form
from lamina.executors.native.nests import Nest, Statement
from lamina.executors.native.writer import Affine, Function, Index, Value


def transposed_axes(nest: Nest) -> tuple[int, int] | None:
    """The axes (read with step 1, written with step 1) of a nest that only copies, transposed."""
    kinds = [s.kind for s in nest.statements]
    if sorted(kinds) != ["load", "store"] or nest.reduced:
        return None
    load = next(s for s in nest.statements if s.kind == "load")
    store = next(s for s in nest.statements if s.kind == "store")
    if load.pick is not None or load.dtype not in ("float32", "int32", "uint32"):
        return None
    read, written = _unit_axis(load.form, nest), _unit_axis(store.form, nest)
    if read is None or written is None or read == written:
        return None
    return read, written


def _unit_axis(form: Form, nest: Nest) -> int | None:
    for axis, factor in form.factors:
        if isinstance(factor, int) and factor == 1 and isinstance(nest.axes[axis], int):
            return axis
    return None


def write_transposed(
    f: Function,
    load: Statement,
    axes: tuple[int, int],
    extents: tuple[int, int],
    lanes: int,
    read: Callable[[dict[int, Affine]], Value],
    written: Callable[[dict[int, Affine]], list[Value]],
) -> None:
    """Copy all elements of two axes.

    Args:
        f: the function to write into.
        load: the statement that reads.
        axes: the axis read with step 1, and that written with step 1.
        extents: their sizes.
        lanes: of a vector.
        read, written: the address at an index along both axes; several to write to.
    """
    (p, q), (size_p, size_q) = axes, extents

    def block(at_p: Index, at_q: Index) -> None:
        rows = []
        for r in range(lanes):
            place = Affine.of(at_q) + min(r, size_q - 1)
            address = read({p: Affine.of(at_p), q: place})
            rows.append(f.load(address, load.dtype, lanes, _mask(f, size_p, lanes)))
        for r, column in enumerate(transposed(f, rows)[: min(lanes, size_p)]):
            for address in written({p: Affine.of(at_p) + r, q: Affine.of(at_q)}):
                f.store(column, address, _mask(f, size_q, lanes))

    def over(size: int, body: Callable[[Index], None]) -> None:
        def shifted(start: Index) -> None:
            last = max(size - lanes, 0)
            body(f.minimum(start, last) if size % lanes else start)

        f.loop(size, shifted, step=lanes)

    over(size_q, lambda at_q: over(size_p, lambda at_p: block(at_p, at_q)))


def _mask(f: Function, size: int, lanes: int) -> Value | None:
    return None if size >= lanes else f.vector([i < size for i in range(lanes)], "bool")


def transposed(f: Function, rows: list[Value]) -> list[Value]:
    """A square of vectors with rows and columns swapped, in log2(lanes) rounds of pair swaps."""
    lanes, half = len(rows), 1
    while half < lanes:
        after = list(rows)
        low = [i if not i & half else lanes + i - half for i in range(lanes)]
        high = [i + half if not i & half else lanes + i for i in range(lanes)]
        for i in range(lanes):
            if not i & half:
                after[i] = f.mix(rows[i], rows[i + half], low)
                after[i + half] = f.mix(rows[i], rows[i + half], high)
        rows, half = after, half * 2
    return rows
