"""GeoGrid itself: `Locator`. The only file here that knows it."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import shapely

from geogrid.core.land import Land, LandLevel
from geogrid.core.locator import Locator


class Ours:
    """Cells as shapely geometries and points as an array in memory; index: the locator."""

    def __init__(self, folder: Path, count: int) -> None:
        """Load, and locate a few points in a few cells: compiled code is read from its cache."""
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        cells = gpd.read_parquet(folder / "cells.parquet")
        points = pd.read_parquet(folder / f"points_{count}.parquet")
        self.land = _land(cells)
        self.lonlat = np.ascontiguousarray(points[["lon", "lat"]].to_numpy())
        self.versions = f"numpy {np.__version__}, shapely {shapely.__version__}, numba {numba.__version__}"
        Locator.of(_land(cells.head(50))).points(self.lonlat[:1000])
        self.leaf = np.empty(0, dtype=np.int64)

    def round(self) -> tuple[float, float]:
        """Make a locator and ask it; it builds what it needs when it is asked first, so ask it again."""
        begun = time.perf_counter()
        locator = Locator.of(self.land)
        locator.points(self.lonlat)
        cold = time.perf_counter() - begun
        begun = time.perf_counter()
        located = locator.points(self.lonlat)
        warm = time.perf_counter() - begun
        self.leaf, self.on_edge = located.leaf, located.on_edge
        return cold - warm, warm

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the one cell of each point that has one."""
        point = np.flatnonzero(self.leaf >= 0)
        return point, self.leaf[point]


def _land(cells: gpd.GeoDataFrame) -> Land:
    """Give the cells as a land of one level."""
    shapes = np.asarray(cells.geometry.values, dtype=object)
    multi = np.empty(len(shapes), dtype=object)
    multi[:] = [s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes]
    return Land(
        levels=(LandLevel("cell", "partition", -1),),
        ident=[uuid.UUID(int=number) for number in range(len(cells))],
        code=list(cells["code"]),
        name=[""] * len(cells),
        level=np.zeros(len(cells), dtype=np.int64),
        parent=np.full(len(cells), -1, dtype=np.int64),
        shapes=multi,
    )


def load(folder: Path, count: int, _way: str) -> Ours:
    """Give the engine."""
    return Ours(folder, count)
