"""DuckDB spatial, two threads. Its join builds a tree of one side each time; RTREE serves constants only.

The extension comes in a wheel and is loaded by its path; DuckDB would fetch it from a registry otherwise.
"""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np

CELLS = "CREATE TABLE cells AS SELECT cell, geometry FROM read_parquet(?)"
POINTS = "CREATE TABLE points AS SELECT i, ST_Point(lon, lat) AS geometry FROM read_parquet(?)"
JOIN = "SELECT p.i, c.cell FROM points p JOIN cells c ON ST_Intersects(c.geometry, p.geometry)"


class DuckDB:
    """Both as tables of a database in memory, geometries in its own type."""

    def __init__(self, folder: Path, count: int, *, rtree: bool) -> None:
        """Load, and join a little."""
        self.rtree = rtree
        self.database = duckdb.connect(config={"threads": 2})
        self.database.execute(
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
        )
        folders = [Path(folder) for folder in duckdb_extension_spatial.__path__]
        extension = next(file for folder in folders for file in folder.rglob("spatial.duckdb_extension"))
        self.database.execute(f"LOAD '{extension}'")
        self.database.execute(CELLS, [str(folder / "cells.parquet")])
        self.database.execute(POINTS, [str(folder / f"points_{count}.parquet")])
        self.database.execute(f"{JOIN} WHERE p.i < 1000").to_arrow_table()
        self.versions = f"duckdb {duckdb.__version__} and its spatial extension"

    def round(self) -> tuple[float, float]:
        """Join; the answer is a table of Arrow."""
        self.database.execute("DROP INDEX IF EXISTS cells_tree")
        begun = time.perf_counter()
        if self.rtree:
            self.database.execute("CREATE INDEX cells_tree ON cells USING RTREE (geometry)")
        built = time.perf_counter()
        self.answer = self.database.execute(JOIN).to_arrow_table()
        return built - begun, time.perf_counter() - built

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the pairs of the last round."""
        return self.answer["i"].to_numpy(), self.answer["cell"].to_numpy()


def load(folder: Path, count: int, way: str) -> DuckDB:
    """Give the engine."""
    return DuckDB(folder, count, rtree=way == "rtree")
