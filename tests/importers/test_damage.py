"""Damaged files: whatever byte is wrong, only our own sentences come out, and nothing stays open."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers.readers import read_table
from tests.importers.making import (
    collection,
    feature,
    geopackage,
    read_or_sentence,
    shapefile,
    square,
    zipped,
)

CELLS = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.Polygon([(5, 5), (6, 5), (6, 6)])]
bounded = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
damage = st.tuples(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=4),
    st.one_of(st.just(1.0), st.floats(0, 1)),
)


@cache
def originals() -> dict[str, bytes]:
    """The bytes of one small file of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "cells.geojson").write_text(
            collection(*(feature(square(x, 0), code=f"0{x}", name="屯溪区") for x in range(3))),
            encoding="utf-8",
        )
        (here / "points.csv").write_text(
            'code,lon,lat,note\n001,118.3,29.7,"a,b"\n002,118.4,29.8,歙县\n', encoding="utf-8"
        )
        shape = shapefile(here, "shape", CELLS)
        zipped(
            here / "shape.zip", *((part.name, part) for part in here.glob("shape.*") if part.suffix != ".zip")
        )
        geopackage(here / "cells.gpkg", "cells", list(CELLS), ["1", "2", "3"], crs="EPSG:3826")
        assert shape.exists()
        return {path.name: path.read_bytes() for path in here.iterdir()}


def damaged(content: bytes, flips: list[tuple[float, int]], kept: float) -> bytes:
    changed = bytearray(content)
    for where, mask in flips:
        changed[int(where * len(changed))] ^= mask
    return bytes(changed[: int(kept * len(changed))])


def reads_or_is_refused(path: Path) -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    for want in ("polygon", "any"):
        result = read_or_sentence(path, want)
        if isinstance(result, str):
            assert "\n" not in result
        else:
            assert result.read == len(result.geometries) + len(result.refused)
    assert len(os.listdir("/proc/self/fd")) == open_before


@pytest.mark.parametrize("name", ["cells.geojson", "points.csv", "shape.zip", "cells.gpkg"])
def test_a_damaged_file_reads_or_is_refused(name):
    @bounded
    @given(damage)
    def check(harm):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(damaged(originals()[name], *harm))
            reads_or_is_refused(path)

    check()


@pytest.mark.parametrize("part", ["shape.shp", "shape.shx", "shape.dbf", "shape.prj"])
def test_a_shapefile_with_one_damaged_part_reads_or_is_refused(part):
    @bounded
    @given(damage)
    def check(harm):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in originals().items():
                if name.startswith("shape.") and not name.endswith(".zip"):
                    changed = damaged(content, *harm) if name == part else content
                    (Path(folder) / name).write_bytes(changed)
            reads_or_is_refused(Path(folder) / "shape.shp")

    check()


def test_undamaged_they_all_read(tmp_path):
    for name, content in originals().items():
        (tmp_path / name).write_bytes(content)
    for name in ("cells.geojson", "points.csv", "shape.zip", "cells.gpkg", "shape.shp"):
        table = read_table(tmp_path / name, want="any")
        assert table.read >= 2
        assert len(table.geometries) == table.read or name == "cells.gpkg"
