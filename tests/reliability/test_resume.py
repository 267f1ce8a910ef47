"""Killed at random instants and started again, a training ends with the bits of one that was not.

Promises 6 and 7 of the reliability list: kills in the middle of epochs and of writing included.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from training_program import train

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
PROGRAM = Path(__file__).with_name("training_program.py")
# Compiled runs are so quick that only long ones are still going when a signal arrives.
EPOCHS = {"numpy": 12, "native": 400}
KILLS_AT_MOST = 60


def start(folder, save_freq):
    epochs = str(EPOCHS[os.environ["LAMINA_EXECUTOR"]])
    command = [sys.executable, str(PROGRAM), "7", str(folder), str(save_freq), epochs]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    return output.strip()


def wait_for_a_backup(process, folder, seconds=60.0):
    """Until training is under way and has saved twice, or the process has ended."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if any(Path(folder).glob("*.previous")):
            return
        time.sleep(0.005)


def kill_and_resume(folder, save_freq, kills, rng):
    """The hash at the end of a run that was killed so many times; how many kills hit it."""
    hits = 0
    for _ in range(kills):
        process = start(folder, save_freq)
        if rng.random() < 0.9:  # else perhaps before anything was saved
            wait_for_a_backup(process, folder)
        time.sleep(rng.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        if process.returncode == 0:
            break
        hits += 1
    return finish(start(folder, save_freq)), hits


@pytest.fixture(scope="module", autouse=True, params=sorted(EPOCHS))
def executor(request):
    """Both executors, here and in the processes started from here."""
    if request.param == "native":
        pytest.importorskip("llvmlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAMINA_EXECUTOR", request.param)
        yield request.param


@pytest.fixture(scope="module")
def epochs(executor):
    return [EPOCHS[executor]]


@pytest.fixture(scope="module")
def whole(epochs, tmp_path_factory):
    return train(7, str(tmp_path_factory.mktemp("whole") / "backup"), "epoch", epochs)


def test_saving_does_not_change_the_run(whole, epochs, tmp_path):
    assert train(7, str(tmp_path / "backup"), "37", epochs) == whole


@pytest.mark.parametrize(("save_freq", "kills"), [("epoch", 2), (41, 3)])
def test_killed_at_random(whole, tmp_path, save_freq, kills):
    result, hits = kill_and_resume(tmp_path / "backup", save_freq, kills, random.Random(1))
    assert hits >= 1
    assert result == whole


@pytest.mark.slow
@pytest.mark.parametrize(("save_freq", "seed"), [(f, s) for f in ("epoch", 3, 41) for s in (1, 2)])
def test_killed_at_random_often(whole, tmp_path, save_freq, seed):
    rng, hits, run = random.Random(seed), 0, 0
    while hits < 9 and run < KILLS_AT_MOST:
        result, more = kill_and_resume(tmp_path / f"backup{run}", save_freq, 3, rng)
        assert result == whole
        hits, run = hits + more, run + 1
    assert hits >= 9


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_damaged_backup_falls_back(whole, epochs, tmp_path, share):
    folder = tmp_path / "backup"
    process = start(folder, 41)
    wait_for_a_backup(process, folder)
    process.send_signal(signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, errors
    newest = next(folder.glob("*.training_state"))
    newest.write_bytes(newest.read_bytes()[: int(share * newest.stat().st_size)])
    with pytest.warns(UserWarning, match="damaged"):
        assert train(7, str(folder), "41", epochs) == whole
