"""The native executor: programs become machine code through LLVM; see docs/decisions/006."""
