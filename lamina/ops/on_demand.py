"""Ops that load when they are first used, so that starting stays quick: which module defines which.

All others load with `lamina.ops`.
"""

_MODULES = {
    "complex": "angle conj conjugate imag isreal real view view_as_complex view_as_real",
    "creation": (
        "bartlett blackman copy empty_like geomspace hamming hanning kaiser linspace logspace "
        "meshgrid vander"
    ),
    "diagonals": "diag diagflat diagonal trace",
    "einops": "rearrange",
    "einstein": "einsum",
    "factorizations": "eig eigh lstsq lu_factor matrix_rank pinv qr svd",
    "forward_derivative": "jvp",
    "fourier": "fft fft2 ifft2 irfft rfft",
    "joining": "append array_split dsplit dstack fliplr flipud hsplit hstack rot90 vsplit vstack",
    "matrices": "cholesky cholesky_inverse det inv logdet norm slogdet solve solve_triangular",
    "more_products": "correlate cross inner kron outer vdot",
    "nan": (
        "nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmin nanprod nanstd nansum "
        "nanvar"
    ),
    "number_tests": (
        "allclose divide_no_nan fmax fmin fmod gcd heaviside isclose isneginf isposinf lcm "
        "nan_to_num nextafter signbit trunc"
    ),
    "power_log": (
        "cbrt deg2rad erfc exp2 fabs hypot i0 ldexp log10 log2 logaddexp logaddexp2 rad2deg sinc"
    ),
    "quantiles": "median nanmedian nanpercentile nanquantile percentile quantile",
    "segments": "cdist extract_sequences segment_max segment_min segment_prod segment_sum",
    "selection": "get_item ndim select size unique vectorize",
    "short_time_fourier": "istft stft",
    "sorting": "argpartition digitize in_top_k isin searchsorted sort top_k unravel_index",
    "statistics": "average bincount corrcoef diff histogram ptp trapezoid",
}
ON_DEMAND = {
    name: f"lamina.ops.{module}" for module, names in _MODULES.items() for name in names.split()
}
NAMESPACES = {name: f"lamina.ops.{name}:" for name in ("image", "linalg", "nn", "numpy")}
