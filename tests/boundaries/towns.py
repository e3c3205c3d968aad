"""A published land to edit: a city of two streets, each of four lots.

::

    y 2  +----+----+----+----+
         | 3  | 4  | 7  | 8  |
    y 1  +----+----+----+----+
         | 1  | 2  | 5  | 6  |
    y 0  +----+----+----+----+
         0    1    2    3    4     one unit is 0.01°

West of x 2 lies the street W, east of it E.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import shapely

from boundaries.models import Draft, Edition, Scheme
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from tests.boundaries.schemes import partition_levels

UNIT = 0.01
WGS = resolve_crs("EPSG:4326")
LOTS = {
    "1": (0, 0),
    "2": (1, 0),
    "3": (0, 1),
    "4": (1, 1),
    "5": (2, 0),
    "6": (3, 0),
    "7": (2, 1),
    "8": (3, 1),
}


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle in units."""
    return shapely.box(west * UNIT, south * UNIT, east * UNIT, north * UNIT)


def line(*points: tuple[float, float]) -> dict[str, Any]:
    """A line in units, as GeoJSON."""
    return {"type": "LineString", "coordinates": [[x * UNIT, y * UNIT] for x, y in points]}


def put(draft: Draft, level: str, cells: dict[str, tuple[str, shapely.Geometry]], **options: Any) -> Any:
    """Put cells `code: (parent, shape)` of a level into a draft as a file would."""
    return draft_cells_put(
        draft=draft,
        level=draft.scheme.levels.get(code=level),
        system=WGS,
        incoming=[
            IncomingCell(row, code, f"cell {code}", parent, {}, shape)
            for row, (code, (parent, shape)) in enumerate(cells.items(), 1)
        ],
        **options,
    )


def new_town() -> tuple[Scheme, Edition]:
    """Make the scheme, and publish its first edition."""
    scheme = Scheme.objects.create(code="town", name_zh="小城", name_en="Town", document={})
    partition_levels(scheme, ("city", "street", "lot"))
    draft = draft_open(scheme=scheme, name="first")
    put(draft, "city", {"C": ("", box(0, 0, 4, 2))})
    put(draft, "street", {"W": ("C", box(0, 0, 2, 2)), "E": ("C", box(2, 0, 4, 2))})
    put(
        draft,
        "lot",
        {code: ("W" if x < 2 else "E", box(x, y, x + 1, y + 1)) for code, (x, y) in LOTS.items()},
    )
    edition = draft_publish(draft=draft).edition
    assert edition is not None
    return scheme, edition


def across(code: str, at: float = 0.5) -> dict[str, Any]:
    """The parameters that split a lot from south to north, so far east of its western border."""
    x, y = LOTS[code]
    return {"code": code, "lines": line((x + at, y - 0.1), (x + at, y + 1.1))}


def rows_of_draft(draft: Draft) -> list[tuple[Any, ...]]:
    """Everything that a draft's rows say, byte for byte, in order of their cells."""
    rows = draft.cells.extra(select={"wkb": "ST_AsEWKB(geom)"}).order_by("cell_id")
    fields = [one.attname for one in rows.model._meta.fields if one.attname not in {"id", "geom", "fault_at"}]
    return [
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in rows.values_list("wkb", *fields)
    ]


def ident_of(scheme: Scheme, code: str) -> UUID:
    """The identity of the cell of a code."""
    ident: UUID = scheme.codes.get(code=code).cell_id
    return ident
