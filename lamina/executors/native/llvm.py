"""The one place that imports llvmlite, at the first compilation and not before."""

import functools
from types import ModuleType


@functools.cache
def binding() -> ModuleType:
    """llvmlite's interface to LLVM, ready to generate code for this machine.

    Raises:
        ImportError: llvmlite is not installed.
        OSError: its library cannot be loaded.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@functools.cache
def version() -> str:
    """LLVM's version and llvmlite's, which together decide what code comes out."""
    import llvmlite

    return ".".join(map(str, binding().llvm_version_info)) + f"-llvmlite-{llvmlite.__version__}"


@functools.cache
def process_triple() -> str:
    """LLVM's name of the processor family and the system of this process."""
    return binding().get_process_triple()
