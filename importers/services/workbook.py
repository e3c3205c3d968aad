"""The first sheet of an Excel workbook (.xlsx): read row by row, written again with cells added to each.

Everything else in the workbook is copied as it is: formulas, formats, other sheets. What is added is text in
the cells themselves, which no program takes for a formula. The sheet's own bytes pass through: of a row only
what follows its last cell is new. A workbook is a zip of XML: nothing of it is unpacked beyond a limit, and
nothing that declares entities is read.
"""

from __future__ import annotations

import re
import xml.parsers.expat
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import pyarrow as pa

from geogrid.core.errors import UnreadableFile
from importers.readers.delimited import field_names
from importers.services.located_tables import ROWS_AT_ONCE, Piece, texts_of
from importers.services.point_cells import Answers

#: Of any part of a workbook, unpacked; Excel's own limit of 1,048,576 rows of twenty short cells is below it.
MOST_BYTES = 4 << 30
MOST_SHARED_BYTES = 512 << 20
#: Sheets are packed to a tenth or a twentieth; a thousandth is made to do harm.
_MOST_PACKED, _SMALL = 1000, 1 << 20
_CHUNK = 1 << 18
_MORE, _FINAL = False, True
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]+")


@dataclass
class Row:
    """A row: its bytes without what ends it, its number, and the values of its cells by their columns."""

    raw: bytes
    number: int
    cells: dict[int, str]


@dataclass
class _State:
    """Where the parser is."""

    rows: list[Row] = field(default_factory=list)
    number: int = 0
    begin: int = -1
    cells: dict[int, str] = field(default_factory=dict)
    column: int = -1
    kind: str = ""
    text: list[str] | None = None
    value: list[str] = field(default_factory=list)
    last_end: int = 0


