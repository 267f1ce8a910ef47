"""Which Keras operation class an op of a functional model is filed under.

`x + 1` on symbolic tensors records the op `add`; Keras files it as class `Add` of
`keras.src.ops.numpy`. A Keras operation class keeps some arguments in its config (`axis`,
`keepdims`) and takes the others when it is called. The table lists, for each Keras module, our
functions of the same name and the arguments that go into the config. Ops that take Python functions
are left out: a file cannot hold those.
"""

import re
from functools import cache
from typing import NamedTuple

_TABLE = {
    "core": """
        cast(dtype) convert_to_tensor(dtype, sparse, ragged) saturate_cast(dtype) scatter(shape)
        scatter_update(reduction) slice(shape) slice_update stop_gradient unstack(num, axis)
    """,
    "einops": """
        rearrange
    """,
    "image": """
        affine_transform(interpolation, fill_mode, fill_value, data_format)
        crop_images(top_cropping, left_cropping, bottom_cropping, right_cropping, target_height,
        target_width, data_format) elastic_transform(alpha, sigma, interpolation, fill_mode,
        fill_value, seed, data_format) extract_patches(size, strides, dilation_rate, padding,
        data_format) gaussian_blur(kernel_size, sigma, data_format) hsv_to_rgb(data_format)
        map_coordinates(order, fill_mode, fill_value) pad_images(top_padding, left_padding,
        bottom_padding, right_padding, target_height, target_width, data_format)
        perspective_transform(interpolation, fill_value, data_format) resize(size,
        interpolation, antialias, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode,
        fill_value, data_format) rgb_to_grayscale(data_format) rgb_to_hsv(data_format)
        scale_and_translate(spatial_dims, method, antialias) sobel_edges(data_format)
        ssim(max_val, filter_size, filter_sigma, k1, k2, data_format)
    """,
    "linalg": """
        cholesky(upper) cholesky_inverse(upper) det eig eigh inv lstsq(rcond) lu_factor
        matrix_rank(tol) norm(ord, axis, keepdims) pinv(rcond) qr(mode) solve
        solve_triangular(lower) svd(full_matrices, compute_uv)
    """,
    "math": """
        cdist erf erfc erfinv extract_sequences(sequence_length, sequence_stride) fft fft2 ifft2
        in_top_k(k) irfft(fft_length) istft(sequence_length, sequence_stride, fft_length,
        length, window, center) logdet logsumexp(axis, keepdims) rfft(fft_length) rsqrt
        segment_max(num_segments, sorted) segment_min(num_segments, sorted)
        segment_prod(num_segments, sorted) segment_sum(num_segments, sorted)
        stft(sequence_length, sequence_stride, fft_length, window, center) top_k(k, sorted)
        view_as_complex view_as_real
    """,
    "nn": """
        adaptive_average_pool(output_size, data_format) adaptive_max_pool(output_size,
        data_format) average_pool(pool_size, strides, padding, data_format)
        batch_normalization(axis, epsilon) binary_crossentropy(from_logits)
        categorical_crossentropy(from_logits, axis) celu(alpha) conv(strides, padding,
        data_format, dilation_rate) conv_transpose(strides, padding, output_padding,
        data_format, dilation_rate) ctc_decode(strategy, beam_width, top_paths, merge_repeated,
        mask_index) ctc_loss(mask_index) depth_to_space(block_size, data_format)
        depthwise_conv(strides, padding, data_format, dilation_rate)
        dot_product_attention(is_causal, flash_attention, attn_logits_soft_cap) elu(alpha)
        fold(output_size, kernel_size, dilation, padding, stride) gelu(approximate) glu(axis)
        hard_shrink(threshold) hard_sigmoid hard_silu hard_tanh layer_normalization(axis,
        epsilon) leaky_relu(negative_slope) log_sigmoid log_softmax(axis) max_pool(pool_size,
        strides, padding, data_format) moments(axes, keepdims, synchronized)
        multi_hot(num_classes, axis, dtype, sparse) normalize(axis, order, epsilon)
        one_hot(num_classes, axis, dtype, sparse) polar psnr(max_val) relu relu6
        rms_normalization(axis, epsilon) selu separable_conv(strides, padding, data_format,
        dilation_rate) sigmoid silu soft_shrink(threshold) softmax(axis) softplus softsign
        space_to_depth(block_size, data_format) sparse_categorical_crossentropy(from_logits,
        axis) sparse_plus sparse_sigmoid sparsemax(axis) squareplus(b) tanh_shrink
        threshold(threshold, default_value) unfold(kernel_size, dilation, padding, stride)
    """,
    "numpy": """
        abs absolute add all(axis, keepdims) allclose(rtol, atol, equal_nan) amax(axis,
        keepdims) amin(axis, keepdims) angle any(axis, keepdims) append(axis) arange(dtype)
        arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax(axis, keepdims) argmin(axis,
        keepdims) argpartition(kth, axis) argsort(axis) array(dtype)
        array_split(indices_or_sections, axis) average(axis) bincount(weights, minlength,
        sparse) bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or
        bitwise_right_shift bitwise_xor broadcast_to(shape) cbrt ceil clip(x_min, x_max)
        concatenate(axis) conj conjugate copy corrcoef correlate(mode) cos cosh
        count_nonzero(axis) cross(axisa, axisb, axisc, axis) cumprod(axis, dtype) cumsum(axis,
        dtype) deg2rad diag(k) diagflat(k) diagonal(offset, axis1, axis2) diff(n, axis) digitize
        divide divide_no_nan dot dsplit(indices_or_sections) dstack einsum(subscripts)
        empty_like(dtype) equal exp exp2 expand_dims(axis) expm1 fabs flip(axis) fliplr flipud
        floor floor_divide fmax fmin fmod full(shape, dtype) full_like(dtype) gcd geomspace(num,
        endpoint, dtype, axis) getitem greater greater_equal heaviside histogram(bins, range)
        hsplit(indices_or_sections) hstack hypot i0 imag inner isclose(equal_nan) isfinite
        isin(assume_unique, invert) isinf isnan isneginf isposinf isreal kron lcm ldexp
        left_shift less less_equal linspace(num, endpoint, retstep, dtype, axis) log log10 log1p
        log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor logspace(num,
        endpoint, base, dtype, axis) matmul max(axis, keepdims, initial) maximum mean(axis,
        keepdims) median(axis, keepdims) meshgrid(indexing) min(axis, keepdims, initial) minimum
        mod moveaxis(source, destination) multiply nan_to_num(nan, posinf, neginf)
        nanargmax(axis, keepdims) nanargmin(axis, keepdims) nancumprod(axis, dtype)
        nancumsum(axis, dtype) nanmax(axis, keepdims) nanmean(axis, keepdims) nanmedian(axis,
        keepdims) nanmin(axis, keepdims) nanpercentile(axis, method, keepdims) nanprod(axis,
        keepdims) nanquantile(axis, method, keepdims) nanstd(axis, keepdims) nansum(axis,
        keepdims) nanvar(axis, keepdims) ndim negative nextafter nonzero not_equal
        ones_like(dtype) outer pad(pad_width, mode) percentile(axis, method, keepdims) power
        prod(axis, keepdims, dtype) ptp(axis, keepdims) quantile(axis, method, keepdims) rad2deg
        ravel real reciprocal repeat(repeats, axis) reshape(newshape) right_shift roll(shift,
        axis) rot90(k, axes) round(decimals) searchsorted(side) select sign signbit sin sinc
        sinh size slogdet sort(axis) split(indices_or_sections, axis) sqrt square squeeze(axis)
        stack(axis) std(axis, keepdims) subtract sum(axis, keepdims) swapaxes(axis1, axis2)
        take(axis) take_along_axis(axis) tan tanh tensordot(axes) tile(repeats) trace(offset,
        axis1, axis2) transpose(axes) trapezoid(x, dx, axis) tril(k) triu(k) true_divide trunc
        unique(sorted, return_index, return_inverse, return_counts, axis, size, fill_value)
        unravel_index(shape) vander(N, increasing) var(axis, keepdims) vdot view(dtype)
        vsplit(indices_or_sections) vstack where zeros_like(dtype)
    """,
}

