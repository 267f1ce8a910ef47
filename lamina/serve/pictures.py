"""A model of pictures as the server sees it: files in base64 within JSON, or one file by itself.

Pictures are decoded in the worker's thread, one by one, and never before their headers have told
how many pixels there are: a small file can hold a huge picture.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.images import pictures
from lamina.images.model import ImageModel
from lamina.serve.answers import answers
from lamina.serve.bodies import content_type, parsed, read_body
from lamina.serve.limits import Limits, Refusal
from lamina.tables.encoding import Notes
from lamina.tables.schema import Schema, Target

_PIECE = 256  # pictures predicted in one call
_FORM = 'an object such as {"pictures": ["BASE64", ...]}'
_PICTURE = "the file of a picture, in base64"


@dataclass(frozen=True)
class Files:
    """Files of pictures, not opened yet.

    Attributes:
        contents: bytes of each.
    """

    contents: list[bytes]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.contents)


class ServedPictures:
    """A model of pictures, see `Served`.

    Args:
        model: that predicts.
        limits: of the server.
    """

    def __init__(self, model: ImageModel, limits: Limits) -> None:
        schema = model.schema
        task = "binary" if len(schema.classes) == 2 else "multiclass"
        self.model = model
        self.target = Target(("class",), task, "", schema.classes)
        self._schema = Schema((), self.target, threshold=schema.threshold)
        self._size = schema.height, schema.width
        self._limits = limits

    def describe(self) -> dict[str, Any]:
        """Classes, what pictures are fitted into, and limits."""
        schema, limits = self.model.schema, self._limits
        return {
            "target": {
                "names": list(self.target.names),
                "task": self.target.task,
                "classes": list(schema.classes),
                "threshold": schema.threshold,
            },
            "pictures": {"height": schema.height, "width": schema.width, "colour": schema.colour},
            "limits": {"pictures": limits.rows, "bytes": limits.bytes, "pixels": limits.pixels},
        }

    def contents(self) -> dict[str, Any]:
        """JSON with a list of pictures, or one picture's file."""
        text = {"type": "string", "contentEncoding": "base64", "description": _PICTURE}
        several = {"type": "array", "items": text, "maxItems": self._limits.rows}
        body = {"type": "object", "required": ["pictures"], "properties": {"pictures": several}}
        return {
            "application/json": {"schema": body},
            "image/*": {"schema": {"type": "string", "format": "binary"}},
        }

    async def read(self, headers: Mapping[str, str], stream: AsyncIterator[bytes]) -> Files:
        """The files of a request."""
        kind = content_type(headers)
        if kind.startswith("image/"):
            return Files([await read_body(headers, stream, self._limits)])
        if kind != "application/json":
            raise Refusal(
                415,
                "content_type",
                "Send a picture's file by itself with its own type, such as Content-Type: "
                'image/png, or {"pictures": ["BASE64", ...]} with Content-Type: application/json; '
                "neither compressed.",
            )
        content = await parsed(await read_body(headers, stream, self._limits))
        return await asyncio.to_thread(self._files, content)

    def typical(self) -> Files:
        """A gray picture."""
        from PIL import Image

        stream = io.BytesIO()
        Image.new("L", self._size[::-1], 128).save(stream, "PNG")
        return Files([stream.getvalue()])

    def predict(self, batches: list[Files]) -> list[list[dict[str, Any]]]:
        """Predict the pictures of several requests at once."""
        found: list[dict[str, Any]] = []
        for batch in batches:
            self._check_pixels(batch)
        files = [content for batch in batches for content in batch.contents]
        for start in range(0, len(files), _PIECE):
            some = files[start : start + _PIECE]
            pixels, damaged = pictures.fit_pictures(some, self._size)
            if damaged:
                raise _refusal(
                    [_error(start + i, "a picture that can be read", s) for i, s in damaged.items()]
                )
            outputs = self.model.outputs(pixels)
            outputs = outputs[:, 1] if self.target.task == "binary" else outputs
            found += answers(outputs, Notes(), [[] for _ in some], self._schema)
        ends = np.cumsum([batch.count for batch in batches]).tolist()
        return [found[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def _check_pixels(self, batch: Files) -> None:
        pixels = sum(pictures.count_pixels(content) for content in batch.contents)
        if pixels > self._limits.pixels:
            raise Refusal(
                413,
                "too_many_pixels",
                f"The pictures of a request may have {self._limits.pixels:,} pixels, these have "
                f"{pixels:,}; send smaller ones, or fewer.",
            )

    def _files(self, content: Any) -> Files:
        """The files that a value spells."""
        texts = content.get("pictures") if isinstance(content, dict) else None
        if not isinstance(texts, list):
            raise _refusal([_error(None, _FORM, "no list in `pictures`")])
        if len(texts) > self._limits.rows:
            raise Refusal(
                413,
                "too_many_pictures",
                f"A request may have {self._limits.rows:,} pictures, this one has {len(texts):,}; "
                "send them in several.",
            )
        contents, errors = [], []
        for number, text in enumerate(texts):
            try:
                contents.append(_decoded(text))
            except (TypeError, ValueError, binascii.Error) as error:
                errors.append(_error(number, _PICTURE, str(error)))
        if errors:
            raise _refusal(errors)
        return Files(contents)


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise TypeError("no text")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    content = base64.b64decode("".join(text.split()), validate=True)
    if not content:
        raise ValueError("an empty text")
    return content


def _error(number: int | None, wanted: str, got: str) -> dict[str, Any]:
    return {"row": number, "field": "pictures", "expected": wanted, "got": got}


def _refusal(errors: list[dict[str, Any]]) -> Refusal:
    first = errors[0]
    place = "" if first["row"] is None else f" {first['row']}"
    more = f"; {len(errors):,} errors in all" if len(errors) > 1 else ""
    return Refusal(
        422,
        "pictures",
        f"pictures{place}: expected {first['expected']}, got {first['got']}{more}.",
        errors=errors,
    )
