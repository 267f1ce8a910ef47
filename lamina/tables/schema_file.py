"""A network and its schema in one `.keras` file: the schema is a member that Keras passes over.

Models of tables and of pictures differ in the schema's name and in what is in it, not in how it
travels.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from lamina.base.atomic import atomic_write
from lamina.base.errors import FileFormatError
from lamina.saving import keras_file
from lamina.saving.json_text import parse_json


def write_network(network: Any, path: str | os.PathLike[str], member: str, schema: bytes) -> None:
    """Write a network with its schema, whole or not at all.

    Args:
        network: a `Model`.
        path: of the file.
        member: the schema's name in it.
        schema: JSON text.
    """
    path = Path(path)
    with atomic_write(path) as temporary:
        keras_file.write_archive(network, temporary, path.parent, {member: schema})


def read_schema(path: str | os.PathLike[str], member: str, otherwise: str) -> tuple[Any, bytes]:
    """The schema of a file, not checked yet, and the file's content for `read_network`.

    Args:
        path: of the file.
        member: the schema's name in it.
        otherwise: what to say of a file without one, after its name.
    Raises:
        FileFormatError: there is no such file, it is damaged, or has no such member.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise FileFormatError(f"cannot read the model file {str(path)!r}: {reason}") from None
    with keras_file.open_members(io.BytesIO(content), path.name) as members:
        if member not in members.members:
            raise FileFormatError(f"{path.name} {otherwise}")
        plain = parse_json(members.read(member), f"{path.name}: {member}", members.size)
    return plain, content


def read_network(content: bytes, name: str) -> Any:
    """The network of a file's content, not compiled.

    Args:
        content: of the file.
        name: of the file, for messages.
    """
    return keras_file.read_model(io.BytesIO(content), name, None, False, True)
