"""Factorisations of matrices and what is read off them: QR, SVD, eigenvectors, LU, rank, least
squares.

They run on arrays only. Matrices stand on the last two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.base import dtypes
from lamina.base.errors import ArgumentError, ShapeError, message
from lamina.ops.convert import as_tensor, dtype_of, promote, to_float
from lamina.ops.numpy_only import on_arrays
from lamina.ops.registration import op
from lamina.ops.shaping import moveaxis


def _least(n: int | None, m: int | None) -> int | None:
    return None if n is None or m is None else min(n, m)


def _in_lapack(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Half precision is computed in float32; results have the operand's dtype, or its complex
    one."""

    def run(x: np.ndarray, *rest: np.ndarray) -> Any:
        dtype = x.dtype
        if dtype.itemsize > 2 or dtype.kind == "c":
            return compute(x, *rest)
        result = compute(x.astype("float32"), *(r.astype("float32") for r in rest))
        parts = result if isinstance(result, tuple) else (result,)
        parts = tuple(p.astype(dtype) if p.dtype.kind == "f" else p for p in parts)
        return parts if isinstance(result, tuple) else parts[0]

    return run


def _matrices(name: str, x: Any, is_square: bool = False) -> Any:
    x = to_float(x)
    if x.ndim < 2:
        raise ShapeError(
            f"{name}: Input should have rank >= 2. Received: input.shape = {tuple(x.shape)}"
        )
    if is_square and x.shape[-1] is not None and x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            message(
                f"{name}: Expected a square matrix.", f"x.shape={tuple(x.shape)}", "(..., n, n)"
            )
        )
    return x


