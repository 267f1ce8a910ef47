"""Max pooling layers: `MaxPooling1D`, `MaxPooling2D`, `MaxPooling3D`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.pooling.window import WindowPooling


class MaxPooling1D(WindowPooling):
    """The greatest element of each window over one axis; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> MaxPooling1D(2)(np.ones((2, 7, 3), "float32")).shape
        (2, 3, 3)
    """

    rank = 1
    _pool = staticmethod(ops.max_pool)

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling2D(WindowPooling):
    """The greatest element of each window over two axes; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> MaxPooling2D(2)(np.ones((2, 6, 6, 3), "float32")).shape
        (2, 3, 3, 3)
    """

    rank = 2
    _pool = staticmethod(ops.max_pool)

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling3D(WindowPooling):
    """The greatest element of each window over three axes; arguments as in `WindowPooling`.

    Example:
        >>> import numpy as np
        >>> MaxPooling3D(2)(np.ones((1, 4, 4, 4, 2), "float32")).shape
        (1, 2, 2, 2, 2)
    """

    rank = 3
    _pool = staticmethod(ops.max_pool)

    def __init__(
        self,
        pool_size: Any = (2, 2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
