"""A full audit of a land with all rules against the plain queries of PostGIS, in one run.

    make_cells.py FOLDER            the land: 1,583 / 12,551 / 21,137 cells, nested, made beside this project
    script/manage check             the database is up
    .venv/bin/python benchmarks/full_audit.py FOLDER

PostGIS is asked what people ask it: which two cells of a level have interiors that meet (`ST_Relate` of all
whose boxes meet), and which parents are not the union of their children (`ST_Union`). It says nothing of
T-junctions, slivers, codes, nor how large and where a fault is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

import geopandas as gpd
import numpy as np
import shapely
from django.db import connection, transaction

from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.certificate import certificate
from geogrid.core.land import Land, LandLevel
from geogrid.core.lattice import snap

LEVELS = ("big", "middle", "small")

TABLE = """
CREATE TEMPORARY TABLE bench_cell (
    id int PRIMARY KEY, level int, parent int, geom geometry(MultiPolygon, 4326)
) ON COMMIT DROP
"""
INSIDE = """
SELECT count(*) FROM bench_cell a JOIN bench_cell b ON a.level = b.level AND a.id < b.id AND a.geom && b.geom
WHERE ST_Relate(a.geom, b.geom, 'T********')
"""
TILED = """
SELECT count(*) FROM bench_cell p JOIN (
    SELECT parent, ST_Union(geom) AS geom FROM bench_cell WHERE parent IS NOT NULL GROUP BY parent
) c ON c.parent = p.id
WHERE NOT ST_OrderingEquals(ST_Normalize(ST_Multi(c.geom)), ST_Normalize(p.geom))
"""


def land_of_folder(folder: Path) -> Land:
    """Read the cells of all levels, the top first."""
    frames = [gpd.read_parquet(folder / f"cells_{level}.parquet").sort_values("code") for level in LEVELS]
    codes = [code for frame in frames for code in frame["code"]]
    place = {code: number for number, code in enumerate(codes)}
    parents = [place.get(parent, -1) for frame in frames for parent in frame["parent"]]
    shapes = np.concatenate([np.asarray(frame.geometry.values, dtype=object) for frame in frames])
    multi = np.empty(len(shapes), dtype=object)
    multi[:] = [s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes]
    return Land(
        levels=tuple(LandLevel(level, "partition", rank - 1) for rank, level in enumerate(LEVELS)),
        ident=[uuid.UUID(int=number) for number in range(len(codes))],
        code=codes,
        name=[""] * len(codes),
        level=np.repeat(np.arange(len(LEVELS)), [len(frame) for frame in frames]),
        parent=np.array(parents, dtype=np.int64),
        shapes=shapely.transform(multi, snap),
    )


def put(land: Land) -> None:
    """Give the cells to PostGIS, with the index that it needs."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        wkb = shapely.to_wkb(land.shapes)
        with cursor.copy("COPY bench_cell (id, level, parent, geom) FROM STDIN") as copy:
            for number, (level, parent) in enumerate(
                zip(land.level.tolist(), land.parent.tolist(), strict=True)
            ):
                copy.write_row((number, level, parent if parent >= 0 else None, wkb[number].hex()))
        cursor.execute("CREATE INDEX ON bench_cell USING gist (geom)")
        cursor.execute("CREATE INDEX ON bench_cell (parent)")
        cursor.execute("ANALYZE bench_cell")


def asked(sql: str) -> int:
    """Give the one number of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def timed(words: str, times: int, work: Callable[[], object]) -> tuple[float, object]:
    """Do something a few times and print the middle time; also give what it gave."""
    taken, made = [], None
    for _ in range(times):
        begun = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - begun)
    seconds = statistics.median(taken)
    print(f"{words:44}{seconds:9.2f} s")
    return seconds, made


def versions() -> str:
    """Name what was measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT PostGIS_Lib_Version(), PostGIS_GEOS_Version(), current_setting('server_version')"
        )
        postgis, geos, server = cursor.fetchone()
    here = f"shapely {shapely.__version__} (GEOS {shapely.geos_version_string}), numpy {np.__version__}"
    return f"{here}; PostGIS {postgis} (GEOS {geos}), PostgreSQL {server}; {os.cpu_count()} cores"


def main() -> None:
    """Print the times and their ratio; nothing stays in the database."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, help="where make_cells.py wrote cells_{big,middle,small}.parquet"
    )
    parser.add_argument("--times", type=int, default=3, help="the audit so many times; the middle one counts")
    options = parser.parse_args()
    land = land_of_folder(options.folder)
    counts = " / ".join(f"{(land.level == rank).sum():,}" for rank in range(len(LEVELS)))
    print(versions())
    print(f"{counts} cells, {int(shapely.get_num_coordinates(land.shapes).sum()):,} vertices\n")

    def audit() -> object:
        return audit_land(land, tolerance=Tolerance(), code_lengths={}, faults={})

    audit()  # compiles what is compiled at its first use
    ours, report = timed("audit_land, all rules", options.times, audit)
    timed("certificate", options.times, lambda: certificate(land, report.areas, report.findings))  # type: ignore[attr-defined]
    with transaction.atomic():
        put(land)
        inside, overlaps = timed("PostGIS: ST_Relate of cells that meet", 1, lambda: asked(INSIDE))
        tiled, untiled = timed("PostGIS: ST_Union of children and parent", 1, lambda: asked(TILED))
        transaction.set_rollback(True)
    print(
        f"\nfindings: ours {len(report.findings)}, PostGIS {overlaps} overlaps, {untiled} parents not tiled"
    )  # type: ignore[attr-defined]
    print(f"ours / PostGIS: {ours / (inside + tiled):.3f} (target 0.333 at most)")


if __name__ == "__main__":
    main()
