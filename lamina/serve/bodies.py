"""A request's body: taken from the stream within limits, and read as strict JSON.

The size is counted while the body arrives, so that no more than the limit is ever held, whatever
the request says of its own length.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from lamina.serve.limits import Limits, Refusal

_LONG = 1 << 16  # bytes from which reading JSON is left to another thread


async def read_json(
    headers: Mapping[str, str], stream: AsyncIterator[bytes], limits: Limits
) -> Any:
    """The value that a request's body spells.

    Args:
        headers: of the request.
        stream: the body, piece by piece.
        limits: of the server.
    Raises:
        Refusal: 415 not said to be JSON, 413 too long, 408 too slow, 400 not JSON.
    """
    if content_type(headers) != "application/json":
        raise Refusal(
            415, "content_type", "Send JSON, uncompressed, with Content-Type: application/json."
        )
    return await parsed(await read_body(headers, stream, limits))


def content_type(headers: Mapping[str, str]) -> str:
    """What a request says that its body is, without parameters; "" for a compressed one.

    Args:
        headers: of the request.
    """
    if headers.get("content-encoding", "identity") != "identity":
        return ""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def parsed(body: bytes) -> Any:
    """The value of a JSON text; a long one is read in another thread.

    Args:
        body: as `parse` has it.
    """
    return await asyncio.to_thread(parse, body) if len(body) > _LONG else parse(body)


async def read_body(
    headers: Mapping[str, str], stream: AsyncIterator[bytes], limits: Limits
) -> bytes:
    """The body of a request.

    Args:
        headers: of the request.
        stream: the body, piece by piece.
        limits: of the server.
    Raises:
        Refusal: 413 too long, 408 too slow.
    """
    told = headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > limits.bytes:
        raise _too_long(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for piece in stream:
                body += piece
                if len(body) > limits.bytes:
                    raise _too_long(limits)
    except TimeoutError:
        raise Refusal(
            408,
            "slow",
            f"The body took more than {limits.body_seconds:g} seconds.",
            {"Connection": "close"},
        ) from None
    return bytes(body)


def _too_long(limits: Limits) -> Refusal:
    return Refusal(
        413,
        "too_large",
        f"A request may have {limits.bytes:,} bytes; send its content in several.",
        {"Connection": "close"},
    )


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Args:
        body: UTF-8, UTF-16 or UTF-32.
    Raises:
        Refusal: 400: it is no JSON, names NaN or Infinity, or holds half a character.
    Example:
        >>> parse(b'{"rows": [{"age": 3}]}')
        {'rows': [{'age': 3}]}
    """
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
        if b"\\u" in body or b"\x00" in body:  # only so can half a surrogate pair come in
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except UnicodeEncodeError:
        raise _not_json("a text holds half of a surrogate pair") from None
    except UnicodeDecodeError:
        raise _not_json("it is not UTF-8") from None
    except ValueError as error:
        raise _not_json(f"{error}"[:200]) from None
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON; null stands for an empty cell")


def _not_json(why: str) -> Refusal:
    return Refusal(400, "not_json", f"The body cannot be read as JSON: {why}.")
