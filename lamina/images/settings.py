"""What can be chosen about a training run on pictures; the same names serve `train` and configs."""

from __future__ import annotations

from typing import Literal

from lamina.base.errors import missing_extra

try:
    from pydantic import BaseModel, ConfigDict, Field
except ImportError:
    raise missing_extra("pydantic", "tables", "lamina.images") from None


class ImageSettings(BaseModel):
    """Everything that decides a run, but for the pictures themselves.

    Attributes:
        size: pixels of the longer side; None is chosen: that of the training pictures' median, but
            at most 64. The shorter side follows the median, too.
        colour: whether colours are read; None finds out whether there are any.
        layers: filters of each block of the network; () is chosen by size and number of pictures.
        dropout: share of the last features dropped in training.
        shift: share of a side by which training pictures are moved at most, anew in every pass.
        flip: whether training pictures are mirrored at random, left for right; only for classes
            that a mirror leaves as they are: garments, not letters.
        split: shares of training, validation and test pictures.
        epochs: the most passes over the training pictures.
        patience: stop after so many passes without a lower validation loss. None is 8, and 3 from
            10,000 training pictures on, where a pass is long.
        batch_size: pictures in a step. None is 32, and 128 from 10,000 training pictures on.
        learning_rate: of Adam.
        threshold: probability from which the positive one of two classes is predicted.
        time_limit: seconds after which training stops; None for no limit.
        strict: whether a file that cannot be read is an error.
        seed: of everything random.
        language: of the report: "en" or "ko".
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    size: int | None = Field(None, ge=4, le=512)
    colour: bool | None = None
    layers: tuple[int, ...] = Field((), max_length=7)
    dropout: float = Field(0.3, ge=0, lt=1)
    shift: float = Field(0.04, ge=0, le=0.5)
    flip: bool = False
    split: tuple[float, float, float] = (0.70, 0.15, 0.15)
    epochs: int = Field(60, ge=1)
    patience: int | None = Field(None, ge=1)
    batch_size: int | None = Field(None, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    threshold: float = Field(0.5, gt=0, lt=1)
    time_limit: float | None = Field(None, gt=0)
    strict: bool = False
    seed: int = Field(0, ge=0, le=2**32 - 1)
    language: Literal["en", "ko"] = "en"
