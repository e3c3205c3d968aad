"""Reading files back with the system's GDAL, which shares no code with the writers."""

from __future__ import annotations

import csv
import datetime as dt
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.management import call_command

from exporters.writers import ExportField, ExportTable
from tests.exporters.published import publish, stock


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: opens a page in chromium; skipped where it is absent")


@dataclass
class GdalReader:
    """What `ogrinfo` and `ogr2ogr` say about a file."""

    folder: Path

    def info(self, source: str | Path, *options: str) -> str:
        return self.run("ogrinfo", "-al", *options, str(source))

    def layers(self, source: str | Path) -> list[str]:
        listing = self.run("ogrinfo", "-q", str(source))
        return [line.split(": ", 1)[1].rsplit(" (", 1)[0] for line in listing.splitlines() if ": " in line]

    def rows(self, source: str | Path, *options: str) -> list[dict[str, Any]]:
        """Attributes as GeoJSON properties, the geometry under "geometry" as shapely, exact."""
        target = self.folder / "read_back.geojson"
        target.unlink(missing_ok=True)
        exact = ("-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17")
        self.run("ogr2ogr", "-f", "GeoJSON", *exact, *options, str(target), str(source))
        features = json.loads(target.read_text(encoding="utf-8"))["features"]
        return [{**feature["properties"], "geometry": _shape(feature["geometry"])} for feature in features]

    def table(self, source: str | Path, *options: str) -> list[dict[str, str]]:
        """Attributes as text."""
        target = self.folder / "read_back.csv"
        target.unlink(missing_ok=True)
        self.run("ogr2ogr", "-f", "CSV", *options, str(target), str(source))
        with target.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Warning" not in done.stderr, done.stderr
        return done.stdout


def _shape(geometry: dict[str, Any] | None) -> Any:
    return None if geometry is None else shapely.from_geojson(json.dumps(geometry))


@pytest.fixture
def gdal(tmp_path: Path) -> GdalReader:
    """The system's GDAL as an independent reader."""
    folder = tmp_path / "gdal"
    folder.mkdir()
    return GdalReader(folder)


@pytest.fixture
def openable() -> Any:
    """What GDAL has to be told to open a written file with its geometries."""

    def source_and_options(path: Path) -> tuple[str, tuple[str, ...]]:
        if path.suffix == ".zip":
            return f"/vsizip/{path}", ()
        if path.suffix == ".csv":
            return str(path), ("-oo", "GEOM_POSSIBLE_NAMES=geometry", "-oo", "KEEP_GEOM_COLUMNS=NO")
        return str(path), ()

    return source_and_options


@pytest.fixture
def lattice() -> Any:
    """Coordinates as they are stored: on the lattice of 1e-8 degrees."""

    def on_lattice(values: Any) -> np.ndarray:
        return np.floor(np.asarray(values, dtype=np.float64) * 1e8 + 0.5) / 1e8

    return on_lattice


@pytest.fixture
def cells(lattice: Any) -> ExportTable:
    """Four cells: one plain, one with two parts and a hole, one without a place, one tiny.

    ::

        row 1      row 2           row 3    row 4
        +----+     +------+  +-+   (none)   . one lattice step wide
        |    |     | +--+ |  | |
        |    |     | +--+ |  +-+
        +----+     +------+
    """
    rng = np.random.default_rng(7)
    ring = lattice(
        np.column_stack([118.3 + np.sort(rng.uniform(0, 0.1, 20)), 29.7 + rng.uniform(0, 0.01, 20)])
    )
    plain = shapely.Polygon([*ring, (118.4012345, 29.9), (118.2987654, 29.9)])
    hole = lattice([(118.51, 29.71), (118.51, 29.72), (118.52, 29.72), (118.52, 29.71)])
    outer = lattice([(118.5, 29.7), (118.53, 29.7), (118.53, 29.73333333), (118.5, 29.73)])
    part = lattice([(118.6, 29.7), (118.61000001, 29.7), (118.61, 29.71)])
    multi = shapely.MultiPolygon([shapely.Polygon(outer, [hole]), shapely.Polygon(part)])
    tiny = shapely.Polygon(lattice([(118.7, 29.7), (118.70000001, 29.7), (118.70000001, 29.70000001)]))
    return ExportTable(
        name="黄山网格",
        fields=(
            ExportField("code", "text", "编码"),
            ExportField("名称", "text", "单元网格名称"),
            ExportField("households", "integer", "户数"),
            ExportField("area_m2", "real", "面积"),
            ExportField("published", "bool", "已发布"),
            ExportField("since", "date", "起始日"),
            ExportField("changed_at", "datetime", "改动时间"),
            ExportField("extra", "json", "其他"),
        ),
        columns={
            "code": ["0034", "341002001", "0", "E-1"],
            "名称": ["屯溪区", "黎阳镇，“老街”", None, "a\nb,c"],
            "households": [12, 123456789012, None, -5],
            "area_m2": [0.1 + 0.2, 1234567.123456789, None, 1e-9],
            "published": [True, False, None, True],
            "since": [dt.date(2026, 11, 23), dt.date(1949, 10, 1), None, dt.date(9999, 12, 31)],
            "changed_at": [dt.datetime(2026, 11, 23, 8, 30, 15, tzinfo=dt.UTC), *[None] * 3],
            "extra": [{"级": [1, 2.5, None]}, "text", None, []],
        },
        geometries=np.array([plain, multi, None, tiny], dtype=object),
        geometry_type="MultiPolygon",
    )


@pytest.fixture
def same_rings() -> Any:
    """Tells whether two polygons have the same vertices, bit for bit, whatever ring starts or turns where."""

    def canonical(geometry: Any) -> Any:
        if geometry is None:
            return None
        return sorted(
            (_canonical_ring(polygon.exterior), sorted(_canonical_ring(ring) for ring in polygon.interiors))
            for polygon in shapely.get_parts(geometry)
        )

    def same(left: Any, right: Any) -> bool:
        return bool(canonical(left) == canonical(right))

    return same


def _canonical_ring(ring: Any) -> list[tuple[float, float]]:
    points = [tuple(point) for point in ring.coords[:-1]]
    start = points.index(min(points))
    turned = points[start:] + points[:start]
    return min(turned, [turned[0], *turned[:0:-1]])


@pytest.fixture
def land(db):
    """A small land that is published; see published.py."""
    return publish()


@pytest.fixture
def places(land):
    """Objects on that land: their places by key."""
    return stock(land)


@pytest.fixture
def export(tmp_path, capsys):
    """Run the command; give the file, what the JSON says, and what stderr says."""

    def run(what, name, *options, scheme="small"):
        path = tmp_path / name
        call_command("export", what, scheme, "-o", str(path), "--json", *options)
        said = capsys.readouterr()
        return path, json.loads(said.out), said.err

    return run


@pytest.fixture
def rows_of(gdal, openable):
    """Rows of a file by GDAL's programs: attributes and exact geometries."""

    def read(path):
        source, options = openable(path)
        found = []
        for layer in gdal.layers(source):
            found += gdal.rows(source, *options, "-sql", f'SELECT * FROM "{layer}"')
        return found

    return read
