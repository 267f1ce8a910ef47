"""`lamina serve MODEL`: a model behind HTTP, for programs and in a form for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lamina.cli import images
from lamina.cli.use_model import model_file, open_model


def serve_model(
    path: Path,
    host: str,
    port: int,
    token: str,
    insecure: bool,
    allow_hosts: Sequence[str],
    max_rows: int,
    max_bytes: int,
    queue: int,
) -> None:
    """Serve until told to stop.

    Args:
        path: of the model, or of its run's folder.
        host: address to listen at.
        port: 0 takes any that is free.
        token: that requests must bear; "" for none.
        insecure: whether others may ask without a token.
        allow_hosts: further names by which this machine is called.
        max_rows: of a request.
        max_bytes: of a request.
        queue: requests that wait at most.
    """
    from lamina.images.model import is_image_model
    from lamina.serve.limits import Limits
    from lamina.serve.server import check_exposure, serve

    check_exposure(host, token, insecure)
    limits = Limits(rows=max_rows, bytes=max_bytes, waiting=queue)
    path = model_file(path)
    serve(
        images.open_model(path) if is_image_model(path) else open_model(path),
        host,
        port,
        token=token,
        insecure=insecure,
        allow_hosts=allow_hosts,
        limits=limits,
    )
