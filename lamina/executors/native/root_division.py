"""a / (sqrt(v) + c), the heart of adaptive optimizers, without a division or root instruction.

Processors of Intel with 512-bit vectors take some 40 cycles for the root and the quotient of a
vector. From their 14-bit estimates of reciprocals, a Newton step for each and a correction by the
remainder give the same accuracy (1 ulp against float32 arithmetic) in about 10. Elsewhere the plain
instructions are used.
"""

from __future__ import annotations

from lamina.executors.native.writer import Function, Value

SMALLEST_SHIFT = 1e-12  # c must be at least this, so that 1 / c is no large number


def divide_by_root(f: Function, a: Value, v: Value, c: Value) -> Value:
    """a / (sqrt(v) + c) of float32, with c >= SMALLEST_SHIFT; infinities and NaN as in IEEE."""
    a, v, c = f.together(a, v, c)
    if not (f.module.reciprocals and v.lanes == 16):
        return f.binary("fdiv", a, f.binary("fadd", f.intrinsic("sqrt", v), c))
    lanes = v.lanes

    def number(value: float) -> Value:
        return f.constant(value, "float32", lanes)

    def estimate(name: str, x: Value) -> Value:
        full = f"llvm.x86.avx512.{name}.ps.512"
        f.declare(full, f"<16 x float> @{full}(<16 x float>, <16 x float>, i16)")
        text = f"call <16 x float> @{full}(<16 x float> {{}}, <16 x float> zeroinitializer, i16 -1)"
        return f.pure("float32", lanes, text, x)

    # The root: s ~ sqrt(v), h ~ 1 / (2 sqrt(v)).
    infinite = f.compare("oeq", v, number(float("inf")))
    inside = f.select(infinite, number(1.0), v)
    y = estimate("rsqrt14", f.select(f.compare("oeq", v, number(0.0)), number(1.0), inside))
    s, h = f.binary("fmul", inside, y), f.binary("fmul", y, number(0.5))
    rest = f.fma(_minus(f, s), h, number(0.5))
    s, h = f.fma(s, rest, s), f.fma(h, rest, h)
    s = f.fma(f.fma(_minus(f, s), s, inside), h, s)
    d = f.binary("fadd", s, c)
    # The quotient: r ~ 1 / d, then corrected by the remainder.
    r = estimate("rcp14", d)
    r = f.fma(f.fma(_minus(f, d), r, number(1.0)), r, r)
    q = f.binary("fmul", a, r)
    remainder = f.fma(_minus(f, d), q, a)
    better = f.fma(remainder, r, q)
    q = f.select(f.compare("ord", better, better), better, q)  # an infinite q is right
    return f.select(infinite, f.binary("fmul", a, number(0.0)), q)


def _minus(f: Function, x: Value) -> Value:
    return f.pure(x.dtype, x.lanes, f"fneg {x.type} {{}}", x)
