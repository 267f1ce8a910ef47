"""The figures of every epoch sent to a web server."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
import warnings
from typing import Any

import numpy as np

from lamina.callbacks.callback import Callback, Logs


class RemoteMonitor(Callback):
    """Posts every epoch's figures to a server; a server that cannot be reached is warned about.

    Args:
        root: address of the server.
        path: path there.
        field: the form field that holds the figures as JSON.
        headers: dict of HTTP headers, or None.
        send_as_json: whether the request itself is JSON instead of a form.
    Example:
        >>> RemoteMonitor(root="http://localhost:9000").path
        '/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Send the figures."""
        figures: dict[str, Any] = {"epoch": epoch}
        for name, value in (logs or {}).items():
            array = isinstance(value, (np.ndarray, np.generic))
            figures[name] = value.item() if array else value
        body, kind = json.dumps(figures), "application/json"
        if not self.send_as_json:
            body = urllib.parse.urlencode({self.field: body})
            kind = "application/x-www-form-urlencoded"
        try:
            request = urllib.request.Request(
                self.root + self.path,
                data=body.encode(),
                headers={"Content-Type": kind, **(self.headers or {})},
                method="POST",
            )
            urllib.request.urlopen(request, timeout=10).close()
        except (OSError, ValueError) as error:
            warnings.warn(
                f"Could not reach RemoteMonitor root server at {self.root}: {error}", stacklevel=2
            )
