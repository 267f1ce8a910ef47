"""Downloads: hashes, cache, names and archives that would leave the folder."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from lamina.base.errors import FileFormatError
from lamina.utils import get_file
from lamina.utils.files import DownloadError, extract_archive


@pytest.fixture
def origin(tmp_path):
    path = tmp_path / "web" / "data.txt"
    path.parent.mkdir()
    path.write_text("float, train as we sail")
    return path


def names(folder):
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_download_once(tmp_path, origin):
    cache = tmp_path / "cache"
    path = get_file(origin=origin.as_uri(), cache_dir=cache)
    assert path == str(cache / "datasets" / "data.txt")
    origin.write_text("changed")
    get_file(origin=origin.as_uri(), cache_dir=cache)
    assert "sail" in Path(path).read_text()
    get_file("data.txt", origin.as_uri(), cache_dir=cache, force_download=True)
    assert Path(path).read_text() == "changed"
    assert names(cache) == ["data.txt"]


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_hash(tmp_path, origin, algorithm):
    cache = tmp_path / "cache"
    good = hashlib.new(algorithm, origin.read_bytes()).hexdigest()
    path = get_file("a", origin.as_uri(), file_hash=good, cache_dir=cache)
    Path(path).write_text("damaged")
    get_file("a", origin.as_uri(), file_hash=good, cache_dir=cache)
    assert "sail" in Path(path).read_text()
    with pytest.raises(ValueError, match="Incomplete or corrupted file detected"):
        get_file("b", origin.as_uri(), file_hash="0" * len(good), cache_dir=cache)
    assert names(cache) == ["a"]


@pytest.mark.parametrize("name", ["../a", "a/b", "..", "/etc/passwd", "a\\b", "c:a"])
def test_names_with_folders(tmp_path, origin, name):
    with pytest.raises(ValueError, match="Paths are no longer accepted"):
        get_file(name, origin.as_uri(), cache_dir=tmp_path)


def test_bad_addresses(tmp_path, origin):
    with pytest.raises(ValueError, match="origin"):
        get_file("a", cache_dir=tmp_path)
    with pytest.raises(ValueError, match="cannot be fetched|can be fetched"):
        get_file("a", "ftp://host/a", cache_dir=tmp_path)
    with pytest.raises(ValueError, match="parse the file name"):
        get_file(origin="https://host/", cache_dir=tmp_path)
    with pytest.raises(ValueError, match=r"'\.\.'"):
        get_file("a", origin.as_uri(), cache_dir=tmp_path, cache_subdir="../b")
    with pytest.raises(DownloadError, match="URL fetch failure"):
        get_file("a", (origin.parent / "none").as_uri(), cache_dir=tmp_path)


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_archives(tmp_path, origin, kind):
    archive = tmp_path / f"pack.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.write(origin, "inner/data.txt")
    else:
        with tarfile.open(archive, "w:gz") as file:
            file.add(origin, "inner/data.txt")
    for given, folder in ((None, archive.name), (archive.name, "pack_extracted"), ("p", "p")):
        cache = tmp_path / f"cache for {given}"
        for _ in range(2):
            path = get_file(given, archive.as_uri(), extract=True, cache_dir=cache)
            assert path == str(cache / "datasets" / folder)
            assert names(Path(path)) == ["data.txt"]


def _tar(path, member, link=None):
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo(member)
        if link:
            info.type, info.linkname = tarfile.SYMTYPE, link
        file.addfile(info, io.BytesIO())


def _zip(path, member):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(member, "x")


@pytest.mark.parametrize(
    "make",
    [
        lambda p: _tar(p, "../out.txt"),
        lambda p: _tar(p, "link", link="../../out"),
        lambda p: _tar(p, "link", link="/etc"),
        lambda p: _zip(p, "../out.txt"),
        lambda p: _zip(p, "/tmp/out.txt"),
    ],
)
def test_archives_stay_inside(tmp_path, make):
    archive = tmp_path / "evil"
    make(archive)
    with pytest.raises(FileFormatError, match="outside"):
        extract_archive(archive, tmp_path / "folder")
    assert names(tmp_path) == ["evil"]
