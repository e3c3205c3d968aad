"""Cells written into the table of versions itself, as anybody with SQL might."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from boundaries.models import Acceptance, Cell, CellVersion, Edition, Scheme
from tests.boundaries.schemes import partition_levels

LONG_AGO = timezone.now() - dt.timedelta(days=100)
STEP = 0.01


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in lots of a hundredth of a degree, with a node at every corner of a lot."""
    return ring(
        *[(x, south) for x in _steps(west, east)],
        *[(east, y) for y in _steps(south, north)],
        *[(x, north) for x in _steps(east, west)],
        *[(west, y) for y in _steps(north, south)],
    )


def _steps(start: float, end: float) -> list[float]:
    way = 1 if end > start else -1
    return [start + way * number for number in range(int(abs(end - start)))] or [start]


def ring(*places: tuple[float, float]) -> shapely.Polygon:
    """A polygon by its corners, in lots."""
    return shapely.Polygon([(round(x * STEP, 8), round(y * STEP, 8)) for x, y in places])


def geos(shape: shapely.Geometry) -> GEOSGeometry:
    """What the column holds."""
    multi = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
    return GEOSGeometry(memoryview(shapely.to_wkb(multi)), srid=4326)


@contextmanager
def watched() -> Iterator[None]:
    """Have the guard look at the end of the block; what it refuses is rolled back."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS boundaries_guard IMMEDIATE")
            cursor.execute("SET CONSTRAINTS boundaries_guard DEFERRED")


@contextmanager
def refused(says: str) -> Iterator[None]:
    """What the block writes is refused with a sentence that this pattern finds; it is rolled back."""
    with pytest.raises(IntegrityError, match=says), watched():
        yield


@dataclass
class RawLand:
    """A scheme and its one edition."""

    scheme: Scheme
    edition: Edition
    cells: dict[str, Cell] = field(default_factory=dict)

    def put(
        self,
        level: str,
        code: str,
        shape: shapely.Geometry | None,
        parent: str | None = None,
        *,
        since: dt.datetime = LONG_AGO,
        until: dt.datetime | None = None,
    ) -> CellVersion:
        """Write a version of a cell."""
        rank = self.scheme.levels.get(code=level)
        cell = self.cells.setdefault(code, Cell(scheme=self.scheme, level=rank))
        if not Cell.objects.filter(pk=cell.pk).exists():  # new, or rolled back with what was refused
            cell.save(force_insert=True)
        return CellVersion.objects.create(
            cell=cell,
            scheme=self.scheme,
            level=rank,
            parent=self.cells[parent] if parent else None,
            edition=self.edition,
            code=code,
            geom=geos(shape) if shape is not None else None,
            valid=(since, until),
        )

    def redraw(self, code: str, shape: shapely.Geometry) -> None:
        """Overwrite the land of a cell, as a raw UPDATE does."""
        CellVersion.objects.filter(scheme=self.scheme, code=code, valid__upper_inf=True).update(
            geom=geos(shape)
        )

    def close(self, code: str, at: dt.datetime) -> None:
        """End what a cell is."""
        version = CellVersion.objects.get(scheme=self.scheme, code=code, valid__upper_inf=True)
        version.valid = (version.valid.lower, at)
        version.save(update_fields=["valid"])

    def rule(self, level: str, rule: str) -> None:
        """Say how the cells of a level lie on the land."""
        self.scheme.levels.filter(code=level).update(rule=rule)

    def accept(self, level: str, shape: shapely.Geometry, until: dt.datetime | None = None) -> None:
        """Accept a gap."""
        Acceptance.objects.create(
            scheme=self.scheme,
            ident=f"{Acceptance.objects.count():016x}",
            reason="a lake",
            valid=(LONG_AGO, until),
            level=self.scheme.levels.get(code=level),
            geom=geos(shape),
        )


def new_land(code: str = "raw") -> RawLand:
    """Make the scheme."""
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document={})
    partition_levels(scheme, ("city", "town", "zone"))
    edition = Edition.objects.create(
        scheme=scheme, number=1, effective=LONG_AGO, published_at=LONG_AGO, certificate={}
    )
    return RawLand(scheme, edition)
