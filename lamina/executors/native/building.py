"""From a program to machine code and its blueprint: what a warm start skips.

Fusion, nests, schedule and the driver are put to work here, one after the other, and LLVM at the
end. `LAMINA_SHOW` prints what they decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lamina.executors.native import objects
from lamina.executors.native.blueprint import Blueprint, Outside, Part, all_nodes
from lamina.executors.native.driver import Driver, Item
from lamina.executors.native.kernels import Library
from lamina.executors.native.machine import Machine
from lamina.executors.native.objects import Loaded
from lamina.executors.native.prepared import prepared
from lamina.executors.native.program_key import node_key
from lamina.executors.native.schedule import Section
from lamina.executors.native.show import show
from lamina.executors.native.storage import Buffer, Storage
from lamina.executors.native.writer import Module
from lamina.ir.program import Node, Program


@dataclass
class Built:
    """A program that has just been compiled.

    Attributes:
        nodes: those that the blueprint numbers.
        driver: what wrote the code.
        code: the machine code.
        blueprint: how to run it.
    """

    nodes: list[Node]
    driver: Driver
    code: Loaded
    blueprint: Blueprint


def build(program: Program, updates: Mapping[int, int], leaves: int, machine: Machine) -> Built:
    """Compile a program.

    Args:
        program: what to run.
        updates: output number -> number of the input whose new value it is.
        leaves: how many of the last inputs are data, whose rows may be picked.
        machine: the processor.
    """
    with objects.compilation(machine) as begun:
        ready = prepared(program, updates)
        driver = _write(ready, updates, leaves, Library(_module(machine), machine, begun.begin))
        code = objects.load(driver.library.finish(), program.name, machine, begun)
    nodes = [*all_nodes(program), *all_nodes(ready)]
    return Built(nodes, driver, code, _blueprint(nodes, driver, code))


def _module(machine: Machine) -> Module:
    return Module(machine.vector_bytes, machine.has_fma, machine.reciprocals)


def _write(ready: Program, updates: Mapping[int, int], leaves: int, library: Library) -> Driver:
    """Write the code of a prepared program into a library."""
    storage = Storage()
    for i, tensor in enumerate(ready.inputs):
        storage.add(tensor, "input", i)
    for o, tensor in enumerate(ready.outputs):
        storage.add(tensor, "output", o)
        if o in updates:
            storage.buffers[-1].over = updates[o]
    new_values = {ready.outputs[o]: ready.inputs[i] for o, i in updates.items()}
    section = Section(ready, storage, new_values, library.machine)
    show("fusion", ready.name, section.show)
    show("nests", ready.name, section.show_nests)
    data = ready.inputs[len(ready.inputs) - leaves :] if leaves else []
    return Driver(library, section, data)


def _blueprint(nodes: list[Node], driver: Driver, code: Loaded) -> Blueprint:
    storage = driver.section.storage
    numbers: dict[Node, int] = {}
    for i, node in enumerate(nodes):
        numbers.setdefault(node, i)
    constants = {
        i: _outside(b.source, numbers)
        for i, b in enumerate(storage.buffers)
        if b.source is not None
    }
    return Blueprint(
        code.key,
        tuple(Buffer(b.kind, b.dtype, b.size, b.number) for b in storage.buffers),
        tuple(map(tuple, storage.shares())),
        tuple(driver.tables),
        tuple(tuple(_part(item) for item in plan.items) for plan in driver.plans),
        constants,
        tuple(_call(node, driver, numbers) for node in driver.calls),
    )


def _part(item: Item) -> Part:
    return Part(
        item.units,
        item.codes[0].by_batch,
        tuple((code.work, code.weight) for code in item.codes),
        item.turns[0] if item.turns else 1,
        tuple(sorted({s for code in item.codes for s in code.slots if s >= 0})),
    )


def _call(node: Node, driver: Driver, numbers: Mapping[Node, int]) -> Outside:
    places, root = driver.section.storage.places, driver.section.fusion.root
    return replace(
        _outside(node, numbers),
        operands=tuple(places[root(t)][0].buffer for t in dict.fromkeys(node.operands)),
        outputs=tuple(places[root(t)][0].buffer if t in places else -1 for t in node.outputs),
    )


def _outside(node: Node, numbers: Mapping[Node, int]) -> Outside:
    return Outside(numbers[node], node_key(node))
