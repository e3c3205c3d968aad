"""Give each row of a table the cells it lies in: streamed, in order, every column as it came."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from boundaries.models import Scheme
from boundaries.participants import registered
from boundaries.selectors import edition_at, land_at
from exporters.writers.staging import staged
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, UnreadableFile
from geogrid.times import moment_text
from importers.readers.delimited import coordinate_fields
from importers.services.located_tables import ANSWER_COLUMNS, POSTS, DelimitedTable, ParquetTable, Table
from importers.services.point_cells import STATES, Answers, EditionDepths, LandDepths, PointCells
from importers.services.workbook import WorkbookTable
from layers.services.progress import Progress

CSV, PARQUET, XLSX = "CSV (.csv)", "a Parquet file (.parquet)", "a workbook (.xlsx)"
_KINDS = {".parquet": PARQUET, ".pq": PARQUET, ".xlsx": XLSX}
_TABLES: dict[str, Callable[[Path, ExitStack], Table]] = {
    CSV: DelimitedTable,
    PARQUET: ParquetTable,
    XLSX: WorkbookTable,
}
_NOT_READ = (".xlsm", ".xlsb", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """How many rows there were, and where they lie."""

    rows: int = 0
    in_cell: int = 0
    in_gap: int = 0
    outside: int = 0
    on_edge: int = 0
    without_place: int = 0

    def plus(self, answers: Answers) -> LocatedFile:
        """Count a piece more."""
        count = np.bincount(answers.state, minlength=len(STATES)).tolist()
        return LocatedFile(
            self.rows + len(answers.state),
            *(have + more for have, more in zip(self._places, count[:3], strict=True)),
            self.on_edge + int(answers.on_edge.sum()),
            self.without_place + count[3],
        )

    @property
    def _places(self) -> tuple[int, int, int]:
        return self.in_cell, self.in_gap, self.outside


def point_cells(
    *, scheme: Scheme, at: dt.datetime, crs: str = "EPSG:4326", posts: bool = False, private: bool = False
) -> PointCells:
    """Give what finds the cells of points at a time; with `posts` who answers as well.

    Raises
    ------
    BadInput
        If the scheme has no edition in force at the time, or there is no such coordinate system.
    """
    system = resolve_crs(crs)
    edition = edition_at(scheme, at)
    if edition is None:
        raise BadInput(
            f"the scheme {scheme.code} has no edition in force at {moment_text(at)}: "
            "publish one, or name a later time with --at"
        )
    edition.scheme = scheme
    now = edition_at(scheme, timezone.now())
    present = now is None or edition.number >= now.number
    land = EditionDepths(edition) if present else LandDepths(land_at(scheme, at))
    who = partial(_who_answers, scheme=scheme, at=at, private=private) if posts else None
    return PointCells(land, system, who)


def _who_answers(
    cells: Sequence[UUID], *, scheme: Scheme, at: dt.datetime, private: bool
) -> dict[UUID, list[dict[str, Any]]]:
    said: dict[UUID, list[dict[str, Any]]] = {cell: [] for cell in cells}
    for participant in registered():
        for cell, answers in participant.who_answers(
            scheme=scheme, cells=cells, at=at, private=private
        ).items():
            said[cell].extend(answers)
    return said


def table_locate(
    table: Table, name: str, out: IO[bytes], cells: PointCells, fields: tuple[str | None, str | None]
) -> Iterator[LocatedFile]:
    """Write a table with the cells of its rows, piece by piece; give what is done after each.

    Raises
    ------
    BadInput
        If a field that is needed is not there, or one that is added is.
    """
    where = coordinate_fields(Path(name), table.fields, *fields)
    added = (*cells.columns, *ANSWER_COLUMNS, *([POSTS] if cells.who else []))
    taken = [column for column in added if column in table.fields]
    if taken:
        raise BadInput(
            f"{name} has a column {taken[0]} already, which would be added; rename it, or take it out"
        )
    table.begin(out, added)
    done = LocatedFile()
    for piece, columns, unplaced in table.pieces(where):
        answers = cells.answers(columns, where, unplaced)
        table.put(piece, answers)
        done = done.plus(answers)
        yield done
    if not done.rows:
        raise UnreadableFile(f"{name} holds no rows.")
    table.end()


def file_locate(
    *,
    path: Path,
    out: Path,
    scheme: Scheme,
    at: dt.datetime,
    crs: str = "EPSG:4326",
    lon_field: str | None = None,
    lat_field: str | None = None,
    posts: bool = False,
    progress: Progress | None = None,
) -> LocatedFile:
    """Write a table with the cells of each row at a time; the file appears when it is complete.

    Raises
    ------
    BadInput
        If a file, field, coordinate system or edition that is needed is not there.
    """
    progress = progress or Progress()
    kind = _check_files(path, out)
    cells = point_cells(scheme=scheme, at=at, crs=crs, posts=posts)
    done, began = LocatedFile(), time.monotonic()
    with staged(out) as target, ExitStack() as files:
        table = _TABLES[kind](path, files)
        stream = files.enter_context(target.open("wb", buffering=1 << 20))
        for done in table_locate(table, path.name, stream, cells, (lon_field, lat_field)):
            progress(_told(path.name, done.rows, table.rows, time.monotonic() - began))
    return done


def _told(name: str, rows: int, total: int | None, seconds: float) -> str:
    rate = rows / max(seconds, 1e-9)
    left = f" of {total:,}, {(total - rows) / rate:,.0f} s left" if total else ""
    return f"{name}: {rows:,} rows located{left} ({rate:,.0f} rows/s)"


def _check_files(path: Path, out: Path) -> str:
    """Refuse what cannot go well before anything is computed; give the kind of file."""
    if not path.is_file():
        raise UnreadableFile(f"{path.name} {'is not a file' if path.exists() else 'does not exist'}.")
    if path.suffix.lower() in _NOT_READ:
        raise UnreadableFile(
            f"{path.name} is a spreadsheet of a kind that is not read here; save it as .xlsx or CSV."
        )
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if empty:
        raise UnreadableFile(f"{path.name} is empty (0 bytes).")
    if out.resolve() == path.resolve() or (out.exists() and out.samefile(path)):
        raise BadInput(f"{out.name} is the file that is read; name another with -o")
    kind = _KINDS.get(path.suffix.lower(), CSV)
    if out.suffix.lower() in _NOT_READ or _KINDS.get(out.suffix.lower(), CSV) != kind:
        raise BadInput(f"{path.name} is written as {kind}, the kind it is of; {out.name} is of another")
    return kind
