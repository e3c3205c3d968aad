"""PostGIS in the project's own database: a GiST index, statistics, memory, two workers beside the leader.

The index is of the cells, as people do it, or of the points: each cell is prepared once then: faster.
Workers cannot read temporary tables, so the tables are ordinary ones of a transaction that is rolled back.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.db import connection, transaction

# Each way has tables of its own: another's transaction would wait for the names.
TABLES = """
CREATE TABLE bench_{way}_cell (cell int, geom geometry(Geometry, 4326));
CREATE TABLE bench_{way}_point (i int, geom geometry(Point, 4326));
SET LOCAL work_mem = '256MB';
SET LOCAL maintenance_work_mem = '1GB';
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL min_parallel_index_scan_size = 0;
"""
INDEX = {
    "cells": "CREATE INDEX bench_{way}_index ON bench_{way}_cell USING gist (geom)",
    "points": "CREATE INDEX bench_{way}_index ON bench_{way}_point USING gist (geom)",
}
ANALYZE = "ANALYZE bench_{way}_cell; ANALYZE bench_{way}_point"
JOIN = """
CREATE TEMPORARY TABLE bench_answer ON COMMIT DROP AS
SELECT p.i, c.cell FROM bench_{way}_point p JOIN bench_{way}_cell c ON ST_Covers(c.geom, p.geom)
"""
FORGET = "DROP INDEX IF EXISTS bench_{way}_index; DROP TABLE IF EXISTS bench_answer"
VERSIONS = "SELECT PostGIS_Lib_Version(), PostGIS_GEOS_Version(), current_setting('server_version')"
BATCH = 100_000


class PostGIS:
    """Both as tables; the answer becomes one, too, for fetching it is not what is measured."""

    def __init__(self, folder: Path, count: int, *, index_of: str) -> None:
        """Load within a transaction that ends with this process."""
        self.way = index_of
        transaction.set_autocommit(autocommit=False)
        self.cursor = connection.cursor()
        self._do(TABLES)
        cells = gpd.read_parquet(folder / "cells.parquet")
        self._copy("cell", cells["cell"].to_numpy(), cells.geometry.to_numpy())
        points = pd.read_parquet(folder / f"points_{count}.parquet")
        self._copy("point", points["i"].to_numpy(), shapely.points(points["lon"], points["lat"]))
        self._do(VERSIONS)
        postgis, geos, server = self.cursor.fetchone()
        self.versions = f"PostGIS {postgis} (GEOS {geos}), PostgreSQL {server}"

    def _do(self, sql: str) -> None:
        self.cursor.execute(sql.format(way=self.way))

    def _copy(self, table: str, numbers: np.ndarray, shapes: np.ndarray) -> None:
        with self.cursor.copy(f"COPY bench_{self.way}_{table} FROM STDIN") as copy:
            for begin in range(0, len(numbers), BATCH):
                some = shapely.set_srid(shapes[begin : begin + BATCH], 4326)
                wkb = shapely.to_wkb(some, hex=True, include_srid=True)
                rows = zip(numbers[begin : begin + BATCH].tolist(), wkb, strict=True)
                copy.write("".join(f"{number}\t{one}\n" for number, one in rows))

    def round(self) -> tuple[float, float]:
        """Build the index and the statistics, then join."""
        self._do(FORGET)
        begun = time.perf_counter()
        self._do(INDEX[self.way])
        self._do(ANALYZE)
        built = time.perf_counter()
        self._do(JOIN)
        return built - begun, time.perf_counter() - built

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Fetch the pairs of the last round."""
        with self.cursor.copy("COPY bench_answer TO STDOUT (FORMAT csv)") as copy:
            text = b"".join(bytes(part) for part in copy)
        rows = np.array(text.replace(b"\n", b",").split(b",")[:-1], dtype=np.int64).reshape(-1, 2)
        return rows[:, 0], rows[:, 1]


def load(folder: Path, count: int, way: str) -> PostGIS:
    """Give the engine."""
    return PostGIS(folder, count, index_of=way)
