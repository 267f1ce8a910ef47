"""What stands before every request: its Host, its token, the count, and the headers of answers.

The Host check keeps out web pages that had their own name point to this machine (DNS rebinding).
Such a page comes with its name as Host, never with an address or with a name of this machine.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from lamina.serve.counters import Counters
from lamina.serve.limits import Refusal

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

OPEN = ("/", "/form.css", "/form.js", "/health")  # tell nothing of the model: no token needed
PATHS = (*OPEN, "/predict", "/schema", "/openapi.json", "/metrics")
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Guard:
    """An application that lets another see only what may be served.

    Args:
        inner: the application behind.
        counters: that count.
        token: that requests must bear; "" for none.
        hosts: names by which this machine may be called, beside localhost and addresses.
    """

    def __init__(
        self, inner: Application, counters: Counters, token: str, hosts: Iterable[str]
    ) -> None:
        self._inner = inner
        self._counters = counters
        self._token = token.encode()
        self._hosts = {"localhost", *(h.lower().rstrip(".") for h in hosts)}

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
    ) -> None:
        """Serve one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                extra = [(n.encode(), v.encode()) for n, v in _HEADERS.items()]
                message["headers"] = [*message["headers"], *(h for h in extra if h[0] not in own)]
            await send(message)

        try:
            self._check(scope)
            await self._inner(scope, receive, dressed)
        except Refusal as refusal:
            await answer(refusal, dressed)
        finally:
            path = scope["path"] if scope["path"] in PATHS else "other"
            self._counters.count(path, status, time.perf_counter() - started)

    def _check(self, scope: Message) -> None:
        headers = scope["headers"]
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            raise Refusal(
                400,
                "host",
                "The Host of the request is no name of this server; --allow-host adds one.",
            )
        if not self._token or scope["path"] in OPEN:
            return
        given = b"".join(value for name, value in headers if name == b"authorization")
        kind, _, token = given.partition(b" ")
        same = hmac.compare_digest(token.strip(), self._token)
        if kind.lower() != b"bearer" or not same:
            raise Refusal(
                401,
                "token",
                "The request lacks the server's token: Authorization: Bearer TOKEN.",
                {"WWW-Authenticate": "Bearer"},
            )

    def _is_own(self, host: str) -> bool:
        name, _, port = host.rpartition(":")
        if not name or not port.isdigit():
            name = host
        name = name.strip("[]").lower().rstrip(".")
        if name in self._hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


async def answer(refusal: Refusal, send: Send) -> None:
    """Send a refusal.

    Args:
        refusal: what to say.
        send: of ASGI.
    """
    body = json.dumps(refusal.content).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in refusal.headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
