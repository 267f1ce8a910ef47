"""Compiled programs kept on disk: found again, and only where all that decides them is the same."""

import numpy as np
import pytest

from lamina.executors.native import blueprint, building, executable, machine, object_cache, objects
from lamina.executors.native.blueprint import Blueprint
from lamina.executors.native.executable import compile_program
from lamina.executors.native.program_key import program_key
from lamina.ir.builder import Builder
from lamina.ir.dims import BATCH

pytest.importorskip("llvmlite")

TABLE = np.arange(12, dtype="float32").reshape(3, 4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, and a process that has compiled nothing and complained of nothing."""
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path))
    monkeypatch.setattr(object_cache, "_NOTED", set())
    forget(monkeypatch)
    return tmp_path / "objects"


def forget(monkeypatch):
    """As in a new process."""
    monkeypatch.setattr(objects, "_LOADED", type(objects._LOADED)())
    monkeypatch.setattr(executable, "_BLUEPRINTS", type(executable._BLUEPRINTS)())


@pytest.fixture
def built(monkeypatch):
    """The names of the programs that are built during the test."""
    names = []
    build = building.build

    def noted(program, *rest):
        names.append(program.name)
        return build(program, *rest)

    monkeypatch.setattr(building, "build", noted)
    return names


def program(table=TABLE, dtype="float32", axis=0, sort=1, reverse=False, turns=3):
    """With a constant in memory, a node that runs outside, a loop, and an updated input."""
    b = Builder(name="program")
    state, x = b.input((4,), dtype, "state"), b.input((BATCH, 3), dtype, "x")
    body = Builder(name="body")
    carried = body.input((4,), dtype, "carried")
    loop = body.finish([body.emit("mul", carried, body.constant(np.array(2, dtype)))])
    loop.inputs = [carried]
    how = {"contract": ((1,), (0,)), "batch": ((), ())}
    places = b.emit("cast", b.emit("argsort", x, axis=sort, descending=False), dtype=dtype)
    y = b.emit("dot", places, b.constant(table.astype(dtype)), **how)
    reduced = b.emit("sum", y, axes=(axis,))
    new = b.emit("scan", state, body=loop, constants=0, carries=1, length=turns, reverse=reverse)
    new = new[0] if isinstance(new, (tuple, list)) else new
    result = b.finish([b.emit("add", new, b.constant(np.array(1, dtype))), reduced, y])
    result.inputs = [state, x]
    return result


def inputs(dtype="float32"):
    return [np.array([3, 1, 2, 0], dtype), np.arange(15, dtype=dtype).reshape(5, 3) % 7]


def expected(inputs, table=TABLE):
    state, x = inputs
    y = np.argsort(x, 1, kind="stable").astype(x.dtype) @ table.astype(x.dtype)
    return [state * 8 + 1, y.sum(0), y]


def check(run, given=None, table=TABLE):
    given = given or inputs()
    for got, wanted in zip(run(given), expected(given, table), strict=True):
        np.testing.assert_allclose(got, wanted, 1e-5)
    return run


def test_a_program_is_built_once(folder, built, monkeypatch):
    first = check(compile_program(program(), {0: 0}, 1))
    assert built == ["program"]
    check(compile_program(program(), {0: 0}, 1))  # in this process
    forget(monkeypatch)
    again = check(compile_program(program(), {0: 0}, 1))  # in another
    assert built == ["program"]
    assert [f.suffix for f in folder.iterdir()].count(".json") == 1
    shared, other = first._shared, again._shared
    assert shared.blueprint == other.blueprint and list(shared.constants) == list(other.constants)
    order, x = np.arange(15) % 5, inputs()[1]
    steps = [r.run_steps(inputs()[:1], [x], order, 5, 0, 3) for r in (first, again)]
    np.testing.assert_array_equal(*steps)


@pytest.mark.parametrize(
    ("other", "table"),
    [
        ({"table": TABLE + 1}, TABLE + 1),
        ({"table": TABLE * np.float32(-0.0)}, TABLE * np.float32(-0.0)),
    ],
    ids=["constant", "sign of zero"],
)
def test_another_constant(folder, built, other, table):
    check(compile_program(program(), {0: 0}, 1))
    check(compile_program(program(**other), {0: 0}, 1), table=table)
    assert len(built) == 2


def test_keys_differ():
    this = machine.host()
    keys = [
        program_key(program(**how), updates, leaves, processor)
        for how, updates, leaves, processor in [
            ({}, {0: 0}, 1, this),
            ({"table": TABLE + 1}, {0: 0}, 1, this),
            ({"dtype": "float64"}, {0: 0}, 1, this),
            ({"sort": 0}, {0: 0}, 1, this),
            ({"reverse": True}, {0: 0}, 1, this),
            ({"turns": 4}, {0: 0}, 1, this),
            ({}, {}, 1, this),
            ({}, {0: 0}, 0, this),
            ({}, {0: 0}, 1, machine.Machine("x86-64")),
        ]
    ]
    assert None not in keys and len(set(keys)) == len(keys)
    assert keys[0] == program_key(program(), {0: 0}, 1, this)


def test_another_version_of_the_code(folder, built, monkeypatch):
    check(compile_program(program(), {0: 0}, 1))
    monkeypatch.setattr("lamina.executors.native.program_key._sources", lambda: "other")
    check(compile_program(program(), {0: 0}, 1))
    assert len(built) == 2


def test_an_attribute_without_a_text_is_never_kept(folder, built, monkeypatch):
    odd = program()
    odd.nodes[0].attributes["note"] = object()
    assert program_key(odd, {}, 0, machine.host()) is None


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_blueprint(folder, built, monkeypatch, damage):
    check(compile_program(program(), {0: 0}, 1))
    forget(monkeypatch)
    (path,) = folder.glob("*.json")
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes({"cut": content[:-9], "changed": content, "empty": b""}[damage])
    with pytest.warns(UserWarning, match="damaged"):
        check(compile_program(program(), {0: 0}, 1))
    forget(monkeypatch)
    check(compile_program(program(), {0: 0}, 1))  # it was written anew
    assert len(built) == 2


@pytest.mark.parametrize("text", [b"", b"[1, 2", b"{}", b"[1,2,3,4,5,6,7]", b"\xff"])
def test_what_is_no_blueprint(folder, built, monkeypatch, text):
    check(compile_program(program(), {0: 0}, 1))
    forget(monkeypatch)
    (path,) = folder.glob("*.json")
    object_cache.write(path.stem, text, object_cache.BLUEPRINT)
    check(compile_program(program(), {0: 0}, 1))
    assert len(built) == 2


def test_a_blueprint_whose_code_is_gone(folder, built, monkeypatch):
    check(compile_program(program(), {0: 0}, 1))
    forget(monkeypatch)
    for path in folder.glob("*.o"):
        path.unlink()
    check(compile_program(program(), {0: 0}, 1))
    assert len(built) == 2


def test_stages_are_shown_of_a_program_that_is_kept(folder, built, monkeypatch, capsys):
    check(compile_program(program(), {0: 0}, 1))
    monkeypatch.setenv("LAMINA_SHOW", "fusion")
    check(compile_program(program(), {0: 0}, 1))
    assert "; fusion of program" in capsys.readouterr().err and len(built) == 2


def test_nodes_are_checked(folder, built, monkeypatch):
    """Should the passes before fusion give other nodes than before, nothing of theirs is used."""
    check(compile_program(program(), {0: 0}, 1))
    forget(monkeypatch)
    monkeypatch.setattr(executable, "all_nodes", lambda p: p.nodes[::-1])
    check(compile_program(program(), {0: 0}, 1))
    assert len(built) == 2


def test_a_blueprint_as_text(folder):
    kept = check(compile_program(program(), {0: 0}, 1))._shared.blueprint
    assert kept.constants and kept.calls and kept.shares
    assert Blueprint.from_json(kept.to_json()) == kept
    assert blueprint.read("0" * 64) is None
