"""Where a dataset's file comes from: the data folder, Keras's cache, our cache, the network.

A file that lies in one of the folders is used as it is, because it may be the user's own; what is
downloaded must have the checksum written beside its address.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lamina.base import config
from lamina.base.errors import LaminaError, message

KERAS_STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_PATIENCE = 20  # seconds without an answer before a download is given up


class DatasetNotFoundError(LaminaError, FileNotFoundError, ValueError):
    """A dataset's file lies in none of the folders and could not be downloaded."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its name, its address and its checksum as "sha256:..." or "md5:..."."""

    name: str
    url: str
    checksum: str


def keras_folder() -> Path:
    """Where Keras keeps downloaded datasets: ~/.keras/datasets, or under KERAS_HOME."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def folders() -> Iterator[Path]:
    """The folders that are searched, the first one first."""
    given = config.data_folder()
    if given is not None:
        yield given
    yield keras_folder()
    yield config.cache_folder() / "datasets"


def lookup(*names: str) -> Path | None:
    """The first of `names` that exists, folder by folder.

    Args:
        names: file or folder names, relative to the folders searched; an absolute path stands for
            itself.
    Returns:
        Its path, or None.
    """
    for folder in folders():
        for name in names:
            if (folder / name).exists():
                return folder / name
    return None


def lookup_or_download(remote: RemoteFile, *other_names: str) -> Path:
    """The path of a published file on this machine, downloaded if it must be.

    Args:
        remote: what is wanted.
        other_names: further names under which the folders may hold it, tried first.
    Returns:
        The path of an existing file.
    Raises:
        DatasetNotFoundError: it is nowhere and the download failed or had the wrong checksum.
    """
    found = lookup(*other_names, remote.name)
    return found if found is not None else _download(remote)


def _download(remote: RemoteFile) -> Path:
    import pooch

    target = config.cache_folder() / "datasets" / remote.name
    try:
        return Path(
            pooch.retrieve(
                remote.url,
                known_hash=remote.checksum,
                fname=target.name,
                path=target.parent,
                downloader=pooch.HTTPDownloader(timeout=_PATIENCE),
            )
        )
    except (OSError, ValueError) as cause:  # no network, no such address, a wrong checksum
        raise DatasetNotFoundError(_not_found(remote, cause)) from cause


def _not_found(remote: RemoteFile, cause: Exception) -> str:
    reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return message(
        f"Dataset file {remote.name!r} is not on this machine and could not be downloaded.",
        received=f"{reason[:200]} ({remote.url})",
        required=f"{remote.name} in one of: " + ", ".join(str(folder) for folder in folders()),
        fix="put the file into one of these folders, or set LAMINA_DATA to the folder that has it.",
    )
