"""Give each row of a table the cells it lies in: streamed, in order, every column as it came."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from boundaries.models import Scheme
from boundaries.selectors import edition_at, land_at
from exporters.writers.staging import staged
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, UnreadableFile
from geogrid.times import moment_text
from importers.readers.delimited import coordinate_fields
from importers.services.located_tables import ANSWER_COLUMNS, PARQUET, DelimitedTable, ParquetTable
from importers.services.point_cells import PointAnswer, PointCells
from layers.services.progress import Progress

_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """How many rows there were, and where they lie."""

    rows: int = 0
    in_cell: int = 0
    in_gap: int = 0
    outside: int = 0
    on_edge: int = 0
    without_place: int = 0


def file_locate(
    *,
    path: Path,
    out: Path,
    scheme: Scheme,
    at: dt.datetime,
    crs: str = "EPSG:4326",
    lon_field: str | None = None,
    lat_field: str | None = None,
    progress: Progress | None = None,
) -> LocatedFile:
    """Write a table with the cells of each row at a time; the file appears when it is complete.

    Raises
    ------
    BadInput
        If a file, field, coordinate system or edition that is needed is not there.
    """
    progress = progress or Progress()
    _check_files(path, out)
    system = resolve_crs(crs)
    if edition_at(scheme, at) is None:
        raise BadInput(
            f"the scheme {scheme.code} has no edition in force at {moment_text(at)}: "
            "publish one, or name a later time with --at"
        )
    counts: Counter[str] = Counter()
    with staged(out) as target, ExitStack() as files:
        table = (ParquetTable if _is_parquet(path) else DelimitedTable)(path, files)
        where = coordinate_fields(path, table.fields, lon_field, lat_field)
        cells = PointCells(land_at(scheme, at), system)
        added = (*cells.columns, *ANSWER_COLUMNS)
        _refuse_taken(path, table.fields, added)
        table.begin(target, added)
        for piece, texts, faults in table.pieces(where):
            answers = cells.answers(texts, where)
            for row, fault in faults.items():
                # Whether its coordinates stand where they should nobody knows.
                answers[row] = cells.without_place(fault)
            table.put(piece, answers)
            counts.update(_counted(answers))
            progress(f"{path.name}: {counts['rows']} rows located")
        if not counts["rows"]:
            raise UnreadableFile(f"{path.name} holds no rows.")
    return replace(LocatedFile(), **counts)


def _check_files(path: Path, out: Path) -> None:
    """Refuse what cannot go well before anything is computed."""
    if not path.is_file():
        raise UnreadableFile(f"{path.name} {'is not a file' if path.exists() else 'does not exist'}.")
    if path.suffix.lower() in _SPREADSHEETS:
        raise UnreadableFile(f"{path.name} is a spreadsheet, which is not read here yet; save it as CSV.")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if empty:
        raise UnreadableFile(f"{path.name} is empty (0 bytes).")
    if out.resolve() == path.resolve() or (out.exists() and out.samefile(path)):
        raise BadInput(f"{out.name} is the file that is read; name another with -o")
    if out.suffix.lower() in _SPREADSHEETS or _is_parquet(out) != _is_parquet(path):
        kind = "a Parquet file (.parquet)" if _is_parquet(path) else "CSV (.csv)"
        raise BadInput(f"{path.name} is written as {kind}, the kind it is of; {out.name} is of another")


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in PARQUET


def _refuse_taken(path: Path, fields: Sequence[str], added: Sequence[str]) -> None:
    taken = [name for name in added if name in fields]
    if taken:
        raise BadInput(
            f"{path.name} has a column {taken[0]} already, which would be added; rename it, or take it out"
        )


def _counted(answers: Sequence[PointAnswer]) -> Iterator[str]:
    for answer in answers:
        yield "rows"
        yield answer.state
        if answer.on_edge:
            yield "on_edge"
