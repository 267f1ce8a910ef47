"""a / (sqrt(v) + c), the heart of adaptive optimizers, without a division or root instruction.

Processors of Intel with 512-bit vectors take some 40 cycles for the root and the quotient of a
vector. From their 14-bit estimates of reciprocals, one correction of each gives 28 bits in about
15, with a chain of operations short enough that several vectors are under way at once. The result
is within 3 ulp. Elsewhere the plain instructions are used.
"""

from __future__ import annotations

from lamina.executors.native.writer import Function, Value

SHIFTS = (1e-11, 1e30)  # c must be within, so that neither a small root nor 1 / c gets lost
_LARGE = 1e20  # larger than 1 / sqrt of any number but 0, and its product with 0 is 0


def divide_by_root(f: Function, a: Value, v: Value, c: Value) -> Value:
    """a / (sqrt(v) + c) of float32, with c within SHIFTS; infinities and NaN as in IEEE."""
    a, v, c = f.together(a, v, c)
    if not (f.module.reciprocals and v.lanes == 16):
        return f.binary("fdiv", a, f.binary("fadd", f.intrinsic("sqrt", v), c))

    def number(value: float) -> Value:
        return f.constant(value, "float32", v.lanes)

    # The root: s ~ sqrt(v), corrected by v - s * s.
    y = f.intrinsic("fabs", _estimate(f, "rsqrt14", v))  # that of -0 is negative
    y = f.select(f.compare("ogt", y, number(_LARGE)), number(_LARGE), y)
    s = f.binary("fmul", v, y)
    s = f.fma(f.fma(_minus(f, s), s, v), f.binary("fmul", y, number(0.5)), s)
    # The reciprocal of the sum, corrected by 1 - d * r.
    d = f.binary("fadd", s, c)
    r = _estimate(f, "rcp14", d)
    q = f.binary("fmul", a, f.fma(r, f.fma(_minus(f, d), r, number(1.0)), r))
    # With v infinite, y is 0; with a infinite, or a quotient that is, the sign of a decides.
    return f.select(f.compare("ord", q, q), q, f.binary("fmul", a, y))


def _estimate(f: Function, name: str, x: Value) -> Value:
    full = f"llvm.x86.avx512.{name}.ps.512"
    f.declare(full, f"<16 x float> @{full}(<16 x float>, <16 x float>, i16)")
    text = f"call <16 x float> @{full}(<16 x float> {{}}, <16 x float> zeroinitializer, i16 -1)"
    return f.pure("float32", x.lanes, text, x)


def _minus(f: Function, x: Value) -> Value:
    return f.pure(x.dtype, x.lanes, f"fneg {x.type} {{}}", x)
