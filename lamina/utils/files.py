"""Files fetched from the web once and kept in a cache folder.

A download goes to a temporary file, is compared with the hash, and only then takes its name; an
interrupted or wrong download leaves nothing behind. Names and archive members that would leave the
folder are refused.
"""

import hashlib
import os
import re
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from lamina.base.errors import ArgumentError, FileFormatError, LaminaError, message
from lamina.utils.progbar import Progbar

_SCHEMES = ("http", "https", "file")
_CHUNK = 1 << 20
_TIMEOUT_S = 30


class DownloadError(LaminaError, OSError):
    """A file could not be fetched."""


def get_file(
    fname: str | os.PathLike | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """A file from the web, downloaded unless it is in the cache.

    Args:
        fname: the file's name in the cache, without folders. None: its name in `origin`.
        origin: http, https or file address.
        untar: old name of `extract`.
        md5_hash: old form of `file_hash`.
        file_hash: SHA-256 or MD5 in hexadecimal; a cached file that differs is fetched again. Give
            it
            whenever it is known: nothing else proves that the file is the one meant.
        cache_subdir: folder inside the cache folder, or an absolute folder.
        hash_algorithm: "sha256", "md5", or "auto" to tell by the hash's length.
        extract: unpack a tar or zip archive.
        archive_format: "tar", "zip", a list of these, "auto" for both, None for none.
        cache_dir: the cache folder. None: `KERAS_HOME`, else ~/.keras.
        force_download: fetch the file even if it is in the cache.
    Returns:
        Path of the file, or with `extract` of the folder it was unpacked to.
    Raises:
        ArgumentError: no origin, a name that contains folders, an unknown kind of address, or a
            file that does not have the hash.
        DownloadError: the file could not be fetched.
        FileFormatError: a member of the archive would be written outside its folder.
    """
    if not origin:
        raise ArgumentError(
            message('Please specify the "origin" argument.', required="the address of the file")
        )
    if file_hash is None and md5_hash is not None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = _cache_folder(cache_dir, cache_subdir)
    name = _file_name(fname, origin)
    unpack = extract or untar
    target, unpacked = folder / name, folder / name
    if unpack and fname and "." in name:
        unpacked = folder / f"{name.partition('.')[0]}_extracted"
    elif unpack:
        target = folder / f"{name}_archive"
    known = target.exists() and not force_download
    if not known or (file_hash and not validate_file(target, file_hash, hash_algorithm)):
        _download(origin, target, file_hash, hash_algorithm)
    if not unpack:
        return str(target)
    if not unpacked.exists() or not known:
        extract_archive(target, unpacked, archive_format)
    return str(unpacked)


def _cache_folder(cache_dir: Any, cache_subdir: str) -> Path:
    home = Path(cache_dir or os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    if ".." in PurePosixPath(str(cache_subdir).replace("\\", "/")).parts:
        raise ArgumentError(message("`cache_subdir` must not contain '..'.", repr(cache_subdir)))
    try:
        folder = home / cache_subdir
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    folder = Path(tempfile.gettempdir()) / ".keras" / cache_subdir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file_name(fname: Any, origin: str) -> str:
    address = urllib.parse.urlsplit(origin)
    if address.scheme not in _SCHEMES:
        raise ArgumentError(
            message("`origin` is not an address that can be fetched.", origin[:80], "http(s)://...")
        )
    name = os.fspath(fname) if fname else PurePosixPath(address.path).name
    if not name:
        raise ArgumentError(
            message(
                f"Can't parse the file name from the origin provided: {origin[:120]!r}.",
                fix="give `fname`",
            )
        )
    if name in (".", "..") or re.search(r"[/\\:\0]", name):
        raise ArgumentError(
            message(
                "Paths are no longer accepted as the `fname` argument.",
                received=f"fname={name!r}",
                required="a file name without folders",
                fix="choose the folder with `cache_dir` and `cache_subdir`",
            )
        )
    return name


def _download(origin: str, target: Path, file_hash: str | None, algorithm: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name + ".")
    try:
        try:
            with os.fdopen(handle, "wb") as out:
                print(f"Downloading data from {origin}", flush=True)
                with urllib.request.urlopen(origin, timeout=_TIMEOUT_S) as response:
                    _copy(response, out)
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise DownloadError(
                message(
                    f"URL fetch failure on {origin[:200]}.",
                    received=str(error)[:200],
                    fix=f"check the connection, or put the file at {target}",
                )
            ) from error
        if file_hash and not validate_file(temporary, file_hash, algorithm):
            raise ArgumentError(
                message(
                    "Incomplete or corrupted file detected.",
                    received=f"a file from {origin[:200]} with another hash",
                    required=f"{algorithm} file hash {file_hash}",
                    fix="try again; if the hash still differs, do not use the file",
                )
            )
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _copy(response: Any, out: BinaryIO) -> None:
    size = response.headers.get("Content-Length")
    bar = Progbar(int(size) if size else None, unit_name="byte")
    done = 0
    while chunk := response.read(_CHUNK):
        out.write(chunk)
        done += len(chunk)
        bar.update(done)
    if size and done < int(size):
        raise ConnectionError(f"the connection ended after {done} of {size} bytes")


def validate_file(path: Any, file_hash: str, algorithm: str = "auto") -> bool:
    """Whether a file has a hash.

    Args:
        path: the file.
        file_hash: hexadecimal SHA-256 or MD5.
        algorithm: "sha256", "md5", or "auto" to tell by the length.
    Returns:
        bool.
    Raises:
        ArgumentError: an unknown algorithm.
    """
    if algorithm in ("auto", "auto_detect"):
        algorithm = "sha256" if len(file_hash) == 64 else "md5"
    if algorithm not in ("sha256", "md5"):
        raise ArgumentError(message("Unknown `hash_algorithm`.", algorithm, "'sha256', 'md5'"))
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == file_hash.lower()


def extract_archive(path: Any, folder: Any, archive_format: Any = "auto") -> bool:
    """Unpack a tar or zip archive; all of it, or nothing.

    Args:
        path: the archive.
        folder: where to; made if it does not exist.
        archive_format: "tar", "zip", a list of these, "auto" for both, None for none.
    Returns:
        Whether the file was an archive of these formats.
    Raises:
        FileFormatError: a member would be written outside `folder`, or is a device.
    """
    formats = {"auto": ["tar", "zip"], None: []}.get(
        archive_format if not isinstance(archive_format, list) else "", archive_format
    )
    formats = [formats] if isinstance(formats, str) else list(formats)
    unpack = None
    if "tar" in formats and tarfile.is_tarfile(path):
        unpack = _unpack_tar
    elif "zip" in formats and zipfile.is_zipfile(path):
        unpack = _unpack_zip
    if unpack is None:
        return False
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name + "."))
    try:
        unpack(path, staging)
        staging.chmod(0o755)
        if folder.exists():
            shutil.copytree(staging, folder, dirs_exist_ok=True, symlinks=True)
        else:
            os.replace(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return True


def _unpack_tar(path: Any, folder: Path) -> None:
    with tarfile.open(path) as archive:
        try:
            archive.extractall(folder, filter="data")
        except tarfile.FilterError as error:
            raise _unsafe(path, str(error)) from error


def _unpack_zip(path: Any, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            inside = (folder / name).resolve().is_relative_to(folder.resolve())
            if not inside or "\\" in name or PurePosixPath(name).is_absolute():
                raise _unsafe(path, f"member {name[:100]!r}")
        archive.extractall(folder)


def _unsafe(path: Any, what: str) -> FileFormatError:
    return FileFormatError(
        message(
            f"The archive {Path(path).name!r} would write outside its folder.",
            received=what,
            fix="do not trust this file; nothing of it was unpacked",
        )
    )
