"""What the server asks of a model, whatever that reads: rows of a table, or pictures.

A request's body becomes a batch in the event loop; batches that wait together are predicted
together in the worker's thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from lamina.tables.schema import Target


class Batch(Protocol):
    """What a request wants predicted."""

    @property
    def count(self) -> int:
        """How many predictions are asked for."""


class Served(Protocol):
    """A model as the server sees it.

    Attributes:
        target: what is predicted.
    """

    target: Target

    def describe(self) -> dict[str, Any]:
        """What `/schema` tells."""

    def contents(self) -> dict[str, Any]:
        """The bodies that `/predict` reads, by content type, as OpenAPI has them."""

    async def read(self, headers: Mapping[str, str], stream: AsyncIterator[bytes]) -> Any:
        """The batch that a request holds.

        Args:
            headers: of the request.
            stream: its body, piece by piece.
        Raises:
            Refusal: the request cannot be read.
        """

    def typical(self) -> Any:
        """A batch like many, with which the network is compiled before the first request."""

    def predict(self, batches: list[Any]) -> list[list[dict[str, Any]]]:
        """Predict several batches at once.

        Args:
            batches: of several requests.
        Returns:
            The predictions of each.
        Raises:
            Refusal: one of them cannot be predicted; they are tried one by one then.
        """