class WorkbookTable:
    """The first sheet of a workbook; its first row with anything in it holds the names of the columns."""

    rows: int | None = None

    def __init__(self, path: Path, files: ExitStack) -> None:
        """Open a workbook and read the names of its columns."""
        self._path, self._files = path, files
        try:
            self._zip = files.enter_context(zipfile.ZipFile(path))
            self._sheet = _first_sheet(self._zip)
            self._refuse_bombs()
            self._shared = _shared_texts(self._zip)
        except UnreadableFile:
            raise
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, xml.parsers.expat.ExpatError) as error:
            raise self._broken(error) from error
        self._stream = self._parts()
        files.callback(self._stream.close)
        header = next((part for part in self._stream if isinstance(part, Row) and part.cells), None)
        if header is None:
            raise UnreadableFile(f"{path.name} holds no rows.")
        self._width = max(header.cells) + 1
        self._header = header
        self.fields, _ = field_names(path, [header.cells.get(at, "") for at in range(self._width)])

    def _broken(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(
            f"{self._path.name} is not a workbook that is read here, or it is damaged ({error}); "
            "save it as .xlsx again, or as CSV."
        )

    def _refuse_bombs(self) -> None:
        for part in self._zip.infolist():
            packed = part.file_size > _SMALL and part.file_size > _MOST_PACKED * max(part.compress_size, 1)
            most = MOST_SHARED_BYTES if part.filename == _SHARED else MOST_BYTES
            if packed or part.file_size > most:
                size = f"{part.file_size >> 20} MiB"
                raise UnreadableFile(
                    f"{self._path.name} would unpack to {size} ({part.filename}), which is not done."
                )

    def begin(self, out: IO[bytes], columns: Sequence[str]) -> None:
        """Begin the workbook that is written: all that is not the sheet, and the sheet up to its header."""
        self._out = self._files.enter_context(
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        )
        for part in self._zip.infolist():
            if part.filename != self._sheet:
                with self._zip.open(part) as source, self._out.open(part.filename, "w") as target:
                    while chunk := source.read(_CHUNK):
                        target.write(chunk)
        self._target = self._files.enter_context(self._out.open(self._sheet, "w", force_zip64=True))
        for part in self._before:
            self._target.write(part)
        self._write_row(self._header, list(columns))

    def pieces(self, where: tuple[str, str]) -> Iterator[Piece]:
        """Give pieces of the sheet and the texts of their coordinates."""
        lon, lat = (self.fields.index(name) for name in where)
        piece: list[Row | bytes] = []
        count = 0
        for part in self._stream:
            piece.append(part)
            count += isinstance(part, Row) and bool(part.cells)
            if count >= ROWS_AT_ONCE:
                yield self._piece(piece, lon, lat)
                piece, count = [], 0
        if piece:
            yield self._piece(piece, lon, lat)

    def _piece(self, piece: list[Row | bytes], lon: int, lat: int) -> Piece:
        rows = [part for part in piece if isinstance(part, Row) and part.cells]
        faults = {
            at: f"has a value in column {max(row.cells) + 1} where the header has {self._width}"
            for at, row in enumerate(rows)
            if max(row.cells) >= self._width
        }
        texts = [pa.array([row.cells.get(at) for row in rows], pa.string()) for at in (lon, lat)]
        return piece, (texts[0], texts[1]), faults

    def put(self, piece: list[Row | bytes], answers: Answers) -> None:
        """Write a piece with its answers."""
        said = zip(*texts_of(answers), strict=True)
        for part in piece:
            if isinstance(part, bytes):
                self._target.write(part)
            elif part.cells:
                # Behind a value beyond the header nothing can be added in its column.
                self._write_row(part, list(next(said)))
            else:
                self._target.write(part.raw)

    def _write_row(self, row: Row, added: list[str]) -> None:
        first = max(self._width, max(row.cells) + 1)
        cells = "".join(
            f'<c r="{column_name(first + at)}{row.number}" t="inlineStr"><is><t xml:space="preserve">'
            f"{escape(_CONTROL.sub('', text))}</t></is></c>"
            for at, text in enumerate(added)
            if text
        )
        self._target.write(row.raw[: -len(_row_end(row.raw))] + cells.encode() + _row_end(row.raw))

    def end(self) -> None:
        """Finish the sheet and the workbook."""
        self._target.close()
        self._out.close()

    def _parts(self) -> Generator[Row | bytes, None, None]:
        """Split the sheet into rows and what is between them."""
        self._before: list[bytes] = []
        reader = _SheetReader(self._shared)
        seen_row = False
        try:
            with self._zip.open(self._sheet) as source:
                for part in reader.parts(source):
                    if isinstance(part, bytes) and not seen_row:
                        self._before.append(_without_dimension(part))
                        continue
                    if isinstance(part, Row) and not seen_row and not part.cells:
                        self._before.append(part.raw)
                        continue
                    seen_row = True
                    yield part
        except (zipfile.BadZipFile, OSError, xml.parsers.expat.ExpatError, EOFError, ValueError) as error:
            raise self._broken(error) from error
        if not seen_row:
            return


class _SheetReader:
    """Reads the XML of a sheet, and keeps its bytes."""

    def __init__(self, shared: Sequence[str]) -> None:
        self._shared = shared
        self._state = _State()
        self._parser = _parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.XmlDeclHandler = _refuse_encodings
        self._kept = b""
        self._offset = 0
        self._done: list[Row | bytes] = []

    def parts(self, source: IO[bytes]) -> Iterator[Row | bytes]:
        """Give rows, and what is between them, as it is read."""
        while chunk := source.read(_CHUNK):
            self._kept += chunk
            self._parser.Parse(chunk, _MORE)
            yield from self._take()
        self._parser.Parse(b"", _FINAL)
        yield from self._take()
        if self._kept:
            yield self._kept

    def _take(self) -> list[Row | bytes]:
        done, self._done = self._done, []
        self._kept = self._kept[self._state.last_end - self._offset :]
        self._offset = self._state.last_end
        return done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        state, local = self._state, name.rpartition(":")[2]
        if local == "row":
            state.begin = self._parser.CurrentByteIndex
            state.number = int(attributes.get("r", state.number + 1))
            state.cells, state.column = {}, -1
        elif local == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            state.column = column_number(found[1]) if found else state.column + 1
            state.kind, state.value = attributes.get("t", "n"), []
        elif local in {"v", "t"} and state.begin >= 0:
            state.text = state.value

    def _data(self, text: str) -> None:
        if self._state.text is not None:
            self._state.text.append(text)

    def _end(self, name: str) -> None:
        state, local = self._state, name.rpartition(":")[2]
        if local in {"v", "t"}:
            state.text = None
        elif local == "c":
            value = "".join(state.value)
            if state.kind == "s" and value:
                if not 0 <= int(value) < len(self._shared):
                    raise ValueError("a cell names a text that is not there")
                value = self._shared[int(value)]
            if value:
                state.cells[state.column] = value
        elif local == "row":
            self._row_ends()

    def _row_ends(self) -> None:
        state = self._state
        end = self._parser.CurrentByteIndex
        # Of an element without an end tag the place is behind it already.
        if self._kept.startswith(b"</", end - self._offset):
            end = self._kept.index(b">", end - self._offset) + 1 + self._offset
        if state.begin > state.last_end:
            self._done.append(self._kept[state.last_end - self._offset : state.begin - self._offset])
        raw = self._kept[state.begin - self._offset : end - self._offset]
        self._done.append(Row(_without_spans(raw), state.number, state.cells))
        state.last_end, state.begin = end, -1


_SHARED = "xl/sharedStrings.xml"
_DIMENSION = re.compile(rb"<(\w+:)?dimension\b[^>]*/>")
_SPANS = re.compile(rb'^(<[^>]*?)\sspans="[^"]*"')
_ROW_END = re.compile(rb"</(\w+:)?row\s*>\Z")


def _without_dimension(text: bytes) -> bytes:
    """Leave out how many columns the sheet has: it gets more."""
    return _DIMENSION.sub(b"", text)


def _without_spans(raw: bytes) -> bytes:
    return _SPANS.sub(rb"\1", raw, count=1)


def _row_end(raw: bytes) -> bytes:
    found = _ROW_END.search(raw)
    if found is None:
        raise ValueError("a row with cells does not end")
    return found[0]


def _parser() -> Any:
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declarations
    return parser


def _refuse_declarations(*_: object) -> None:
    raise ValueError("it declares entities")


def _refuse_encodings(_version: str, encoding: str | None, _standalone: int) -> None:
    """Bytes are added in UTF-8."""
    if encoding is not None and encoding.lower() not in {"utf-8", "us-ascii", "ascii"}:
        raise ValueError(f"its sheet is in {encoding}")


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """Find the part of the first sheet, in the order in which a person sees them."""
    sheets: list[str] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            sheets.append(next(value for key, value in attributes.items() if key.endswith(":id")))

    def target(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    for part, handler in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", target)):
        parser = _parser()
        parser.StartElementHandler = handler
        if archive.getinfo(part).file_size > _SMALL * 16:
            raise ValueError(f"{part} is too long")
        parser.Parse(archive.read(part), _FINAL)
    if not sheets:
        raise ValueError("it has no sheet")
    place = targets[sheets[0]]
    place = place.lstrip("/") if place.startswith("/") else f"xl/{place}"
    archive.getinfo(place)
    return place


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    """Read the texts that cells share; how they are pronounced (`rPh`) is no part of them."""
    if _SHARED not in archive.namelist():
        return []
    texts: list[str] = []
    inside: list[str] = []
    pronounced = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal pronounced
        local = name.rpartition(":")[2]
        pronounced += local == "rPh"
        if local == "si":
            texts.append("")
        inside.append(local)

    def end(name: str) -> None:
        nonlocal pronounced
        pronounced -= name.rpartition(":")[2] == "rPh"
        inside.pop()

    def data(text: str) -> None:
        if inside[-1] == "t" and not pronounced and texts:
            texts[-1] += text

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    with archive.open(_SHARED) as source:
        while chunk := source.read(_CHUNK):
            parser.Parse(chunk, _MORE)
    parser.Parse(b"", _FINAL)
    return texts


def column_number(name: str) -> int:
    """Give the place of a column, counted from 0, by its letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_name(number: int) -> str:
    """Give the letters of a column by its place, counted from 0."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name
