"""Load files one after the other under watch and print what happened, as JSON lines.

Run as a program of its own: the memory limit and the audit hook hold for a whole process.
"""

import codecs
import gc
import json
import os
import random
import resource
import sys
import time

import lamina
from lamina.base import errors, naming
from lamina.base.lazy import load_namespace
from lamina.random.seed_generator import global_seed_generator
from lamina.saving import constructors

WATCHED = {"open", "socket.connect", "socket.getaddrinfo", "os.system", "subprocess.Popen", "exec"}
WATCHED |= {"compile", "os.remove", "os.rename", "os.mkdir", "shutil.rmtree", "marshal.loads"}
WATCHED |= {"pickle.find_class", "ctypes.dlopen", "os.exec", "os.posix_spawn"}
events: list[str] = []
watching = False


def _hook(event: str, args: tuple) -> None:
    if watching and event in WATCHED:
        events.append(f"{event} {str(args[0])[:200] if args else ''}")


def _state() -> list:
    return [
        lamina.config.floatx(),
        lamina.config.epsilon(),
        lamina.config.image_data_format(),
        os.getcwd(),
        global_seed_generator().state.numpy().tolist(),
        random.getstate(),
        dict(naming._counts()),
    ]


def main(good: str, files: list[str]) -> None:
    global watching
    _load_every_module(good)
    sys.addaudithook(_hook)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (700 << 20), resource.RLIM_INFINITY))
    for file in files:
        gc.collect()
        with open("/proc/self/clear_refs", "w") as reset:
            reset.write("5")  # start the high-water mark of resident memory anew
        before, peak_before = _state(), _peak()
        events.clear()
        start = time.perf_counter()
        watching = True
        try:
            lamina.saving.load_model(file)
            outcome = ["accepted", ""]
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            outcome = [",".join(kinds), str(error)]
        watching = False
        seconds = time.perf_counter() - start
        record = {
            "file": file,
            "kinds": outcome[0].split(","),
            "message": outcome[1],
            "seconds": seconds,
            "grown": _peak() - peak_before,
            "bytes": os.path.getsize(file),
            "events": sorted(set(events)),
            "state_kept": before == _state(),
        }
        print(json.dumps(record), flush=True)


def _load_every_module(good: str) -> None:
    """Import now what loading a file may need, so that what the hook sees is due to the file."""
    errors.near("a name", [])  # what suggests names is loaded by the first suggestion
    codecs.lookup("ascii")
    lamina.saving.load_model(good)
    for package in constructors.CLASS_NAMESPACES.values():
        namespace = load_namespace(package)
        for name in namespace.__all__:
            getattr(namespace, name)


def _peak() -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
