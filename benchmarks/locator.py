"""The locator on a land of 21,137 leaves: built, asked, asked for one point, and as a file.

    make_cells.py FOLDER            the land: 1,583 / 12,551 / 21,137 cells, nested, made beside this project
    .venv/bin/python benchmarks/locator.py FOLDER

The points are uniform over the box of the land. "Cold" begins with the shapes of the leaves in memory and has
compiled code in its cache. Beside the wall clock is the time of the processors, which other work on the
machine changes less.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import geopandas as gpd
import numba
import numpy as np
import shapely

from geogrid.core.land import Land, LandLevel
from geogrid.core.lattice import snap
from geogrid.core.leaves import Leaves
from geogrid.core.locator import CellIndex, Locator, NewCell, PointIndex, patch_of

LEVELS = ("big", "middle", "small")
MOST, FEWER, SINGLE = 5_000_000, 1_000_000, 200_000
_Made = TypeVar("_Made")


def land_of_folder(folder: Path) -> Land:
    """Read the cells of all levels, the top first."""
    frames = [gpd.read_parquet(folder / f"cells_{level}.parquet").sort_values("code") for level in LEVELS]
    codes = [code for frame in frames for code in frame["code"]]
    place = {code: number for number, code in enumerate(codes)}
    parents = [place.get(parent, -1) for frame in frames for parent in frame["parent"]]
    return Land(
        levels=tuple(LandLevel(level, "partition", rank - 1) for rank, level in enumerate(LEVELS)),
        ident=[uuid.UUID(int=number + 1) for number in range(len(codes))],
        code=codes,
        name=[""] * len(codes),
        level=np.repeat(np.arange(len(LEVELS)), [len(frame) for frame in frames]),
        parent=np.array(parents, dtype=np.int64),
        shapes=shapely.transform(
            np.concatenate([np.asarray(frame.geometry.values, dtype=object) for frame in frames]), snap
        ),
    )


def timed(words: str, times: int, work: Callable[[], _Made]) -> _Made:
    """Do something a few times and print its least and middle wall clock, and its least processor time."""
    wall, cpu = [], []
    for _ in range(times):
        clock, used = time.perf_counter(), time.process_time()
        made = work()
        wall.append(time.perf_counter() - clock)
        cpu.append(time.process_time() - used)
    print(
        f"| {words} | {min(wall) * 1e3:.0f} ms | {np.median(wall) * 1e3:.0f} ms | {min(cpu) * 1e3:.0f} ms |"
    )
    return made


def one_by_one(index: CellIndex, points: list[list[float]]) -> None:
    """Ask for points one at a time, and print how long one took."""
    leaf_at = index.leaf_at
    clock, used = time.perf_counter(), time.process_time()
    for lon, lat in points:
        leaf_at(lon, lat)
    wall = (time.perf_counter() - clock) / len(points) * 1e6
    cpu = (time.process_time() - used) / len(points) * 1e6
    print(f"| one point, {len(points):,} times | {wall:.2f} µs | | {cpu:.2f} µs |")


def patched(index: CellIndex, land: Land, cell: int) -> CellIndex:
    """Let a leaf take another code, and lay that over the index."""
    parent = land.ident[int(land.parent[cell])]
    new = NewCell(land.ident[cell], "0", LEVELS[-1], parent, land.shapes[cell])
    patch = patch_of(index, [], [new], "after")
    assert patch is not None
    return index.patched(patch)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "folder", type=Path, help="where make_cells.py wrote cells_{big,middle,small}.parquet"
    )
    parser.add_argument("--times", type=int, default=5, help="each so many times")
    options = parser.parse_args()
    land = land_of_folder(options.folder)
    small = np.flatnonzero(land.level == len(LEVELS) - 1)
    leaves = Leaves(small, land.shapes[small])
    west, south, east, north = shapely.total_bounds(leaves.shapes)
    points = np.random.default_rng(7).uniform([west, south], [east, north], (MOST, 2))
    vertices = int(shapely.get_num_coordinates(leaves.shapes).sum())
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{len(small):,} leaves, {vertices:,} vertices; {os.cpu_count()} cores,")
    print(f"load {load}; numba {numba.__version__}, numpy {np.__version__}, shapely {shapely.__version__}\n")
    print("| what | best | median | processors |\n|---|---|---|---|")

    def built() -> PointIndex:
        return PointIndex.of(leaves.shapes, leaves.cell)

    built().first(points[:10])  # compiles what is compiled at its first use
    index = timed("build", options.times, built)
    for count in (FEWER, MOST):
        timed(f"{count:,} points, warm", options.times, lambda count=count: index.first(points[:count]))  # type: ignore[misc]
        timed(f"{count:,} points, cold", options.times, lambda count=count: built().first(points[:count]))  # type: ignore[misc]
    whole = Locator(land, leaves).index("before")
    one_by_one(whole, points[:SINGLE].tolist())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "land.cells"
        timed("save (the ground is indexed once before)", 1, lambda: whole.ground and whole.save(path))
        loaded = timed("load", options.times, lambda: CellIndex.load(path))
        timed("load, and check every byte", options.times, lambda: CellIndex.load(path, check=True))
        timed("5,000,000 points, all there is to tell", options.times, lambda: loaded.points(points))
        timed(
            "patch for one leaf, laid over", options.times, lambda: patched(loaded, land, int(small[9_000]))
        )
        print(f"\nfile {path.stat().st_size / 1e6:.1f} MB;", end=" ")
    print(
        f"index of the leaves {index.nbytes / 1e6:.1f} MB, of the ground {whole.ground.nbytes / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
