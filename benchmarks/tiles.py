"""Time and size of vector tiles: drawn as other servers draw them, and as this one does, in the same run."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils import timezone

from boundaries.models import Cell, CellVersion, Edition, Scheme, TileSet
from boundaries.tiles.bands import BUFFER, EXTENT
from boundaries.tiles.selectors import CellSource, cell_tile
from boundaries.tiles.services import tile_set_ensure
from geogrid.core.lattice import FloatArray
from geogrid.core.simplifying import WORLD_EDGE, to_mercator
from geogrid.web.tiles import TileAddress, TileBody
from layers.models import Layer
from layers.tiles.selectors import feature_tile
from tests.boundaries.schemes import partition_levels

WEST, SOUTH, STEP = 116.0, 29.7, 0.0125
PIECES, BLOCK, TIMES = 23, 5, 5

ON_THE_FLY = """
WITH tile AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box)
SELECT ST_AsMVT(t, 'cells', %(extent)s, 'geom') FROM (
    SELECT v.code, v.name, v.kind, p.code AS parent,
           ST_AsMVTGeom(ST_Transform(v.geom, 3857), tile.box, %(extent)s, %(buffer)s) AS geom
    FROM boundaries_cellversion v
    CROSS JOIN tile
    LEFT JOIN boundaries_cellversion p ON p.cell_id = v.parent_id AND upper_inf(p.valid)
    WHERE v.scheme_id = %(scheme)s AND v.level_id = %(level)s AND upper_inf(v.valid)
      AND v.geom && ST_Transform(tile.box, 4326)
) AS t
"""
LOST = """
WITH tile AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box)
SELECT count(*) FROM boundaries_cellversion v CROSS JOIN tile
WHERE v.scheme_id = %(scheme)s AND v.level_id = %(level)s AND upper_inf(v.valid)
  AND v.geom @ ST_Transform(tile.box, 4326)
  AND ST_AsMVTGeom(ST_Transform(v.geom, 3857), tile.box, %(extent)s, %(buffer)s) IS NULL
"""
CLUSTERS = """
WITH tile AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box)
SELECT ST_AsMVT(t, 'clusters', 4096, 'geom') FROM (
    SELECT count(*) AS count, ST_AsMVTGeom(ST_Centroid(ST_Collect(at)), box, 4096, 64) AS geom
    FROM (
        SELECT ST_Transform(f.geom, 3857) AS at, tile.box, (ST_XMax(box) - ST_XMin(box)) / 8 AS side
        FROM layers_feature f
        CROSS JOIN tile
        WHERE f.layer_id = %(layer)s AND f.geom && ST_Transform(tile.box, 4326)
    ) AS near
    GROUP BY box, floor(ST_X(at) / side), floor(ST_Y(at) / side)
) AS t
"""


def wandering(places: FloatArray) -> FloatArray:
    """Move places as a smooth function of where they are, so that what is shared stays shared."""
    x, y = (places[:, 0] - WEST) / STEP, (places[:, 1] - SOUTH) / STEP
    aside = np.column_stack(
        [
            np.sin(37 * x + 3 * np.cos(21 * y)) + np.cos(27 * y),
            np.cos(33 * y + 3 * np.sin(25 * x)) + np.sin(29 * x),
        ]
    )
    return np.round(places + aside * STEP * 0.012, 8)


def zone(column: int, row: int) -> shapely.Polygon:
    """Give a square of the grid, its sides wandering; each side the same from both squares."""
    along = np.arange(PIECES) / PIECES
    corner = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + np.array([column, row])
    ring = []
    for number in range(4):
        a, b = corner[number], corner[(number + 1) % 4]
        # From the lesser end, whatever the direction, so that both squares compute the same numbers.
        low, high = (a, b) if tuple(a) < tuple(b) else (b, a)
        part = along if low is a else 1 - along
        ring.append(low + part[:, None] * (high - low))
    places = np.round(np.concatenate(ring) * PIECES) / PIECES * STEP + np.array([WEST, SOUTH])
    return shapely.Polygon(wandering(places))


def put_land(side: int) -> tuple[Scheme, Edition]:
    """Write an edition of three levels: one city, towns of five by five zones, and zones."""
    zones = np.array([[zone(column, row) for column in range(side)] for row in range(side)], dtype=object)
    towns = {
        (row, column): shapely.coverage_union_all(zones[row : row + BLOCK, column : column + BLOCK].ravel())
        for row in range(0, side, BLOCK)
        for column in range(0, side, BLOCK)
    }
    scheme = Scheme.objects.create(code="benchmark", name_zh="测", name_en="Benchmark", document={})
    now = timezone.now()
    edition = Edition.objects.create(scheme=scheme, number=1, effective=now, published_at=now, certificate={})
    rows = [("city", "c", None, shapely.coverage_union_all(zones.ravel()))]
    rows += [("town", f"t{row:03}{column:03}", "c", shape) for (row, column), shape in towns.items()]
    for row in range(side):
        for column in range(side):
            above = f"t{row // BLOCK * BLOCK:03}{column // BLOCK * BLOCK:03}"
            rows.append(("zone", f"z{row:03}{column:03}", above, zones[row, column]))
    _write(scheme, edition, rows)
    return scheme, edition


def _write(scheme: Scheme, edition: Edition, rows: list[tuple[str, str, str | None, Any]]) -> None:
    levels = partition_levels(scheme, ("city", "town", "zone"))
    cells = {code: Cell(scheme=scheme, level=levels[level]) for level, code, _, _ in rows}
    Cell.objects.bulk_create(cells.values(), batch_size=5000)
    versions = (
        CellVersion(
            cell=cells[code],
            scheme=scheme,
            level=levels[level],
            parent=cells[above] if above else None,
            edition=edition,
            code=code,
            name=f"网格{code}",
            geom=GEOSGeometry(memoryview(shapely.to_wkb(shapely.multipolygons([shape]))), srid=4326),
            area_m2=1e6,
            valid=(edition.effective, None),
        )
        for level, code, above, shape in rows
    )
    CellVersion.objects.bulk_create(versions, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE boundaries_cellversion")


def put_features(count: int, side: int) -> Layer:
    """Write points all over the land; say what counting them along the way costs."""
    layer = Layer.objects.create(code="benchmark", name_zh="测", name_en="Benchmark", geometry_type="point")
    places = np.random.default_rng(7).uniform(0, side * STEP, (count, 2)) + np.array([WEST, SOUTH])
    with connection.cursor() as cursor:
        for counted in (False, True):
            cursor.execute("DELETE FROM layers_feature WHERE layer_id = %s", [layer.pk])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(TRIGGER_ON if counted else TRIGGER_OFF)
            begun = time.perf_counter()
            cursor.execute(POINTS, [layer.pk, places[:, 0].tolist(), places[:, 1].tolist()])
            what = "with" if counted else "without"
            print(f"{count:,} points written {what} counts: {time.perf_counter() - begun:.1f} s")
        cursor.execute("ANALYZE layers_feature")
    return layer


TRIGGER_OFF = "ALTER TABLE layers_feature DISABLE TRIGGER USER"
TRIGGER_ON = "ALTER TABLE layers_feature ENABLE TRIGGER USER"
POINTS = """
INSERT INTO layers_feature (layer_id, key, geom, attributes, valid)
SELECT %s, ordinality, ST_SetSRID(ST_MakePoint(lon, lat), 4326), '{}', tstzrange(now(), NULL)
FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p (lon, lat, ordinality)
"""


@dataclass(frozen=True)
class Measured:
    """What drawing a tile came to."""

    milliseconds: float
    body: bytes

    @classmethod
    def of(cls, draw: Callable[[], bytes]) -> Measured:
        """Draw a tile a few times; the middle time counts."""
        times = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            body = draw()
            times.append(time.perf_counter() - begun)
        return cls(statistics.median(times) * 1000, body)

    @property
    def columns(self) -> str:
        """The time, the size, and the compressed size."""
        packed = len(TileBody.of(self.body).compressed)
        return f"{self.milliseconds:8.1f} ms {len(self.body) / 1e3:8.1f} kB {packed / 1e3:8.1f} kB"


def compare(name: str, theirs: Measured, ours: Measured, lost: int = 0) -> None:
    """Print a line of the table; `lost` is how many cells they left out."""
    faster = theirs.milliseconds / ours.milliseconds
    smaller = max(1, len(theirs.body)) / max(1, len(ours.body))
    print(f"{name:16} {theirs.columns}   {ours.columns}   {faster:6.1f} x {smaller:6.1f} x {lost:6}")


def asked(sql: str, **parameters: Any) -> bytes:
    """Give the one value of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bytes(cursor.fetchone()[0] or b"")