@op
def qr(x: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns q and an upper triangle r with x = q @ r (arrays only).

    Args:
        x: tensor (..., n, m).
        mode: "reduced": k = min(n, m) columns; "complete": n columns.
    Returns:
        (q (..., n, k), r (..., k, m)).
    Raises:
        ArgumentError: the mode is unknown.
    """
    if mode not in ("reduced", "complete"):
        raise ArgumentError(
            "`mode` argument value not supported. Expected one of {'reduced', 'complete'}. "
            f"Received: mode={mode}"
        )
    x = _matrices("qr", x)

    def spec(x: Any) -> list:
        *lead, n, m = x.shape
        k = n if mode == "complete" else _least(n, m)
        return [((*lead, n, k), x.dtype), ((*lead, k, m), x.dtype)]

    def compute(x: np.ndarray) -> tuple:
        return tuple(np.linalg.qr(x, "complete" if mode == "complete" else "reduced"))

    return on_arrays("qr", _in_lapack(compute), spec, x)


@op
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values s, falling, with x = u @ diag(s) @ vh (arrays only).

    Args:
        x: tensor (..., n, m).
        full_matrices: whether u and vh are square.
        compute_uv: whether to return u and vh.
    Returns:
        (u, s, vh), or s; s has k = min(n, m) entries.
    """
    x = _matrices("svd", x)

    def spec(x: Any) -> list:
        *lead, n, m = x.shape
        k = _least(n, m)
        values = ((*lead, k), x.dtype)
        if not compute_uv:
            return [values]
        left, right = ((n, n), (m, m)) if full_matrices else ((n, k), (k, m))
        return [((*lead, *left), x.dtype), values, ((*lead, *right), x.dtype)]

    def compute(x: np.ndarray) -> Any:
        if not compute_uv:
            return np.linalg.svd(x, compute_uv=False)
        return tuple(np.linalg.svd(x, full_matrices))

    return on_arrays("svd", _in_lapack(compute), spec, x)


def singular_values(x: Any, rows: int, columns: int) -> Any:
    """The singular values of matrices on two given axes, as the last axis (arrays only)."""
    return svd(moveaxis(x, (rows, columns), (-2, -1)), compute_uv=False)


@op
def eig(x: Any) -> Any:
    """Eigenvalues and eigenvectors of square matrices, complex (arrays only).

    Args:
        x: tensor (..., n, n).
    Returns:
        (values (..., n), vectors (..., n, n) as columns).
    """
    x = _matrices("eig", x, is_square=True)
    name = "complex128" if dtype_of(x) == "float64" else "complex64"
    target = dtypes.to_numpy(name)

    def compute(x: np.ndarray) -> tuple:
        return tuple(part.astype(target) for part in np.linalg.eig(x))

    return on_arrays(
        "eig", _in_lapack(compute), lambda x: [(x.shape[:-1], name), (x.shape, name)], x
    )


@op
def eigh(x: Any) -> Any:
    """Eigenvalues, rising, and eigenvectors of symmetric matrices (arrays only).

    Args:
        x: tensor (..., n, n); only the lower triangle is read.
    Returns:
        (values (..., n), vectors (..., n, n) as columns).
    """
    x = _matrices("eigh", x, is_square=True)

    def spec(x: Any) -> list:
        return [(x.shape[:-1], x.dtype), (x.shape, x.dtype)]

    return on_arrays("eigh", _in_lapack(lambda x: tuple(np.linalg.eigh(x))), spec, x)


@op
def lu_factor(x: Any) -> Any:
    """The LU factorisation with row exchanges (arrays only).

    Args:
        x: tensor (..., n, m).
    Returns:
        (lu (..., n, m): U on and above the diagonal, L below it; pivots (..., min(n, m)), int32:
        the row that each row was exchanged with).
    """
    x = _matrices("lu_factor", x)

    def compute(x: np.ndarray) -> tuple:
        flat = [_lu(m) for m in x.reshape(-1, *x.shape[-2:])]
        k = min(x.shape[-2:])
        factors = np.stack([f for f, _ in flat]).reshape(x.shape)
        return factors, np.stack([p for _, p in flat]).reshape(*x.shape[:-2], k)

    def spec(x: Any) -> list:
        *lead, n, m = x.shape
        return [(x.shape, x.dtype), ((*lead, _least(n, m)), "int32")]

    return on_arrays("lu_factor", _in_lapack(compute), spec, x)


def _lu(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Doolittle's elimination with partial pivoting."""
    lu = matrix.copy()
    pivots = np.arange(min(lu.shape), dtype="int32")
    for i in range(len(pivots)):
        pivots[i] = i + np.argmax(np.abs(lu[i:, i]))
        lu[[i, pivots[i]]] = lu[[pivots[i], i]]
        if lu[i, i] != 0:
            lu[i + 1 :, i] /= lu[i, i]
            lu[i + 1 :, i + 1 :] -= np.outer(lu[i + 1 :, i], lu[i, i + 1 :])
    return lu, pivots


@op
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The x that makes |a @ x - b| least; of several the shortest (arrays only).

    Args:
        a: tensor (n, m).
        b: tensor (n,) or (n, k).
        rcond: singular values below rcond times the greatest count as 0.
    Returns:
        Tensor (m,) or (m, k).
    Raises:
        ShapeError: the shapes do not fit.
    """
    a, b = promote(as_tensor(a), as_tensor(b), to_float=True)
    if a.ndim != 2:
        raise ShapeError(f"Expected a to have rank 2. Received: a.shape={tuple(a.shape)}")
    if b.ndim not in (1, 2):
        raise ShapeError(f"Expected b to have rank 1 or 2. Received: b.shape={tuple(b.shape)}")
    if a.shape[0] != b.shape[0]:
        raise ShapeError(
            message(
                "Incompatible shapes between `a` and `b`. Expected `a.shape[0] == b.shape[0]`.",
                received=f"a.shape={tuple(a.shape)}, b.shape={tuple(b.shape)}",
            )
        )

    def compute(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.linalg.lstsq(a, b, rcond)[0].astype(a.dtype)

    return on_arrays(
        "lstsq", _in_lapack(compute), lambda a, b: [((a.shape[1], *b.shape[1:]), a.dtype)], a, b
    )


@op
def matrix_rank(x: Any, tol: Any = None) -> Any:
    """How many singular values exceed a tolerance, int32 (arrays only).

    Args:
        x: tensor (..., n, m).
        tol: default: the greatest singular value times max(n, m) times the dtype's epsilon.
    Returns:
        int32 tensor (...).
    """
    x = _matrices("matrix_rank", x)

    def compute(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.matrix_rank(x, tol), "int32")

    return on_arrays("matrix_rank", _in_lapack(compute), lambda x: [(x.shape[:-2], "int32")], x)


@op
def pinv(x: Any, rcond: float | None = None) -> Any:
    """The Moore-Penrose inverse (arrays only).

    Args:
        x: tensor (..., n, m).
        rcond: singular values below rcond times the greatest count as 0.
    Returns:
        Tensor (..., m, n).
    """
    x = _matrices("pinv", x)

    def compute(x: np.ndarray) -> np.ndarray:
        cut = 10 * max(x.shape[-2:]) * np.finfo(x.dtype).eps if rcond is None else rcond
        return np.linalg.pinv(x, cut)

    def spec(x: Any) -> list:
        *lead, n, m = x.shape
        return [((*lead, m, n), x.dtype)]

    return on_arrays("pinv", _in_lapack(compute), spec, x)
