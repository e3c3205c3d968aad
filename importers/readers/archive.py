"""Zipped shapefiles: only the parts of the one chosen layer are unpacked, under names of our own."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile, ZipInfo

from geogrid.core.errors import UnreadableFile
from importers.readers.shapefile import EXTENSIONS, read_shapefile
from importers.readers.table import RawTable, choose_layer, listed

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 4 << 30
MAX_RATIO = 500
"""Unpacked size against packed size, beyond which an archive of some size is taken for a bomb."""
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1
_CHUNK = 1 << 20
_TROUBLE = (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)

Members = dict[str, ZipInfo]


def read_zipped_shapefile(path: Path, *, layer: str | None, encoding: str | None) -> RawTable:
    """Read one layer of a zip archive of shapefiles, in whatever folders they lie.

    Raises
    ------
    UnreadableFile
        If it is not a zip archive, is damaged, encrypted, too large, or holds no shapefile.
    """
    with _opened(path) as archive:
        layers = _layers(path, archive)
        chosen = choose_layer(path, list(layers), layer)
        with TemporaryDirectory(prefix="geogrid-zip-") as folder:
            parts = _unpack(path, archive, layers[chosen], Path(folder))
            return read_shapefile(parts, path, layer=chosen, encoding=encoding)


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(path)
    except _TROUBLE as error:
        raise UnreadableFile(
            f"{path.name} is not a zip archive, or it is damaged; get a complete copy."
        ) from error
    with archive:
        yield archive


def _layers(path: Path, archive: ZipFile) -> dict[str, Members]:
    """Group the members of an archive into shapefiles by name."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise UnreadableFile(f"{path.name} has {len(members)} members; at most {MAX_MEMBERS} are read.")
    grouped: dict[tuple[str, str], Members] = {}
    names = []
    for member in members:
        name = PurePosixPath(_name(member).replace("\\", "/"))
        if member.is_dir() or name.name.startswith("._") or "__MACOSX" in name.parts:
            continue
        names.append(str(name))
        extension = name.suffix[1:].lower()
        if extension in EXTENSIONS:
            grouped.setdefault((str(name.parent), name.stem), {})[extension] = member
    shapefiles = {key: parts for key, parts in grouped.items() if "shp" in parts}
    if not shapefiles:
        inside = f"it holds {listed(names)}" if names else "it is empty"
        raise UnreadableFile(f"{path.name} holds no shapefile (.shp): {inside}.")
    stems = [stem for _, stem in shapefiles]
    return {
        stem if stems.count(stem) == 1 else f"{folder}/{stem}": parts
        for (folder, stem), parts in shapefiles.items()
    }


def _name(member: ZipInfo) -> str:
    """Return a member's name; archives made on Chinese Windows write it in GBK without saying so."""
    if member.flag_bits & _UTF8_NAMES:
        return member.filename
    raw = member.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).split("\x00")[0]
        except UnicodeDecodeError:
            continue
    return member.filename


def _unpack(path: Path, archive: ZipFile, members: Members, folder: Path) -> dict[str, Path]:
    """Write the parts as layer.shp, layer.dbf, …; a name inside the archive never becomes a path."""
    left = MAX_UNPACKED_BYTES
    parts = {}
    for extension, member in members.items():
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableFile(f"{path.name} is protected by a password; unpack it and zip it without one.")
        target = folder / f"layer.{extension}"
        left -= _copy(path, archive, member, target, left)
        parts[extension] = target
    return parts


def _copy(path: Path, archive: ZipFile, member: ZipInfo, target: Path, limit: int) -> int:
    suspicious = member.file_size > MAX_RATIO * max(member.compress_size, 1 << 17)
    if member.file_size > limit or suspicious:
        raise UnreadableFile(
            f"{path.name} unpacks to {member.file_size} bytes and more, too much for it; split it."
        )
    try:
        with archive.open(member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, _CHUNK)  # never more than the size that was checked
    except _TROUBLE as error:
        raise UnreadableFile(
            f"{path.name}: {_name(member)} is damaged inside the archive; get a complete copy."
        ) from error
    return target.stat().st_size
