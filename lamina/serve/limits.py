"""What a server takes at most, and the answer to a request that it does not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What a server takes at most.

    Attributes:
        rows: or pictures, in a request.
        bytes: of a request's body.
        waiting: requests that wait for the network; one more is told to come again.
        body_seconds: for a body to arrive.
        header_seconds: for a header to arrive.
        errors: of a request that are listed; the others are counted.
        pixels: of a request's pictures together.
    """

    rows: int = 10_000
    bytes: int = 10 << 20
    waiting: int = 64
    body_seconds: float = 30.0
    header_seconds: float = 10.0
    errors: int = 10_000
    pixels: int = 50_000_000


class Refusal(Exception):
    """A request that is not served.

    Args:
        status: of HTTP.
        code: one word for programs.
        message: one sentence for people.
        headers: of the answer.
        **more: further fields of the answer's "error".
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.content = {"error": {"code": code, "message": message, **more}}
