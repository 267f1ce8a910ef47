"""The axes of dots and convolutions: which nodes are products with free addressing.

Axes of size 1 are dropped and neighbours that all three tensors step through alike are merged, so a
dense layer has one row axis whatever its inputs' rank, and a convolution's depth is (height of the
window, its width times channels). Which tiles and loops compute it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamina.executors.native.large import copies_transposed
from lamina.executors.native.product import Axis, Product
from lamina.ir import dims
from lamina.ir.dims import Dim, Shape, Size
from lamina.ir.program import Node


def affine(node: Node) -> Product | None:
    """A dot, conv or conv_kernel_gradient as axes, None where it is none without a copy first."""
    operands = node.operands
    if node.primitive not in _AXES or operands[0].dtype not in ("float32", "float64"):
        return None
    found = _AXES[node.primitive](node)
    if found is None:
        return None
    output, depth = found
    return _arranged(operands[0].dtype, output, depth)


def dense_strides(shape: Shape) -> tuple[Size, ...]:
    """Elements from one index to the next along every axis of a row-major tensor."""
    strides: list[Size] = []
    step: Size = 1
    for size in reversed(shape):
        strides.append(step)
        step = step * size
    return tuple(reversed(strides))


def _dot_axes(node: Node) -> tuple[list[Axis], list[Axis]]:
    x, y = node.operands
    contract, batch = node.attributes["contract"], node.attributes["batch"]
    a, b = dense_strides(x.shape), dense_strides(y.shape)
    output = [Axis(x.shape[i], a[i], b[j]) for i, j in zip(*batch, strict=True)]
    output += [Axis(x.shape[i], a[i], 0) for i in range(x.ndim) if i not in contract[0] + batch[0]]
    output += [Axis(y.shape[j], 0, b[j]) for j in range(y.ndim) if j not in contract[1] + batch[1]]
    depth = [Axis(x.shape[i], a[i], b[j]) for i, j in sorted(zip(*contract, strict=True))]
    c = dense_strides(node.output.shape)
    return [
        replace(axis, c=step, axes=(number,))
        for number, (axis, step) in enumerate(zip(output, c, strict=True))
    ], depth


def _conv_axes(node: Node) -> tuple[list[Axis], list[Axis]] | None:
    x, kernel = node.operands
    how = node.attributes
    if any(map(any, how["padding"])):
        return None
    a, b, c = (dense_strides(t.shape) for t in (x, kernel, node.output))
    rank = x.ndim - 2
    output = [
        Axis(node.output.shape[i], a[i] * (how["strides"][i - 1] if i else 1), 0, c[i], (i,))
        for i in range(rank + 1)
    ]
    depth = [Axis(kernel.shape[i], how["dilation"][i] * a[i + 1], b[i]) for i in range(rank)]
    depth.append(Axis(kernel.shape[-2], 1, b[-2]))
    return output + _channels(how["groups"], kernel.shape[-2], kernel.shape[-1], rank + 1), depth


def _kernel_gradient_axes(node: Node) -> tuple[list[Axis], list[Axis]] | None:
    x, g = node.operands
    how = node.attributes
    if any(map(any, how["padding"])):
        return None
    a, b, c = (dense_strides(t.shape) for t in (x, g, node.output))
    rank, shape = x.ndim - 2, node.output.shape
    output = [Axis(shape[i], how["dilation"][i] * a[i + 1], 0, c[i], (i,)) for i in range(rank)]
    output.append(Axis(shape[-2], 1, 0, c[-2], (rank,)))
    depth = [
        Axis(g.shape[i], a[i] * (how["strides"][i - 1] if i else 1), b[i]) for i in range(rank + 1)
    ]
    return output + _channels(how["groups"], shape[-2], shape[-1], rank + 1), depth


def _channels(groups: int, inputs: Size, filters: Size, axis: int) -> list[Axis]:
    """The last axis of a convolution's result: groups, and the filters of each."""
    each = dims.divide(filters, groups)
    return [Axis(groups, inputs, each, each, (axis,)), Axis(each, 0, 1, 1, (axis,))]


_AXES = {
    "dot": _dot_axes,
    "conv": _conv_axes,
    "conv_kernel_gradient": _kernel_gradient_axes,
}


def _arranged(dtype: str, output: Sequence[Axis], depth: Sequence[Axis]) -> Product | None:
    """The axes merged, with columns chosen.

    None if the columns of B do not lie side by side, and no copy of it is made that could mend it.
    """
    output = _merged([axis for axis in output if not dims.is_one(axis.extent)])
    depth = _merged([axis for axis in depth if not dims.is_one(axis.extent)])
    swapped, form = False, "outer"
    last = output[-1] if output else Axis(1)
    a, b = last.a, last.b
    if dims.same(a, 1) and dims.same(b, 0):  # a vector times a matrix: the matrix is B
        swapped = True
        output, depth = _swapped(output), _swapped(depth)
    elif dims.same(a, 1) and dims.same(b, 1):
        form = "paired"
    elif not (dims.same(a, 0) and dims.same(b, 1)):
        if dims.same(a, 0) and not dims.same(b, 0):
            product = Product(dtype, tuple(output[:-1]), tuple(depth), last)
            return product if copies_transposed(product) else None
        if len(depth) == 1 and dims.same(depth[0].a, 1) and dims.same(depth[0].b, 1):
            form = "inner"
            output = output or [Axis(1, 0, 0, 1)]
        else:
            output = [*output, Axis(1, 0, 1, 1)]
    return Product(dtype, tuple(output[:-1]), tuple(depth), output[-1], form, swapped)


def _swapped(axes: Sequence[Axis]) -> list[Axis]:
    return [replace(axis, a=axis.b, b=axis.a) for axis in axes]


def _merged(axes: Sequence[Axis]) -> list[Axis]:
    """One axis for neighbours that every tensor steps through as if they were one."""
    result: list[Axis] = []
    for axis in axes:
        if result and _continues(result[-1], axis):
            before = result.pop()
            axis = replace(
                axis,
                extent=before.extent * axis.extent,
                axes=tuple(dict.fromkeys(before.axes + axis.axes)),
            )
        result.append(axis)
    return result


def _continues(outer: Axis, inner: Axis) -> bool:
    if isinstance(inner.extent, Dim) and outer.axes:
        return False  # a unit of the leading axis is then no fixed number of turns
    return all(
        dims.same(step, below * inner.extent)
        for step, below in ((outer.a, inner.a), (outer.b, inner.b), (outer.c, inner.c))
    )
