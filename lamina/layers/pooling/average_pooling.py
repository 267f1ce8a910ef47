"""Average pooling layers: `AveragePooling1D`, `AveragePooling2D`, `AveragePooling3D`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.pooling.window import WindowPooling


class AveragePooling1D(WindowPooling):
    """The mean of each window over one axis; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> AveragePooling1D(2)(np.ones((2, 7, 3), "float32")).shape
        (2, 3, 3)
    """

    rank = 1
    _pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling2D(WindowPooling):
    """The mean of each window over two axes; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> AveragePooling2D(2)(np.ones((2, 6, 6, 3), "float32")).shape
        (2, 3, 3, 3)
    """

    rank = 2
    _pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling3D(WindowPooling):
    """The mean of each window over three axes; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> AveragePooling3D(2)(np.ones((1, 4, 4, 4, 2), "float32")).shape
        (1, 2, 2, 2, 2)
    """

    rank = 3
    _pool = staticmethod(ops.average_pool)

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
