"""The engines, each a name, a module with its `load`, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "GeoGrid"


@dataclass(frozen=True)
class Engine:
    """An engine as it is measured.

    Attributes
    ----------
    module : str
        Where its `load(folder, count, way)` is.
    way : str
        Which of its ways of doing it.
    ours : bool
        It runs in the project's Python, not in the peers'.
    most : int
        More points than that would take it too long, unless all is asked for.
    """

    name: str
    module: str
    way: str
    ours: bool = False
    most: int = 1_000_000_000


ENGINES = (
    Engine(OURS, "ours", "", ours=True),
    Engine("geopandas, tree of cells", "with_geopandas", "cells"),
    Engine("geopandas, tree of points", "with_geopandas", "points"),
    Engine("DuckDB", "with_duckdb", "join"),
    Engine("DuckDB, RTREE on cells", "with_duckdb", "rtree"),
    Engine("SedonaDB, as it comes", "with_sedonadb", "tg auto"),
    Engine("SedonaDB, geo, cells prepared", "with_sedonadb", "geo prepare_build"),
    Engine("PostGIS, GiST on cells", "with_postgis", "cells", ours=True, most=1_000_000),
    Engine("PostGIS, GiST on points", "with_postgis", "points", ours=True),
)
