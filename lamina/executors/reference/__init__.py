"""The reference executor: every primitive in a few lines of NumPy, run one after the other.

It is the definition of what each primitive means and the fallback where no faster executor can run.
It is never optimised.
"""

from lamina.executors.reference.executable import REFERENCE, ReferenceExecutable, compile_program

__all__ = ["REFERENCE", "ReferenceExecutable", "compile_program"]
