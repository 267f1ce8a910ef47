"""Derivatives of products, convolutions and pooling: bilinear maps, closed under transposition."""

from __future__ import annotations

from lamina.ir.program import Node, Tensor
from lamina.transforms.emit import emit, transpose
from lamina.transforms.reverse import Rule

Cotangents = tuple[Tensor | None, ...]


def _grad_dot(node: Node, g: Tensor) -> Cotangents:
    """g has the axes batch, free of x, free of y; contract it with the other's free axes."""
    x, y = node.operands
    contract, batch = node.attributes["contract"], node.attributes["batch"]
    free_x = tuple(i for i in range(x.ndim) if i not in contract[0] + batch[0])
    free_y = tuple(j for j in range(y.ndim) if j not in contract[1] + batch[1])
    b, fx = len(batch[0]), len(free_x)
    g_batch = tuple(range(b))
    g_free_x = tuple(range(b, b + fx))
    g_free_y = tuple(range(b + fx, g.ndim))
    # d/dx has the axes batch, free_x, then x's contracted axes in the order of y's.
    dx = emit("dot", g, y, contract=(g_free_y, free_y), batch=(g_batch, batch[1]))
    by_y = sorted(zip(contract[1], contract[0], strict=True))
    order_x = batch[0] + free_x + tuple(i for _, i in by_y)
    dy = emit("dot", x, g, contract=(free_x, g_free_x), batch=(batch[0], g_batch))
    by_x = sorted(zip(contract[0], contract[1], strict=True))
    order_y = batch[1] + tuple(j for _, j in by_x) + free_y
    return _ordered(dx, order_x), _ordered(dy, order_y)


def _ordered(x: Tensor, names: tuple[int, ...]) -> Tensor:
    """Axes sorted by name: axis i of the result is the one called i."""
    return transpose(x, tuple(names.index(i) for i in range(len(names))))


def _geometry(node: Node) -> dict:
    keys = ("strides", "padding", "dilation", "groups")
    return {k: node.attributes[k] for k in keys}


def _grad_conv(node: Node, g: Tensor) -> Cotangents:
    x, kernel = node.operands
    how = _geometry(node)
    return (
        emit("conv_input_gradient", g, kernel, shape=x.shape, **how),
        emit("conv_kernel_gradient", x, g, shape=kernel.shape, **how),
    )


def _grad_conv_input_gradient(node: Node, t: Tensor) -> Cotangents:
    g, kernel = node.operands
    how = _geometry(node)
    return (
        emit("conv", t, kernel, **how),
        emit("conv_kernel_gradient", t, g, shape=kernel.shape, **how),
    )


def _grad_conv_kernel_gradient(node: Node, t: Tensor) -> Cotangents:
    x, g = node.operands
    how = _geometry(node)
    return (
        emit("conv_input_gradient", g, t, shape=x.shape, **how),
        emit("conv", x, t, **how),
    )


def _grad_pool_max(node: Node, g: Tensor) -> Cotangents:
    return (emit("pool_scatter", node.operands[0], g, **node.attributes),)


def _grad_pool_select(node: Node, g: Tensor) -> Cotangents:
    return None, emit("pool_scatter", node.operands[0], g, **node.attributes)


def _grad_pool_scatter(node: Node, t: Tensor) -> Cotangents:
    return None, emit("pool_select", node.operands[0], t, **node.attributes)


def _grad_pool_sum(node: Node, g: Tensor) -> Cotangents:
    return (emit("pool_spread", g, shape=node.operands[0].shape, **node.attributes),)


def _grad_pool_spread(node: Node, t: Tensor) -> Cotangents:
    how = {k: v for k, v in node.attributes.items() if k != "shape"}
    return (emit("pool_sum", t, **how),)


CONTRACTION_RULES: dict[str, Rule | None] = {
    "dot": _grad_dot,
    "conv": _grad_conv,
    "conv_input_gradient": _grad_conv_input_gradient,
    "conv_kernel_gradient": _grad_conv_kernel_gradient,
    "pool_max": _grad_pool_max,
    "pool_select": _grad_pool_select,
    "pool_scatter": _grad_pool_scatter,
    "pool_sum": _grad_pool_sum,
    "pool_spread": _grad_pool_spread,
}
