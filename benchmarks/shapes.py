"""Polygons and lines of the size of buildings and roads among 21,137 leaves, beside geopandas in one run.

    make_cells.py FOLDER            the land: see benchmarks/locator.py
    .venv/bin/python benchmarks/shapes.py FOLDER

Each goes to the leaf with its largest share. Two ways of geopandas are measured: `overlay`, which cuts all,
and `sjoin` with the intersections of those alone that meet several leaves. Both take planar areas in degrees,
which is less work than areas on the ellipsoid, and know neither ties nor gaps; answers are compared where
the largest share is clearly the largest. Beside the wall clock is the time of the processors.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.locator import LEVELS, land_of_folder
from geogrid.core.assigning import place_shapes
from geogrid.core.lattice import FloatArray, IntArray, Shapes, snap
from geogrid.core.leaves import Leaves
from geogrid.core.locator import Locator

METRE = 1 / 111_000
# Nearer to one half than this, planar and ellipsoidal shares may disagree.
_CLEAR = 0.51
_Made = TypeVar("_Made")


def buildings(box: FloatArray, count: int) -> Shapes:
    """Make rectangles of 8 to 60 m by 8 to 30 m, turned at random, all over a box."""
    chance = np.random.default_rng(3)
    middle, turn = chance.uniform(box[:2], box[2:], (count, 2)), chance.uniform(0, np.pi, count)
    long, short = chance.uniform(4, 30, count) * METRE, chance.uniform(4, 15, count) * METRE
    along = long[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    across = short[:, None] * np.stack([-np.sin(turn), np.cos(turn)], axis=1)
    corners = [middle + a * along + b * across for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    made: Shapes = shapely.transform(shapely.polygons(np.stack(corners, axis=1)), snap)
    return made


def best_of(times: int, work: Callable[[], _Made]) -> tuple[_Made, float, float]:
    """Do something a few times; give what it made, the least wall clock and the least processor time."""
    wall, cpu = [], []
    for _ in range(times):
        clock, used = time.perf_counter(), time.process_time()
        made = work()
        wall.append(time.perf_counter() - clock)
        cpu.append(time.process_time() - used)
    return made, min(wall), min(cpu)


def by_overlay(shapes: gpd.GeoDataFrame, leaves: gpd.GeoDataFrame) -> pd.Series:
    """Give the leaf with the largest part of each shape, after cutting all of them."""
    parts = gpd.overlay(shapes, leaves, how="intersection", keep_geom_type=True)
    return _largest(parts["shape"], parts["leaf"], _size(parts.geometry))


def by_join(shapes: gpd.GeoDataFrame, leaves: gpd.GeoDataFrame) -> pd.Series:
    """Give it by a join, and cut only what meets several leaves."""
    pairs = gpd.sjoin(shapes, leaves[["leaf", "geometry"]], predicate="intersects")
    several = pairs["shape"].duplicated(keep=False).to_numpy()
    size = np.ones(len(pairs))
    some = pairs[several]
    size[several] = _size(some.geometry.intersection(leaves.geometry.iloc[some["index_right"]], align=False))
    return _largest(pairs["shape"], pairs["leaf"], size)


def _size(parts: gpd.GeoSeries) -> FloatArray:
    area = parts.area.to_numpy()
    sizes: FloatArray = np.where(area > 0, area, parts.length.to_numpy())
    return sizes


def _largest(shape: pd.Series, leaf: pd.Series, size: FloatArray) -> pd.Series:
    table = pd.DataFrame({"shape": shape.to_numpy(), "leaf": leaf.to_numpy(), "size": size})
    return table.sort_values("size").drop_duplicates("shape", keep="last").set_index("shape")["leaf"]


def differing(cell: IntArray, share: FloatArray, other: pd.Series) -> int:
    """Count the shapes that a peer puts elsewhere, although it is clear where most of them lies."""
    theirs = other.reindex(np.arange(len(cell)), fill_value=-1).to_numpy()
    return int(((theirs != cell) & (share >= _CLEAR)).sum())


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where make_cells.py wrote the cells")
    parser.add_argument("--count", type=int, default=100_000, help="so many shapes of each kind")
    parser.add_argument("--times", type=int, default=3, help="each so many times")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "Geometry is in a geographic CRS")
    land = land_of_folder(options.folder)
    small = np.flatnonzero(land.level == len(LEVELS) - 1)
    order = np.array(sorted(small.tolist(), key=lambda cell: land.code[cell].encode()))
    leaves = Leaves(order, land.shapes[order])
    areas = buildings(shapely.total_bounds(leaves.shapes), options.count)
    frame = gpd.GeoDataFrame({"leaf": leaves.cell}, geometry=leaves.shapes, crs="EPSG:4326")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{len(order):,} leaves; {os.cpu_count()} cores, load {load}; geopandas {gpd.__version__}\n")
    print("| what | best | processors | elsewhere |\n|---|---|---|---|")
    for kind, shapes in (("polygons", areas), ("lines", shapely.get_exterior_ring(areas))):
        locator = Locator(land, leaves)
        place_shapes(locator, shapes[:100])
        locator.points(np.zeros((0, 2)))
        placed, wall, cpu = best_of(options.times, lambda: place_shapes(locator, shapes))  # noqa: B023
        print(f"| {len(shapes):,} {kind}, warm | {wall * 1e3:,.0f} ms | {cpu * 1e3:,.0f} ms | |")
        _, wall, cpu = best_of(options.times, lambda: place_shapes(Locator(land, leaves), shapes))  # noqa: B023
        print(f"| {len(shapes):,} {kind}, cold | {wall * 1e3:,.0f} ms | {cpu * 1e3:,.0f} ms | |")
        peers = gpd.GeoDataFrame({"shape": np.arange(len(shapes))}, geometry=shapes, crs="EPSG:4326")
        for name, work in (("sjoin and intersection", by_join), ("overlay", by_overlay)):
            found, wall, cpu = best_of(1, lambda: work(peers, frame))  # noqa: B023
            wrong = differing(placed.cell, placed.share, found)
            print(f"| geopandas, {name} | {wall * 1e3:,.0f} ms | {cpu * 1e3:,.0f} ms | {wrong} |")


if __name__ == "__main__":
    main()
