"""From bytes to text: which encoding, and never a silent wrong one."""

from __future__ import annotations

import codecs
from pathlib import Path

from geogrid.core.errors import BadInput, UnreadableFile

MAX_TEXT_BYTES = 1 << 30
_PIECE = 1 << 20
_LONGEST_MARK = 3

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB 18030 holds all of GBK and GB 2312, and files that claim the smaller sets often use the larger one.
_WIDENED = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "hz": "hz"}
_CODE_PAGES = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "88591": "iso8859-1"}


def encoding_named(name: str) -> str | None:
    """Return Python's name of an encoding as people and .cpg files write it, or None if it is none."""
    text = name.strip().strip("\x00").lower().removeprefix("ansi ").removeprefix("oem ")
    if text.isdecimal():
        text = _CODE_PAGES.get(text, f"cp{text}")
    try:
        info = codecs.lookup(text)
        b"a".decode(text)
    except (LookupError, UnicodeError, ValueError):
        return None
    return _WIDENED.get(info.name, info.name)


def require_encoding(name: str) -> str:
    """Return Python's name of an encoding a person named, or refuse."""
    found = encoding_named(name)
    if found is None:
        raise BadInput(f'"{name}" is not an encoding; name one as utf-8, gb18030 or cp1252.', encoding=name)
    return found


def read_text(path: Path, encoding: str | None) -> tuple[str, str]:
    """Read a text file.

    The order: the encoding that was named, a byte order mark, strict UTF-8, GB 18030.

    Returns
    -------
    tuple of str
        The text and the encoding that was used.

    Raises
    ------
    UnreadableFile
        If the file is too large or its bytes are in none of these encodings.
    """
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise UnreadableFile(f"{path.name} is larger than 1 GiB; convert it to a GeoPackage and import that.")
    data = path.read_bytes()
    for candidate in _candidates(data, encoding):
        try:
            return data.decode(candidate), candidate
        except UnicodeError:
            continue
    if encoding is not None:
        raise UnreadableFile(f"{path.name} is not text in {encoding}; leave --encoding out or name another.")
    raise UnreadableFile(
        f"{path.name} is neither UTF-8 nor GB 18030 text; name its encoding with --encoding."
    )


def encoding_of(path: Path) -> str:
    """Find the encoding of a text file of any size, reading it in pieces; the order is that of `read_text`.

    Raises
    ------
    UnreadableFile
        If its bytes are in none of these encodings.
    """
    with path.open("rb") as file:
        candidates = _candidates(file.read(_LONGEST_MARK), None)
    for candidate in candidates:
        try:
            with path.open(encoding=candidate, newline="") as text:
                while text.read(_PIECE):
                    pass
            return candidate
        except UnicodeError:
            continue
    raise UnreadableFile(f"{path.name} is neither UTF-8 nor GB 18030 text; convert it to UTF-8.")


def _candidates(data: bytes, encoding: str | None) -> list[str]:
    if encoding is not None:
        named = require_encoding(encoding)
        return ["utf-8-sig" if named == "utf-8" else named]
    for mark, name in _MARKS:
        if data.startswith(mark):
            return [name]
    return ["utf-8", "gb18030"]
