"""Loops over a range of panels of columns whose ends are known only at run time."""

from __future__ import annotations

from collections.abc import Callable

from lamina.executors.native.places import Vector
from lamina.executors.native.writer import Affine, Function, Index

Vectors = tuple[Vector, ...]
Kind = tuple[int, int, int, Vectors]  # number of the first, how many, first column, vectors
PanelBody = Callable[[Index, Affine, Vectors], None]  # number, first column, vectors


class Panels:
    """The panels of a contraction.

    Args:
        f: where to write.
        lanes: columns in a vector.
        kinds: of panels, in order; the code for each kind differs.
    """

    def __init__(self, f: Function, lanes: int, kinds: list[Kind]) -> None:
        self.f, self.lanes, self.kinds = f, lanes, kinds

    def each(self, first: Index, last: Index, body: PanelBody) -> None:
        """Write `body` for the panels from `first` to `last`, once for each kind."""
        for kind in self.kinds:
            self._each_of(kind, first, last, body)

    def _each_of(self, kind: Kind, first: Index, last: Index, body: PanelBody) -> None:
        f, (number, count, start, vectors) = self.f, kind
        width = len(vectors) * self.lanes
        low, high = first, last
        if len(self.kinds) > 1:
            low = f.intrinsic("smax", f.index(first), f.index(number))
            high = f.minimum(last, number + count)

        def panel(p: Index) -> None:
            body(p, Affine.of(p).scaled(width) + (start - number * width), vectors)

        f.loop(high, panel, start=low)

    def column(self, panel: Index) -> Index:
        """The first column of a panel, which may be the one behind the last."""
        f = self.f
        column: Index = 0
        for number, count, _, vectors in self.kinds:
            inside = panel
            if len(self.kinds) > 1:
                inside = f.minimum(f.add(panel, -number), count)
                inside = f.intrinsic("smax", f.index(inside), f.index(0))
            column = f.add(column, f.mul(inside, len(vectors) * self.lanes))
        return column
