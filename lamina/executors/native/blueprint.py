"""All that is needed to run a compiled program besides its machine code, as plain data.

A blueprint is made once by fusion and the driver, kept on disk as JSON beside the code, and read
back where the same program is compiled again. Constants and the nodes that run in the reference
executor stay in the program; the blueprint says by number and digest which they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lamina.executors.native import object_cache
from lamina.executors.native.storage import Buffer
from lamina.ir.dims import Dim, Size
from lamina.ir.program import Node, Program


@dataclass(frozen=True)
class Part:
    """Kernels that go through ranges of units together, as far as sharing out work goes.

    Attributes:
        units: how many units there are.
        by_batch: whether a unit is a row of the batch.
        costs: of each kernel: operations in all, roughly, and nanoseconds for each.
        turns: how often they run.
        buffers: what they touch.
    """

    units: Size
    by_batch: bool
    costs: tuple[tuple[Size, float], ...]
    turns: Size
    buffers: tuple[int, ...]


@dataclass(frozen=True)
class Outside:
    """A node whose value or whose attributes are needed: a constant, or one called out to.

    Attributes:
        node: its number in `all_nodes`, first of the program, then of what `prepared` made of it.
        digest: its `node_key`.
        operands, outputs: the buffers of its operands, each once, and of its outputs; -1 for an
            output that nobody reads.
    """

    node: int
    digest: str
    operands: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Blueprint:
    """What running needs to know.

    Attributes:
        code: the key of the machine code.
        buffers: inputs, then outputs, then the others; the values of constants are left out.
        shares: local buffers in groups that share memory.
        slots: what the kernels' tables refer to, one after the other.
        levels: the parts of each level of the plan.
        constants: buffer -> the node that holds its value.
        calls: the nodes that run in the reference executor, by number.
    """

    code: str
    buffers: tuple[Buffer, ...]
    shares: tuple[tuple[int, ...], ...]
    slots: tuple[int, ...]
    levels: tuple[tuple[Part, ...], ...]
    constants: dict[int, Outside]
    calls: tuple[Outside, ...]

    def to_json(self) -> bytes:
        """The blueprint as text for `from_json`."""
        return json.dumps(
            [
                self.code,
                [[b.kind, b.dtype, _plain(b.size), b.number] for b in self.buffers],
                self.shares,
                self.slots,
                [
                    [
                        [
                            _plain(p.units),
                            p.by_batch,
                            [[_plain(w), weight] for w, weight in p.costs],
                            _plain(p.turns),
                            p.buffers,
                        ]
                        for p in level
                    ]
                    for level in self.levels
                ],
                [[b, *_outside_plain(o)] for b, o in self.constants.items()],
                [_outside_plain(c) for c in self.calls],
            ],
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def from_json(text: bytes) -> Blueprint:
        """The blueprint that `to_json` wrote.

        Raises:
            ValueError, TypeError: the text is something else.
        """
        code, buffers, shares, slots, levels, constants, calls = json.loads(text)
        return Blueprint(
            code,
            tuple(Buffer(kind, dtype, _size(s), number) for kind, dtype, s, number in buffers),
            tuple(map(tuple, shares)),
            tuple(slots),
            tuple(tuple(_part(*p) for p in level) for level in levels),
            {b: _outside(*rest) for b, *rest in constants},
            tuple(_outside(*c) for c in calls),
        )


def all_nodes(program: Program) -> list[Node]:
    """The nodes of a program and of the programs inside it."""
    found = []
    for node in program.nodes:
        found.append(node)
        for value in node.attributes.values():
            if isinstance(value, Program):
                found += all_nodes(value)
    return found


def read(key: str) -> Blueprint | None:
    """The blueprint kept on disk under a key, or None."""
    text = object_cache.read(key, object_cache.BLUEPRINT)
    if text is None:
        return None
    try:
        return Blueprint.from_json(text)
    except (ValueError, TypeError):
        return None


def write(key: str, blueprint: Blueprint) -> None:
    """Keep a blueprint on disk."""
    object_cache.write(key, blueprint.to_json(), object_cache.BLUEPRINT)


def _plain(size: Size) -> Any:
    return list(size.coefficients) if isinstance(size, Dim) else int(size)


def _size(plain: Any) -> Size:
    return Dim(tuple(plain)) if isinstance(plain, list) else plain


def _part(units: Any, by_batch: bool, costs: Any, turns: Any, buffers: Any) -> Part:
    pairs = tuple((_size(work), weight) for work, weight in costs)
    return Part(_size(units), by_batch, pairs, _size(turns), tuple(buffers))


def _outside_plain(outside: Outside) -> list:
    return [outside.node, outside.digest, outside.operands, outside.outputs]


def _outside(node: int, digest: str, operands: Any, outputs: Any) -> Outside:
    return Outside(node, digest, tuple(operands), tuple(outputs))
