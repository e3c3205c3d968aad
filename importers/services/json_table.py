"""A JSON list of places, each an object or a pair; what was in an object stays in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from geogrid.core.errors import UnreadableFile
from importers.services.located_tables import ROWS_AT_ONCE, Piece
from importers.services.point_cells import Answers

MOST_BYTES = 32 << 20


class JsonTable:
    """The rows of a list; all of it is in memory, so that it is limited to `MOST_BYTES`."""

    def __init__(self, path: Path) -> None:
        """Read a file."""
        try:
            rows = json.loads(path.read_bytes(), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(f"the body is no JSON: {str(error)[:200]}") from error
        if not isinstance(rows, list):
            raise UnreadableFile('the body has to be a JSON list: [{"lon": 118.3, "lat": 29.7}, …]')
        self._rows = [_row(row) for row in rows]
        self.rows: int | None = len(rows)
        self.fields = tuple(dict.fromkeys(name for row in self._rows for name in row)) or ("lon", "lat")

    def begin(self, out: IO[bytes], columns: Sequence[str]) -> None:
        """Begin the list that is written."""
        self._out, self._columns, self._first = out, columns, True
        out.write(b"[")

    def pieces(self, where: tuple[str, str]) -> Iterator[Piece]:
        """Give pieces of the list and their coordinates."""
        for begin in range(0, len(self._rows), ROWS_AT_ONCE):
            piece = self._rows[begin : begin + ROWS_AT_ONCE]
            lon, lat = (pa.array([_text(row.get(name)) for row in piece], pa.string()) for name in where)
            yield piece, (lon, lat), {}

    def put(self, piece: list[dict[str, Any]], answers: Answers) -> None:
        """Write a piece with its answers."""
        columns: list[list[Any]] = [[code or None for code in codes] for codes in answers.codes]
        placed = answers.placed.tolist()
        columns += [
            [value if there else None for value, there in zip(truth.tolist(), placed, strict=True)]
            for truth in (answers.on_edge, answers.outside)
        ]
        columns.append([answers.faults.get(row) for row in range(len(piece))])
        if answers.posts is not None:
            columns.append([json.loads(text) if text else [] for text in answers.posts])
        for row, said in zip(piece, zip(*columns, strict=True), strict=True):
            row.update(zip(self._columns, said, strict=True))
            text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            self._out.write(("" if self._first else ",\n").encode() + text.encode("utf-8", "replace"))
            self._first = False

    def end(self) -> None:
        """Finish the list."""
        self._out.write(b"]")


def _row(row: Any) -> dict[str, Any]:
    if isinstance(row, dict):
        return dict(row)
    if isinstance(row, list) and len(row) == 2:
        return {"lon": row[0], "lat": row[1]}
    return {"value": row}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
