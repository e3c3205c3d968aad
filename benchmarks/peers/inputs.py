"""The cells and points that every engine reads: the same files, every coordinate on the lattice."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geogrid.core.lattice import snap

ON_VERTICES = 0.01
SEED = 20261125


def write_cells(source: Path, folder: Path) -> gpd.GeoDataFrame:
    """Write the cells in byte order of their codes: the lowest number is the lowest code (the tie rule)."""
    cells = gpd.read_parquet(source / "cells_small.parquet")[["code", "geometry"]]
    order = sorted(range(len(cells)), key=lambda number: cells["code"].iloc[number].encode())
    cells = cells.iloc[order].reset_index(drop=True)
    cells.geometry = shapely.transform(cells.geometry.to_numpy(), snap)
    cells.insert(0, "cell", np.arange(len(cells), dtype=np.int32))
    cells.to_parquet(folder / "cells.parquet", geometry_encoding="WKB")
    return cells


def write_points(cells: gpd.GeoDataFrame, folder: Path, count: int) -> None:
    """Write points uniform in the box of the cells, a hundredth of them on corners of cells."""
    rng = np.random.default_rng(SEED)
    west, south, east, north = cells.total_bounds
    lonlat = rng.uniform((west, south), (east, north), (count, 2))
    corners = shapely.get_coordinates(cells.geometry.to_numpy())
    some = rng.choice(count, round(count * ON_VERTICES), replace=False)
    lonlat[some] = corners[rng.integers(0, len(corners), len(some))]
    lonlat = snap(lonlat)
    frame = pd.DataFrame({"i": np.arange(count, dtype=np.int32), "lon": lonlat[:, 0], "lat": lonlat[:, 1]})
    frame.to_parquet(folder / f"points_{count}.parquet")
