"""Starting and stopping the server: who may reach it, at which address, and how it ends.

Only this machine may, unless a token guards the model or the user says that none is needed.
"""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from collections.abc import Sequence
from typing import Any

from lamina.base.errors import ArgumentError, message, missing_extra
from lamina.images.model import ImageModel
from lamina.serve.app import create_app
from lamina.serve.limits import Limits
from lamina.tables.model import TableModel

try:
    import uvicorn
except ImportError:
    raise missing_extra("uvicorn", "serve", "lamina serve") from None

_DRAIN_SECONDS = 10
_BACKLOG = 512


def serve(
    model: TableModel | ImageModel,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    token: str = "",
    insecure: bool = False,
    allow_hosts: Sequence[str] = (),
    limits: Limits | None = None,
    announce: bool = True,
) -> None:
    """Serve a model until Ctrl-C or SIGTERM, then finish what was begun.

    Args:
        model: that predicts rows of a table, or pictures.
        host: address to listen at.
        port: 0 takes any that is free.
        token: that requests must bear; "" for none.
        insecure: whether others may ask without a token.
        allow_hosts: further names by which this machine is called.
        limits: what is taken at most.
        announce: whether the address is printed, on stderr.
    Raises:
        ArgumentError: others could reach the server unguarded, or the address cannot be had.
    """
    check_exposure(host, token, insecure)
    limits = limits or Limits()
    app = create_app(model, limits=limits, token=token, hosts=[host, *_own_names(), *allow_hosts])
    config = uvicorn.Config(
        app,
        http=_protocol(limits.header_seconds),
        ws="none",
        log_config=None,  # the logging of a program around this one stays as it is
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    with _listen(host, port) as listening:
        sentence = _sentence(model, listening, token) if announce else ""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            _Announced(config, sentence).run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # the usual end; uvicorn raises it again after the last answer


class _Announced(uvicorn.Server):
    """A server that says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, sentence: str) -> None:
        super().__init__(config)
        self._sentence = sentence

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._sentence and not self.should_exit:
            print(self._sentence, file=sys.stderr, flush=True)


def check_exposure(host: str, token: str, insecure: bool) -> None:
    """Raise ArgumentError if others could reach the server without a token unasked.

    Args:
        host: address to listen at.
        token: "" for none.
        insecure: whether the user agreed.
    """
    if token or insecure or is_loopback(host):
        return
    raise ArgumentError(
        message(
            f"At {host!r} everyone who reaches this machine could use the model.",
            fix="give --token SECRET, or --insecure if everyone may",
        )
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    Args:
        host: name or address.
    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_names() -> list[str]:
    name = socket.gethostname()
    return [name, f"{name}.local"]


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio sends answers at once; else each waits 40 ms for an ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
        return listening
    except (OSError, OverflowError) as error:
        listening.close()
        raise ArgumentError(
            message(
                f"Cannot listen at {host} port {port}: {getattr(error, 'strerror', 0) or error}.",
                fix="--port 0 takes any free port",
            )
        ) from None


def _sentence(model: TableModel | ImageModel, listening: socket.socket, token: str) -> str:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    if isinstance(model, ImageModel):
        what = f"which of {len(model.schema.classes)} classes a picture shows"
    else:
        what = f"{', '.join(model.schema.target.names)} ({model.schema.target.task})"
    fragment = "#token=..." if token else ""
    return f"predicting {what} at http://{shown}:{port}/{fragment}   Ctrl-C stops"


def _protocol(header_seconds: float) -> type[Any]:
    """uvicorn's protocol with a deadline for headers, which uvicorn lacks."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        _deadline: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._expect()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._waits():
                self._expect()
            else:
                self._forget()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _waits(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _expect(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(header_seconds, self._late)

        def _forget(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _late(self) -> None:
            self._deadline = None
            if self._waits() and not self.transport.is_closing():
                self.transport.close()

    return Impatient
