"""Lands of several exact levels, and the whole main job on one of them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyogrio
import shapely

from tests.scenarios.making import read_csv, write_csv, write_scheme
from tests.scenarios.oracle import Oracle, OracleCell, read_cells
from tests.scenarios.running import Database

SCHEME = "example"
LAYER = "enterprise"


@dataclass(frozen=True)
class SourceLevel:
    """One level of a file."""

    level: str
    layer: str
    code_field: str
    parent_field: str
    cells: int


@dataclass(frozen=True)
class Nested:
    """A file with all levels of a land, the top first.

    Attributes
    ----------
    file : str
        Name under its folder.
    crs : str
        What the file declares.
    points : str, optional
        File of official interior points; without one, points inside are made from the leaves.
    area_km2 : float
        Of the whole, as `AUDIT_REFERENCE.csv` has it; of the extracts, in an equal-area projection.
    """

    name: str
    file: str
    crs: str
    levels: tuple[SourceLevel, ...]
    area_km2: float
    random_points: int
    edge_points: int
    points: str | None = None
    full: bool = field(default=True)

    @property
    def leaf(self) -> SourceLevel:
        return self.levels[-1]


def _providence(*cells: int) -> tuple[SourceLevel, ...]:
    counties, tracts, groups, blocks = cells
    return (
        SourceLevel("county", "L1_county", "county", "parent", counties),
        SourceLevel("tract", "L2_tract", "tract", "parent", tracts),
        SourceLevel("blockgroup", "L3_blockgroup", "blkgrp", "parent", groups),
        SourceLevel("block", "L4_block", "geoid", "blkgrp", blocks),
    )


def _keelung(*cells: int) -> tuple[SourceLevel, ...]:
    county, towns, areas, firsts, bases = cells
    return (
        SourceLevel("county", "L1_county", "COUNTY_ID", "", county),
        SourceLevel("town", "L2_town", "TOWN_ID", "COUNTY_ID", towns),
        SourceLevel("area", "L3_code2", "CODE2", "TOWN_ID", areas),
        SourceLevel("first", "L4_code1", "CODE1", "CODE2", firsts),
        SourceLevel("base", "L5_base", "CODEBASE", "CODE1", bases),
    )


NESTED = (
    Nested(
        name="providence_extract",
        file="providence.gpkg",
        crs="EPSG:4269",
        levels=_providence(1, 2, 7, 91),
        area_km2=1.2305,
        random_points=1_000,
        edge_points=1_000,
        points="providence_interior_points.csv",
        full=False,
    ),
    Nested(
        name="keelung_extract",
        file="keelung.gpkg",
        crs="EPSG:3826",
        levels=_keelung(1, 3, 3, 25, 46),
        area_km2=0.3412,
        random_points=1_000,
        edge_points=1_000,
        full=False,
    ),
    Nested(
        name="providence",
        file="nested/us_providence_blocks2010_4level.gpkg",
        crs="EPSG:4269",
        levels=_providence(1, 39, 154, 3014),
        area_km2=48.749,
        random_points=10_000,
        edge_points=5_000,
        points="nested/us_providence_blocks2010_interior_points_oracle.csv.gz",
    ),
    Nested(
        name="keelung",
        file="nested/DERIVED_tw_keelung_exact_5level_3826.gpkg",
        crs="EPSG:3826",
        levels=_keelung(1, 7, 140, 1217, 1750),
        area_km2=132.53,
        random_points=10_000,
        edge_points=5_000,
    ),
)


@dataclass
class MainJob:
    """The main job on one land, through the commands; every step runs once, when it is first asked for."""

    land: Nested
    source: Path
    database: Database

    @property
    def file(self) -> Path:
        """The file of all levels."""
        return self.source / self.land.file

    def load(self) -> None:
        """Load a scheme with the file's levels."""
        document = write_scheme(self.database.folder, SCHEME, [level.level for level in self.land.levels])
        self.database.done("load_scheme", document)

    def import_command(self, level: SourceLevel) -> tuple[object, ...]:
        """Give the command that imports one level into the draft `import`."""
        parent = () if level is self.land.levels[0] else ("--parent-field", level.parent_field)
        return (
            *("import_cells", SCHEME, self.file, "--level", level.level, "--layer", level.layer),
            *("--code-field", level.code_field, *parent),
        )

    @cached_property
    def imported(self) -> dict[str, Any]:
        """Load the scheme and import every level; what each import says."""
        self.load()
        return {level.level: self.database.told(*self.import_command(level)) for level in self.land.levels}

    @cached_property
    def audited_draft(self) -> Any:
        """Audit the draft."""
        assert self.imported
        return self.database.told("audit", SCHEME, "--draft", "import")

    @cached_property
    def published(self) -> Any:
        """Publish the draft."""
        assert self.audited_draft
        return self.database.told("publish", SCHEME)

    @cached_property
    def audited(self) -> Any:
        """Audit the edition, all of it."""
        assert self.published
        return self.database.told("audit", SCHEME, "--full", "--strict")

    @cached_property
    def cells(self) -> dict[str, dict[str, OracleCell]]:
        """Export the cells of each level and read them back: level, code, cell."""
        assert self.published
        cells = {}
        for level in self.land.levels:
            out = self.database.folder / f"{level.level}.geojson"
            self.database.done("export", "cells", SCHEME, "-o", out, "--level", level.level)
            cells[level.level] = read_cells(out)
        return cells

    @cached_property
    def oracle(self) -> Oracle:
        """The independent locator among the leaves."""
        return Oracle(self.cells[self.land.leaf.level].values())

    @cached_property
    def chains(self) -> dict[str, dict[str, str]]:
        """For each leaf the code on every level, as the source files name the parents."""
        parents: dict[str, str] = {}
        for number, level in enumerate(self.land.levels):
            if number:
                parents |= {code: parent for code, parent, _ in self.source_rows(level)}
        chains = {}
        for leaf, _, _ in self.source_rows(self.land.leaf):
            chain, code = {}, leaf
            for level in reversed(self.land.levels):
                chain[level.level] = code
                code = parents.get(code, "")
            chains[leaf] = chain
        return chains

    def source_rows(self, level: SourceLevel) -> Iterator[tuple[str, str, shapely.Geometry]]:
        """Read a level of the file itself: code, parent, geometry in the file's coordinate system."""
        names = [level.code_field, *([level.parent_field] if level.parent_field else [])]
        meta, _, shapes, values = pyogrio.raw.read(self.file, layer=level.layer, columns=names)
        columns = dict(zip(meta["fields"], values, strict=True))
        parents = columns[level.parent_field] if level.parent_field else [""] * len(shapes)
        for code, parent, wkb in zip(columns[level.code_field], parents, shapes, strict=True):
            yield str(code), str(parent), shapely.from_wkb(wkb)

    @cached_property
    def points(self) -> Path:
        """Write one point inside each leaf, keyed by the leaf's code, in the file's coordinate system."""
        rows: list[tuple[object, ...]]
        if self.land.points is not None:
            path = self.source / self.land.points
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            official = csv.DictReader(io.StringIO(text.decode()))
            rows = [(row["expected_block"], row["lon"], row["lat"]) for row in official]
        else:
            leaves = self.source_rows(self.land.leaf)
            inside = ((code, shape.point_on_surface()) for code, _, shape in leaves)
            rows = [(code, point.x, point.y) for code, point in inside]
        return write_csv(self.database.folder / "points.csv", ("id", "x", "y"), rows)

    def import_points(self) -> Any:
        """Import the points into the layer of enterprises."""
        fields = ("--key-field", "id", "--lon-field", "x", "--lat-field", "y", "--crs", self.land.crs)
        return self.database.told("import_features", LAYER, self.points, *fields)

    @cached_property
    def features(self) -> Any:
        """Import the points for the first time and assign them."""
        assert self.published
        told = self.import_points()
        self.database.done("assign", SCHEME)
        return told

    def assignments(self) -> dict[str, dict[str, str]]:
        """Export the assignments: key, row."""
        out = self.database.folder / "assignments.csv"
        self.database.done("export", "assignments", SCHEME, "-o", out)
        rows = read_csv(out)
        assert len({(row["layer"], row["key"]) for row in rows}) == len(rows)
        return {row["key"]: row for row in rows}
