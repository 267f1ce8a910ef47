"""The files CIFAR-10 and CIFAR-100 are published in: a tar archive of pickled batches.

The archive is read in place and never unpacked to disk; Keras's unpacked copy is used if it is
there.
"""

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lamina.base.config import image_data_format
from lamina.datasets.arrays import read_pickled_dict, unreadable
from lamina.datasets.files import RemoteFile, lookup, lookup_or_download


def load_batches(
    archive: RemoteFile, unpacked: str, members: Sequence[str], label_key: str
) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of some batches, one after the other.

    Args:
        archive: the published tar file.
        unpacked: folder of the batches, inside Keras's cache and inside the archive's own cache.
        members: names of the batches.
        label_key: which labels to take.
    Returns:
        images uint8 (rows, 32, 32, 3), or (rows, 3, 32, 32) when `image_data_format()` says so, and
        labels uint8 (rows, 1).
    Raises:
        DatasetNotFoundError: the archive is nowhere and cannot be downloaded.
        FileFormatError: it is damaged or holds something else.
    """
    batches = _read_folder(unpacked, members)
    if batches is None:
        batches = _read_archive(lookup_or_download(archive), unpacked, members)
    images = np.concatenate([batch["data"] for batch in batches]).astype(np.uint8)
    labels = np.concatenate([batch[label_key] for batch in batches]).astype(np.uint8)
    images = images.reshape(-1, 3, 32, 32)
    if image_data_format() == "channels_last":
        images = images.transpose(0, 2, 3, 1)
    return images, labels.reshape(-1, 1)


def _read_folder(unpacked: str, members: Sequence[str]) -> list[dict] | None:
    folder = lookup(f"{unpacked}-target/{unpacked}", unpacked)
    if folder is None or not folder.is_dir():
        return None
    batches = []
    for member in members:
        with open(folder / member, "rb") as stream:
            batches.append(read_pickled_dict(stream, folder / member))
    return batches


def _read_archive(path: Path, unpacked: str, members: Sequence[str]) -> list[dict]:
    batches = []
    try:
        with tarfile.open(path) as archive:
            for member in members:
                stream = archive.extractfile(f"{unpacked}/{member}")
                if stream is None:
                    raise KeyError(member)
                batches.append(read_pickled_dict(stream, path))
    except (KeyError, tarfile.TarError, EOFError) as cause:
        raise unreadable(path, "archive of CIFAR batches", cause) from cause
    return batches
