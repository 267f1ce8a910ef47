"""Functions of the C library, called for one lane after the other.

For rare functions, for float64, and for arguments too large for the vector code. float32 is
computed in float64 and rounded, which is right to half a unit of the last place. Each function and
vector type gets one small function with a loop in it, so a use costs one call instruction.
"""

from __future__ import annotations

from lamina.executors.native.writer import Function, Value

# Every lane that %which does not name keeps 0, and no call is made for it.
_LOOP = """define internal {vector} @{helper}({arguments}, {mask} %which) nounwind {{
entry:
  %result = alloca {vector}
{allocas}
  store {vector} zeroinitializer, ptr %result
  %bits = bitcast {mask} %which to i{lanes}
  %some = icmp ne i{lanes} %bits, 0
  br i1 %some, label %spread, label %end
spread:
{spreads}
  %many = zext i{lanes} %bits to i64
  br label %loop
loop:
  %i = phi i64 [0, %spread], [%next, %skip]
  %left = phi i64 [%many, %spread], [%shifted, %skip]
  %on = trunc i64 %left to i1
  br i1 %on, label %lane, label %skip
lane:
{loads}
  %called = call double @{name}({call})
{rounding}
  %to = getelementptr {element}, ptr %result, i64 %i
  store {element} %y, ptr %to
  br label %skip
skip:
  %next = add i64 %i, 1
  %shifted = lshr i64 %left, 1
  %more = icmp ne i64 %shifted, 0
  br i1 %more, label %loop, label %end
end:
  %all = load {vector}, ptr %result
  ret {vector} %all
}}"""


def call(f: Function, name: str, *operands: Value, where: Value | None = None) -> Value:
    """A function of doubles from the C library, of every lane.

    Args:
        f: where to write.
        name: its name in C: "sin", "pow".
        operands: float32 or float64, as many as it has arguments.
        where: bool, which lanes are wanted; the others read 0. None for all.
    Returns:
        Value of the operands' dtype.
    """
    wanted = f.constant(True, "bool") if where is None else where
    *values, mask = f.together(*operands, wanted)
    kind, lanes = values[0].type, values[0].lanes
    helper = f"{name}.{values[0].dtype}.{lanes}"
    if helper not in f.module.declarations:
        f.declare(name, f"double @{name}({', '.join(['double'] * len(values))})")
        f.module.declarations[helper] = _definition(helper, name, values, mask)
    arguments = ", ".join(f"{kind} {{}}" for _ in values)
    text = f"call {kind} @{helper}({arguments}, {mask.type} {{}})"
    return f.pure(values[0].dtype, lanes, text, *values, mask)


def _definition(helper: str, name: str, values: list[Value], mask: Value) -> str:
    vector, lanes = values[0].type, values[0].lanes
    element = values[0]._replace(lanes=1).type
    narrow = element == "float"
    allocas, spreads, loads = [], [], []
    for i in range(len(values)):
        allocas.append(f"  %from{i} = alloca {vector}")
        spreads.append(f"  store {vector} %x{i}, ptr %from{i}")
        loads.append(f"  %at{i} = getelementptr {element}, ptr %from{i}, i64 %i")
        loads.append(f"  %{'n' if narrow else 'd'}{i} = load {element}, ptr %at{i}")
        if narrow:
            loads.append(f"  %d{i} = fpext float %n{i} to double")
    return _LOOP.format(
        vector=vector,
        helper=helper,
        arguments=", ".join(f"{vector} %x{i}" for i in range(len(values))),
        mask=mask.type,
        lanes=lanes,
        allocas="\n".join(allocas),
        spreads="\n".join(spreads),
        loads="\n".join(loads),
        name=name,
        call=", ".join(f"double %d{i}" for i in range(len(values))),
        rounding=f"  %y = {'fptrunc' if narrow else 'bitcast'} double %called to {element}",
        element=element,
    )