# Class names that are not the function's name in camel case.
_CLASS_NAMES = {
    "allclose": "AllClose",
    "batch_normalization": "BatchNorm",
    "cdist": "CDist",
    "ctc_decode": "CTCDecode",
    "ctc_loss": "CTCLoss",
    "fft": "FFT",
    "fft2": "FFT2",
    "getitem": "GetItem",
    "hsv_to_rgb": "HSVToRGB",
    "ifft2": "IFFT2",
    "irfft": "IRFFT",
    "isin": "IsIn",
    "istft": "ISTFT",
    "layer_normalization": "LayerNorm",
    "psnr": "PSNR",
    "rfft": "RFFT",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm",
    "searchsorted": "SearchSorted",
    "ssim": "SSIM",
    "stft": "STFT",
    "svd": "SVD",
}
_PREFIX = "keras.src.ops."
MODULES = tuple(_PREFIX + name for name in _TABLE)


class FiledOperation(NamedTuple):
    """How one op stands in a file."""

    function: str  # name in lamina.ops
    module: str  # Keras module, for example "keras.src.ops.numpy"
    class_name: str
    config_arguments: tuple[str, ...]  # kept in the config; the others stand in the node's call


def filed_as(function: str) -> FiledOperation | None:
    """The row of an op.

    Args:
        function: the op's name in `lamina.ops`.
    Returns:
        Its row, or None if Keras has no such operation.
    Example:
        >>> filed_as("mean")[1:]
        ('keras.src.ops.numpy', 'Mean', ('axis', 'keepdims'))
    """
    return _rows().get(function)


def find_operation(module: str, class_name: str) -> FiledOperation | None:
    """The row that a file means by a module and a class name, or None.

    Example:
        >>> find_operation("keras.src.ops.numpy", "GetItem").function
        'getitem'
    """
    return _rows_by_class().get((module, class_name))


def _camel_case(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


@cache
def _rows() -> dict[str, FiledOperation]:
    rows = {}
    for module, text in _TABLE.items():
        for name, arguments in re.findall(r"(\w+)(?:\(([^)]*)\))?", text):
            names = tuple(re.findall(r"\w+", arguments))
            class_name = _CLASS_NAMES.get(name, _camel_case(name))
            rows[name] = FiledOperation(name, _PREFIX + module, class_name, names)
    return rows


@cache
def _rows_by_class() -> dict[tuple[str, str], FiledOperation]:
    return {(row.module, row.class_name): row for row in _rows().values()}
