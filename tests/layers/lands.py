"""Small lands for the tests of features, their rows written directly.

The city C has six lots; one of them no cell covers::

    2    B    (gap)
    10   9    100

Codes are in byte order 10, 100, 2, 9, B: neither that of numbers nor that of the places.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from boundaries.models import Acceptance, Cell, CellVersion, Edition, Scheme
from layers.models import Assignment, Feature, Layer
from tests.boundaries.schemes import partition_levels

WEST, SOUTH, STEP = 118.0, 30.0, 0.01
LOTS = {"10": (0, 0), "9": (1, 0), "100": (2, 0), "2": (0, 1), "B": (1, 1)}
LONG_AGO = timezone.now() - dt.timedelta(days=100)


def at(x: float, y: float) -> tuple[float, float]:
    """A place, counted in lots from the south-west corner."""
    return round(WEST + x * STEP, 8), round(SOUTH + y * STEP, 8)


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(at(x, y))


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    corners = [(west, south), (east, south), (east, north), (west, north)]
    return shapely.Polygon([at(x, y) for x, y in corners])


def lot(x: int, y: int) -> shapely.Polygon:
    return box(x, y, x + 1, y + 1)


def city() -> shapely.Polygon:
    """The outline of all six lots, with a node at every corner of a lot."""
    south, north = [at(x, 0) for x in range(4)], [at(x, 2) for x in range(3, -1, -1)]
    return shapely.Polygon([*south, at(3, 1), *north, at(0, 1)])


def geos(shape: shapely.Geometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)


@dataclass
class Land:
    """A scheme, written edition by edition."""

    scheme: Scheme
    cells: dict[str, Cell] = field(default_factory=dict)

    @transaction.atomic
    def publish(
        self,
        lots: Mapping[str, shapely.Polygon],
        effective: dt.datetime = LONG_AGO,
        *,
        outline: shapely.Polygon | None = None,
    ) -> Edition:
        """Make the lots the next edition: what is not among them is retired, what changes gets a version."""
        edition = Edition.objects.create(
            scheme=self.scheme,
            number=self.scheme.editions.count() + 1,
            effective=effective,
            published_at=timezone.now(),
            certificate={},
        )
        wanted = {"C": outline or city(), **lots}
        self.accept(shapely.difference(wanted["C"], shapely.union_all(list(lots.values()))), effective)
        versions = CellVersion.objects.filter(Q(valid__upper_inf=True), scheme=self.scheme)
        for version in versions:
            if version.code not in wanted or not version.geom.equals_exact(
                geos(_multi(wanted[version.code]))
            ):
                version.valid = (version.valid.lower, effective)
                version.save()
            else:
                del wanted[version.code]
        for code, shape in wanted.items():
            self._write(code, shape, edition)
        return edition

    def accept(self, gap: shapely.Geometry, since: dt.datetime = LONG_AGO) -> None:
        """Accept land that no lot covers, or else the database would not let the edition pass."""
        if not gap.is_empty:
            Acceptance.objects.create(
                scheme=self.scheme,
                ident=f"gap {self.scheme.acceptances.count()}",
                reason="left open",
                valid=(since, None),
                level=self.scheme.levels.get(code="lot"),
                geom=geos(_multi(gap)),
            )

    def _write(self, code: str, shape: shapely.Polygon, edition: Edition) -> None:
        level = self.scheme.levels.get(code="city" if code == "C" else "lot")
        cell = self.cells.get(code) or Cell.objects.create(scheme=self.scheme, level=level)
        self.cells[code] = cell
        CellVersion.objects.create(
            cell=cell,
            scheme=self.scheme,
            level=level,
            parent=None if code == "C" else self.cells["C"],
            edition=edition,
            code=code,
            geom=geos(_multi(shape)),
            valid=(edition.effective, None),
        )


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def new_scheme(code: str = "small", **document: Any) -> Land:
    """A scheme with two levels and nothing published."""
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document=document)
    partition_levels(scheme, ("city", "lot"))
    return Land(scheme)


def five_lots() -> dict[str, shapely.Polygon]:
    return {code: lot(*place) for code, place in LOTS.items()}


def new_layer(code: str = "thing", **values: Any) -> Layer:
    return Layer.objects.create(code=code, name_zh=code, name_en=code, **{"geometry_type": "any", **values})


def put(layer: Layer, key: str, shape: shapely.Geometry) -> Feature:
    """Write a feature without assigning it."""
    return Feature.objects.create(layer=layer, key=key, geom=geos(shape), valid=(LONG_AGO, None))


def now_in(land: Land, key: str, at: dt.datetime | None = None) -> tuple[str | None, str]:
    """The code of the cell of a feature and the method that decided, now or at a time."""
    moment = at or timezone.now()
    found = Assignment.objects.get(feature__key=key, scheme=land.scheme, valid__contains=moment)
    if found.cell_id is None:
        return None, found.method
    version = CellVersion.objects.get(cell=found.cell_id, valid__contains=moment)
    return version.code, found.method


def history(land: Land, key: str) -> list[tuple[str | None, str, dt.datetime, dt.datetime | None]]:
    """All answers of a feature in the order of time: cell, method, from, to."""
    rows = Assignment.objects.filter(feature__key=key, scheme=land.scheme).order_by("valid")
    code = {cell.pk: name for name, cell in land.cells.items()}
    return [(code.get(row.cell_id), row.method, row.valid.lower, row.valid.upper) for row in rows]
