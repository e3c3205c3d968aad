"""What the pages ask beyond what the apps below answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
from django.db import connection

from boundaries.describing import CellDescription, cell_describe
from boundaries.models import CellVersion, Scheme
from boundaries.selectors import scheme_get
from boundaries.selectors.moments import as_of_time
from geogrid.db.named_sql import named_queries
from layers.models import Layer
from people.models import Post
from workspace.drawing import Drawing, Frame, draw
from workspace.duties import Duty, duties_of

QUERIES = named_queries(Path(__file__).parent / "sql" / "queries.sql")
_BEFORE = dt.timedelta(microseconds=1)

Name = dict[str, str]


@dataclass(frozen=True)
class Counted:
    """How many objects of a layer lie in a cell."""

    name: Name
    count: int


@dataclass(frozen=True)
class CellPage:
    """What the public page of a cell tells.

    `other_code` is the cell's code now, if the one that was asked for is no longer its code.
    """

    scheme: Scheme
    told: CellDescription
    level_names: dict[str, Name]
    other_code: str | None
    drawing: Drawing | None
    duties: list[Duty]
    counts: list[Counted]
    hotlines: list[str]

    @property
    def scheme_name(self) -> Name:
        """What people call the scheme."""
        return {"zh": self.scheme.name_zh, "en": self.scheme.name_en}

    @property
    def level_name(self) -> Name:
        """What people call the level."""
        return self.level_names[self.told.cell.level]


@dataclass(frozen=True)
class KnownCode:
    """A cell somewhere that has the code."""

    scheme: str
    scheme_name: Name
    name: str


@dataclass(frozen=True)
class NearCode:
    """A cell whose code is the beginning of one that is not known."""

    scheme: str
    code: str
    name: str


def _rows(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        return cursor.fetchall()


def schemes_in_words() -> dict[str, dict[str, Any]]:
    """Give by code what people call each scheme and its levels, in both languages."""
    schemes = Scheme.objects.order_by("code").prefetch_related("levels")
    return {
        scheme.code: {
            "code": scheme.code,
            "name": {"zh": scheme.name_zh, "en": scheme.name_en},
            "levels": _level_names(scheme),
        }
        for scheme in schemes
    }


def _level_names(scheme: Scheme) -> dict[str, Name]:
    return {level.code: {"zh": level.name_zh, "en": level.name_en} for level in scheme.levels.all()}


def land_box() -> list[float] | None:
    """Give west, south, east and north of all land that is in force; None if there is none."""
    box = list(_rows("land_box", {})[0])
    return None if box[0] is None else box


def cell_page(*, scheme: str, code: str) -> CellPage:
    """Tell all that everybody may know of a cell; of a retired one, what it was last.

    Raises
    ------
    NotFound
        If there is no such scheme, or no cell ever had the code.
    """
    found = scheme_get(scheme)
    told = cell_describe(as_of_time(found), code)
    posts = Post.objects.filter(scheme=found, level=told.cell.level_id, retired=False)
    return CellPage(
        scheme=found,
        told=told,
        level_names=_level_names(found),
        other_code=None if told.cell.ended is None else _code_now(told.cell.ident),
        drawing=_drawing(told),
        duties=duties_of(found.document, set(posts.values_list("code", flat=True))),
        counts=_counts(told.added.get("counts", {})),
        hotlines=[str(line) for line in found.document.get("hotlines", ())],
    )


def _code_now(cell: UUID) -> str | None:
    """Give the code of a cell that is in force; None if it is no more."""
    return CellVersion.objects.filter(cell=cell, valid__upper_inf=True).values_list("code", flat=True).first()


def _drawing(told: CellDescription) -> Drawing | None:
    cell = told.cell
    if cell.geometry is None:
        return None
    shape = shapely.geometry.shape(cell.geometry)
    frame = Frame.around(shape)
    at = told.as_of.at if cell.ended is None else cell.ended - _BEFORE
    west, south, east, north = frame.box
    box = {"west": west, "south": south, "east": east, "north": north}
    return draw(
        frame,
        shape,
        children=_shapes("cells_below", {"cell": cell.ident, "at": at}),
        around=_shapes("cells_around", {"level": cell.level_id, "cell": cell.ident, "at": at, **box}),
    )


def _shapes(query: str, parameters: Mapping[str, Any]) -> list[shapely.Geometry]:
    return [shapely.from_wkb(bytes(row[0])) for row in _rows(query, parameters) if row[0] is not None]


def _counts(counts: Mapping[str, int]) -> list[Counted]:
    layers = Layer.objects.filter(code__in=counts).order_by("code")
    return [Counted({"zh": layer.name_zh, "en": layer.name_en}, counts[layer.code]) for layer in layers]


def cells_with_code(code: str) -> list[KnownCode]:
    """Give the schemes in which a cell was ever published with that code."""
    rows = _rows("published_with_code", {"code": code})
    return [KnownCode(scheme, {"zh": zh, "en": en}, name) for scheme, zh, en, name in rows]


def code_above(*, code: str, scheme: str | None = None) -> NearCode | None:
    """Give the cell in force whose code is the longest beginning of one that is not known."""
    beginnings = [code[:length] for length in range(1, len(code))]
    rows = _rows("code_above", {"beginnings": beginnings, "scheme": scheme})
    return NearCode(*rows[0]) if rows else None
