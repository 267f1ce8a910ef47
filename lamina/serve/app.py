"""The application: which address does what. Any ASGI server can run it.

FastAPI routes and describes; bodies are read by files of this room, since limits and the list of
everything wrong with a request are promises of ours. What a model reads and how it answers is left
to `tables` and `pictures`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lamina.base.errors import missing_extra
from lamina.base.version import VERSION
from lamina.images.model import ImageModel
from lamina.serve.counters import TEXT, Counters
from lamina.serve.forms import Predictions, Problem
from lamina.serve.guard import Guard
from lamina.serve.limits import Limits, Refusal
from lamina.serve.pictures import ServedPictures
from lamina.serve.served import Served
from lamina.serve.tables import ServedTable
from lamina.serve.worker import Worker
from lamina.tables.model import TableModel

try:
    from fastapi import FastAPI, Request, Response
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect
except ImportError:
    raise missing_extra("fastapi", "serve", "lamina.serve") from None

_PAGE = Path(__file__).parent / "page"
_GONE = 499  # the client left before it was answered; only counted
_REFUSALS = {
    400: "Not JSON; or a Host that is no name of the server",
    401: "No token, or a wrong one",
    408: "The body came too slowly",
    413: "Too long, or too many rows or pictures",
    415: "Of another content type than those named here",
    422: "Fields missing or mistyped, or pictures that cannot be read: all of them are listed",
    503: "Too many requests wait; Retry-After says when to come again",
}


def create_app(
    model: TableModel | ImageModel,
    *,
    limits: Limits | None = None,
    token: str = "",
    hosts: Iterable[str] = (),
) -> Any:
    """The application that serves a model.

    Args:
        model: that predicts rows of a table, or pictures.
        limits: what is taken at most.
        token: that requests must bear; "" for none.
        hosts: names by which this machine may be called, beside localhost and addresses.
    Returns:
        An ASGI application.
    Example:
        >>> app = create_app(lamina.tables.load("model.keras"))           # doctest: +SKIP
        >>> uvicorn.run(app)                                              # doctest: +SKIP
    """
    limits = limits or Limits()
    kind = ServedPictures if isinstance(model, ImageModel) else ServedTable
    served: Served = kind(model, limits)  # type: ignore[arg-type]  # as was just asked
    counters, worker = Counters(), Worker(served, limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        worker.start()
        yield
        await asyncio.to_thread(worker.stop)

    app = FastAPI(
        title=f"Predicts {', '.join(served.target.names)}",
        version=VERSION,
        docs_url=None,  # FastAPI's page loads its scripts from elsewhere; ours is at /
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers=_handlers(),
    )
    _add_predict(app, served, counters, worker)
    _add_descriptions(app, served, counters, worker)
    _add_page(app)
    return Guard(app, counters, token, hosts)


def _add_predict(app: FastAPI, served: Served, counters: Counters, worker: Worker) -> None:
    async def predict(request: Request) -> Response:
        """Predict what the body holds."""
        batch = await served.read(request.headers, request.stream())
        found = await asyncio.wrap_future(worker.submit(batch))
        counters.rows += batch.count
        counters.warnings += sum(len(row["warnings"]) for row in found)
        return _json({"predictions": found})

    app.add_api_route(
        "/predict",
        predict,
        methods=["POST"],
        responses={
            200: {"model": Predictions},
            **{code: {"model": Problem, "description": d} for code, d in _REFUSALS.items()},
        },
        openapi_extra={"requestBody": {"required": True, "content": served.contents()}},
    )


def _add_descriptions(app: FastAPI, served: Served, counters: Counters, worker: Worker) -> None:
    described = served.describe()

    async def schema() -> Response:
        """What the model reads and predicts."""
        return _json(described)

    async def health() -> Response:
        """Whether the server lives."""
        return _json({"status": "ok"})

    async def metrics() -> Response:
        """Counts and times in Prometheus's text form."""
        return Response(counters.text(worker.waiting), headers={"content-type": TEXT})

    for path, function in (("/schema", schema), ("/health", health), ("/metrics", metrics)):
        app.add_api_route(path, function, methods=["GET"])


def _add_page(app: FastAPI) -> None:
    for path, name, kind in (
        ("/", "form.html", "text/html"),
        ("/form.css", "form.css", "text/css"),
        ("/form.js", "form.js", "text/javascript"),
    ):
        content = (_PAGE / name).read_bytes()
        app.add_api_route(path, _sends(content, kind), methods=["GET"], include_in_schema=False)


def _sends(content: bytes, kind: str) -> Any:
    async def page() -> Response:
        return Response(content, media_type=kind)

    return page


def _handlers() -> dict[Any, Any]:
    async def refused(_: Request, error: Any) -> Response:
        return _json(error.content, error.status, error.headers)

    async def http(_: Request, error: Any) -> Response:
        content = {"error": {"code": "http", "message": str(error.detail)}}
        return _json(content, error.status_code, error.headers)

    async def gone(_: Request, error: Any) -> Response:
        return Response(status_code=_GONE)

    async def failed(_: Request, error: Any) -> Response:
        traceback.print_exception(error, file=sys.stderr)
        message = "Something is wrong in the server itself; its log says more."
        return _json({"error": {"code": "bug", "message": message}}, 500)

    return {Refusal: refused, HTTPException: http, ClientDisconnect: gone, Exception: failed}


def _json(content: Any, status: int = 200, headers: Any = None) -> Response:
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return Response(text, status, headers, "application/json")
