"""geopandas.sjoin: one thread, prepared geometries. The tree may be of the cells or of the points."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely


class Geopandas:
    """Both as GeoDataFrames in memory; index: the tree that geopandas builds and keeps, `sindex`."""

    def __init__(self, folder: Path, count: int, *, tree_of: str) -> None:
        """Load, and join a little."""
        self.cells = gpd.read_parquet(folder / "cells.parquet").geometry.to_numpy()
        xy = pd.read_parquet(folder / f"points_{count}.parquet")
        self.points = shapely.points(xy["lon"], xy["lat"])
        self.tree_of = tree_of
        self.versions = (
            f"geopandas {gpd.__version__}, shapely {shapely.__version__} (GEOS {shapely.geos_version_string})"
        )
        self._joined(
            gpd.GeoDataFrame(geometry=self.points[:1000]), gpd.GeoDataFrame(geometry=self.cells[:50])
        )

    def _joined(self, points: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Prepared is always what is not in the tree."""
        if self.tree_of == "cells":
            joined = gpd.sjoin(points, cells, predicate="intersects")
            return joined.index.to_numpy(), joined["index_right"].to_numpy()
        joined = gpd.sjoin(cells, points, predicate="covers")
        return joined["index_right"].to_numpy(), joined.index.to_numpy()

    def round(self) -> tuple[float, float]:
        """Build the tree of frames that have none yet, then join."""
        points, cells = gpd.GeoDataFrame(geometry=self.points), gpd.GeoDataFrame(geometry=self.cells)
        begun = time.perf_counter()
        assert (cells if self.tree_of == "cells" else points).sindex is not None
        built = time.perf_counter()
        self.answer = self._joined(points, cells)
        return built - begun, time.perf_counter() - built

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the pairs of the last round."""
        return self.answer


def load(folder: Path, count: int, way: str) -> Geopandas:
    """Give the engine."""
    return Geopandas(folder, count, tree_of=way)
