"""The namespace `ops.linalg`."""

from lamina.ops.factorizations import eig, eigh, lstsq, lu_factor, matrix_rank, pinv, qr, svd
from lamina.ops.forward_derivative import jvp
from lamina.ops.matrices import cholesky, cholesky_inverse, det, inv, norm, solve, solve_triangular

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "det",
    "eig",
    "eigh",
    "inv",
    "jvp",
    "lstsq",
    "lu_factor",
    "matrix_rank",
    "norm",
    "pinv",
    "qr",
    "solve",
    "solve_triangular",
    "svd",
]
