"""The file of a backup: a tar with `database.dump` (PostgreSQL's custom format) and `manifest.json`.

The manifest holds the check sum of the dump and what the database held, so that one file tells all.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from geogrid.core.errors import UnreadableFile

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str
    postgresql: str
    migrations: list[str]
    extensions: list[str]
    tables: dict[str, int]
    dump_bytes: int
    dump_sha256: str


class Archive:
    """A backup opened for reading."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        """Read the manifest."""
        self.path = path
        self._tar = tar
        try:
            text = self._member(MANIFEST).read()
            self.manifest = Manifest(**json.loads(text))
        except (KeyError, TypeError, ValueError, tarfile.TarError) as error:
            raise UnreadableFile(f"{path} is no whole backup: its manifest cannot be read") from error
        if self.manifest.format != FORMAT:
            raise UnreadableFile(
                f"{path} is a backup of format {self.manifest.format}, but this program reads {FORMAT}: "
                "restore it with the version that made it"
            )

    def chunks(self) -> Iterator[bytes]:
        """Give the dump piece by piece."""
        member = self._member(DUMP)
        while chunk := member.read(CHUNK):
            yield chunk

    def verify(self) -> None:
        """Compare the dump with its check sum."""
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self.chunks():
                digest.update(chunk)
                size += len(chunk)
        except (KeyError, OSError, tarfile.TarError) as error:
            raise UnreadableFile(f"{self.path} ends early: copy it again from where it was made") from error
        if size != self.manifest.dump_bytes or digest.hexdigest() != self.manifest.dump_sha256:
            raise UnreadableFile(
                f"{self.path} is damaged: its check sum does not agree; copy it again from where it was made"
            )

    def _member(self, name: str) -> IO[bytes]:
        member = self._tar.extractfile(name)
        if member is None:
            raise KeyError(name)
        return member


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a backup, or say why it is none."""
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115 -- closed below; only its opening may fail in this way
    except FileNotFoundError as error:
        raise UnreadableFile(f"{path} does not exist") from error
    except (OSError, tarfile.TarError) as error:
        raise UnreadableFile(f"{path} is not a backup of this program: {error}") from error
    with tar:
        yield Archive(path, tar)


def write_archive(
    stream: IO[bytes], dump: Iterable[bytes], describe: Callable[[int, str], Manifest]
) -> Manifest:
    """Write a backup in one pass; the dump's header is filled in at the end, when its size is known."""
    stream.write(bytes(tarfile.BLOCKSIZE))
    digest, size = hashlib.sha256(), 0
    for chunk in dump:
        stream.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    stream.write(bytes(-size % tarfile.BLOCKSIZE))
    manifest = describe(size, digest.hexdigest())
    text = json.dumps(asdict(manifest), indent=2).encode()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
    stream.seek(0)
    stream.write(_entry(DUMP, size).tobuf(tarfile.GNU_FORMAT))
    return manifest


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    return entry