def middle(zoom: int, side: int) -> TileAddress:
    """Give the tile of a zoom that has the middle of the land."""
    place = np.array([[WEST + side * STEP / 2 + STEP / 3, SOUTH + side * STEP / 2 + STEP / 3]])
    east, north = to_mercator(place)[0]
    width = 2 * WORLD_EDGE / 2**zoom
    return TileAddress(zoom, int((east + WORLD_EDGE) // width), int((WORLD_EDGE - north) // width))


def measure_cells(scheme: Scheme, tile_set: TileSet, side: int) -> None:
    """Compare the tiles of the leaf cells and of the city at some zooms."""
    for code, zooms in (("zone", (5, 7, 9, 11, 13, 15, 17)), ("city", (7, 11, 14, 17))):
        level = scheme.levels.get(code=code)
        for zoom in zooms:
            at = middle(zoom, side)
            place = {"z": at.z, "x": at.x, "y": at.y, "extent": EXTENT, "buffer": BUFFER}
            theirs = Measured.of(lambda: asked(ON_THE_FLY, **place, scheme=scheme.pk, level=level.pk))  # noqa: B023
            ours = Measured.of(lambda: cell_tile(tile_set, level, at))  # noqa: B023
            with connection.cursor() as cursor:
                cursor.execute(LOST, {**place, "scheme": scheme.pk, "level": level.pk})
                compare(f"{code} z{zoom}", theirs, ours, cursor.fetchone()[0])


def measure_features(layer: Layer, side: int) -> None:
    """Compare the clusters at some zooms."""
    now = timezone.now()
    for zoom in (5, 7, 9, 11):
        at = middle(zoom, side)
        theirs = Measured.of(lambda: asked(CLUSTERS, layer=layer.pk, z=at.z, x=at.x, y=at.y))  # noqa: B023
        compare(f"clusters z{zoom}", theirs, Measured.of(lambda: feature_tile(layer, None, now, at)))  # noqa: B023


def main() -> None:
    """Make a land and features, print the table, and leave nothing behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=145, help="so many zones along a side")
    parser.add_argument("--features", type=int, default=300_000)
    options = parser.parse_args()
    with transaction.atomic():
        scheme, edition = put_land(options.side)
        begun = time.perf_counter()
        tile_set = tile_set_ensure(CellSource(scheme, edition=edition))
        print(f"{options.side**2:,} zones: the set made in {time.perf_counter() - begun:.1f} s")
        layer = put_features(options.features, options.side)
        print(
            f"{'':16} {'on the fly: time, size, gzip':34}   {'stored':34}   faster, smaller, lost by theirs"
        )
        measure_cells(scheme, tile_set, options.side)
        measure_features(layer, options.side)
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
