"""Arrays in one flat buffer, which is a file as well.

The buffer begins with a head of a fixed size, little-endian: what kind of file it is, the version of the
format, its whole length, the checksum of what follows the head, two fingerprints of 64 characters each, where
each array begins and how long it is, and a checksum of the head itself. The arrays follow, each on a multiple
of 64 bytes, zeros between them.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geogrid.core.errors import UnreadableFile

Buffer = NDArray[np.uint8]
#: To be raised whenever what is written in the arrays changes its meaning.
VERSION = 1
_ARRAYS = 24
_LAYOUT = struct.Struct(f"<8sIIQI64s64s{2 * _ARRAYS}QI")
_ALIGNED = 64
_PRINT_LENGTH = 64


@dataclass(frozen=True)
class Packed:
    """What a buffer holds.

    Attributes
    ----------
    buffer : (n,) uint8
    fingerprint, over : str
        Of the land it is of, and of the land it is laid over, if it is a patch.
    arrays : dict
        Views into the buffer that cannot be written to.
    """

    buffer: Buffer
    fingerprint: str
    over: str
    arrays: dict[str, NDArray[Any]]


def pack(kind: bytes, arrays: Mapping[str, NDArray[Any]], fingerprint: str, over: str = "") -> Buffer:
    """Lay arrays in one buffer; the same arrays give the same bytes."""
    for text in (fingerprint, over):
        if len(text) > _PRINT_LENGTH or not text.isascii():
            raise ValueError(f"a fingerprint has at most {_PRINT_LENGTH} ASCII characters: {text!r}")
    places, end = [], _aligned(_LAYOUT.size)
    for array in arrays.values():
        places += [end, array.nbytes]
        end = _aligned(end + array.nbytes)
    buffer = np.zeros(end, dtype=np.uint8)
    for array, at in zip(arrays.values(), places[::2], strict=True):
        buffer[at : at + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    body = zlib.crc32(buffer[_aligned(_LAYOUT.size) :].data)
    places += [0] * (2 * _ARRAYS - len(places))
    prints = fingerprint.encode(), over.encode()
    head = _LAYOUT.pack(kind, VERSION, len(arrays), end, body, *prints, *places, 0)[:-4]
    buffer[: _LAYOUT.size] = np.frombuffer(head + struct.pack("<I", zlib.crc32(head)), dtype=np.uint8)
    buffer.flags.writeable = False
    return buffer


def unpack(buffer: Buffer, kind: bytes, names: Sequence[tuple[str, str]], name: str = "the buffer") -> Packed:
    """Find the arrays in a buffer.

    Parameters
    ----------
    buffer : (n,) uint8
    kind : bytes
    names : sequence of (name, dtype)
        The arrays, in order.
    name : str
        What to call it when it is refused.

    Raises
    ------
    UnreadableFile
        If it is of another kind or version, broken at its head, or cut off.
    """
    if len(buffer) < _LAYOUT.size or bytes(buffer[:8]) != kind.ljust(8, b"\0"):
        raise UnreadableFile(f"{name} is no {_WORDS[kind]} of this program")
    head = bytes(buffer[: _LAYOUT.size])
    _, version, count, length, _, fingerprint, over, *places, check = _LAYOUT.unpack(head)
    if version != VERSION:
        raise UnreadableFile(
            f"{name} is of version {version}, and this program reads {VERSION}: make it anew"
        )
    if check != zlib.crc32(head[:-4]) or count != len(names):
        raise UnreadableFile(f"{name} is damaged at its head: make it anew")
    if length != len(buffer):
        raise UnreadableFile(f"{name} has {len(buffer):,} bytes of {length:,}: make it anew")
    arrays = {}
    for (array, dtype), at, size in zip(
        names, places[: 2 * count : 2], places[1 : 2 * count : 2], strict=True
    ):
        arrays[array] = np.frombuffer(buffer, dtype, size // np.dtype(dtype).itemsize, at)
        arrays[array].flags.writeable = False
    return Packed(buffer, _text(fingerprint), _text(over), arrays)


_WORDS = {b"GGCELLS": "index of cells", b"GGPATCH": "patch of an index of cells"}


def check_body(buffer: Buffer, name: str = "the buffer") -> None:
    """Check all bytes of a buffer whose head is right.

    Raises
    ------
    UnreadableFile
        If one is another than was written.
    """
    if zlib.crc32(buffer[_aligned(_LAYOUT.size) :].data) != _LAYOUT.unpack(bytes(buffer[: _LAYOUT.size]))[4]:
        raise UnreadableFile(f"{name} is damaged: make it anew")


def write(buffer: Buffer, path: Path) -> None:
    """Write a buffer as a file: whoever opens the path finds the whole old file or the whole new one."""
    number, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(buffer.data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def mapped(path: Path) -> Buffer:
    """Map a file: its pages are read when they are looked at, and shared by all who map it.

    Raises
    ------
    UnreadableFile
        If it cannot be opened, or is empty.
    """
    try:
        with path.open("rb") as file:
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype=np.uint8)
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("ascii")
