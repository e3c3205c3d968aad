"""Find a scheme document by name or path and read it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from geogrid.core.errors import NotFound, UnreadableFile
from schemes.documents import SchemeDocument, decode, parse_document
from schemes.documents.parse import MAX_BYTES

ROOT = Path(__file__).resolve().parent.parent
SCHEMES_DIR = ROOT / "data" / "schemes"
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class LoadedDocument:
    """A checked document with the text it was read from, the SHA-256 of the file and its path."""

    document: SchemeDocument
    text: str
    sha256: str
    path: Path


def read_document(name_or_path: str | Path) -> LoadedDocument:
    """Read a scheme document.

    Parameters
    ----------
    name_or_path : str or Path
        A bare name means `data/schemes/NAME.yaml`; anything with a folder or an ending is a path.

    Raises
    ------
    NotFound
        There is no such file; for a bare name the message lists the names that exist.
    UnreadableFile
        It is a folder, a device, or may not be read.
    BadDocument
        It is not a valid scheme document; see `parse_document`.
    """
    path = _locate(name_or_path)
    shown = shown_path(path)
    try:
        if not path.is_file():
            raise UnreadableFile(f"{shown} is not a file; give the path of a YAML file", file=shown)
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(f"{shown} cannot be read: {error.strerror}", file=shown) from error
    text = decode(content, shown)
    document = parse_document(text, shown)
    return LoadedDocument(document, text, hashlib.sha256(content).hexdigest(), path)


def document_names() -> list[str]:
    """Names of the documents that ship with the project, sorted."""
    return sorted(path.stem for path in SCHEMES_DIR.glob("*.yaml"))


def shown_path(path: Path) -> str:
    """How errors call a file: relative to the project where it lies inside, else as given."""
    absolute = path.resolve()
    return str(absolute.relative_to(ROOT)) if absolute.is_relative_to(ROOT) else str(path)


def _locate(name_or_path: str | Path) -> Path:
    given = str(name_or_path)
    if not given.strip() or "\0" in given:
        raise NotFound("No scheme document is named; give a name or the path of a YAML file.")
    path = Path(given)
    bare = len(path.parts) == 1 and path.suffix.lower() not in SUFFIXES and path.name not in {".", ".."}
    if bare and not isinstance(name_or_path, Path):
        path = SCHEMES_DIR / f"{given}.yaml"
    try:
        exists = path.exists()
    except OSError as error:
        raise NotFound(f"{given[:80]} is no usable path: {error.strerror}.", name=given) from error
    if not exists:
        raise NotFound(_missing_text(given, bare=bare), name=given)
    return path


def _missing_text(given: str, *, bare: bool) -> str:
    names = ", ".join(document_names()) or "none"
    if bare:
        return f'There is no scheme document "{given}"; the ones that exist are: {names}.'
    return f"There is no file {given}; give the path of a YAML file or one of these names: {names}."
