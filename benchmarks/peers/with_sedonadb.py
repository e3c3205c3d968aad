"""SedonaDB, two partitions. It has no stored index: its join builds a tree of one side each time."""

from __future__ import annotations

import importlib.metadata
import time
from pathlib import Path

import numpy as np
import sedonadb

JOIN = "SELECT p.i, c.cell FROM {points} p JOIN cells c ON ST_Intersects(c.geometry, p.geometry)"


class SedonaDB:
    """Both as tables in memory."""

    def __init__(self, folder: Path, count: int, *, library: str, mode: str) -> None:
        """Load, and join a little."""
        self.session = sedonadb.connect()
        self._do("SET datafusion.execution.target_partitions = 2")
        self._do(f"SET sedona.spatial_join.spatial_library = '{library}'")
        self._do(f"SET sedona.spatial_join.execution_mode = '{mode}'")
        self.session.read_parquet(folder / "cells.parquet").to_memtable().to_view("cells")
        self.session.read_parquet(folder / f"points_{count}.parquet").to_view("xy")
        point = "SELECT i, ST_SetSRID(ST_Point(lon, lat), 4326) AS geometry FROM xy"
        self.session.sql(point).to_memtable().to_view("points")
        self.session.sql(f"{point} LIMIT 1000").to_memtable().to_view("few")
        self.session.sql(JOIN.format(points="few")).to_arrow_table()
        self.versions = f"sedonadb {importlib.metadata.version('sedonadb')}"

    def _do(self, sql: str) -> None:
        self.session.sql(sql).execute()

    def round(self) -> tuple[float, float]:
        """Join; the answer is a table of Arrow."""
        begun = time.perf_counter()
        self.answer = self.session.sql(JOIN.format(points="points")).to_arrow_table()
        return 0.0, time.perf_counter() - begun

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the pairs of the last round."""
        return self.answer["i"].to_numpy(), self.answer["cell"].to_numpy()


def load(folder: Path, count: int, way: str) -> SedonaDB:
    """Give the engine."""
    library, mode = way.split()
    return SedonaDB(folder, count, library=library, mode=mode)
