"""Land and features at longitude 180."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from importers.readers import read_table
from importers.readers.antimeridian import crosses_antimeridian, split_antimeridian
from importers.readers.table import as_objects

CROSSING = {
    "by a jump": "POLYGON ((179 0, -179 0, -179 1, 179 1, 179 0))",
    "by counting on": "POLYGON ((179 0, 181 0, 181 1, 179 1, 179 0))",
    "a line": "LINESTRING (179 0, -179 0)",
    "in one of two parts": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((179 0, -179 0, -179 1, 179 0)))",
    "in a hole": "POLYGON ((170 0, 190 0, 190 9, 170 9, 170 0), (179 1, 181 1, 181 2, 179 1))",
}
NOT_CROSSING = {
    "touching 180": "POLYGON ((179 0, 180 0, 180 1, 179 1, 179 0))",
    "touching -180": "POLYGON ((-180 0, -179 0, -179 1, -180 1, -180 0))",
    "two parts": "MULTIPOLYGON (((179 0, 180 0, 180 1, 179 0)), ((-180 0, -179 0, -179 1, -180 0)))",
    "the whole map": "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))",
    "points on either side": "MULTIPOINT (179 0, -179 0)",
    "a wide country": "POLYGON ((27 41, 90 41, 179 41, 179 70, 27 70, 27 41))",
}


def test_crossing_shapes_are_marked_and_only_they():
    shapes = as_objects([*map(shapely.from_wkt, [*CROSSING.values(), *NOT_CROSSING.values()]), None])
    expected = [True] * len(CROSSING) + [False] * len(NOT_CROSSING) + [False]
    assert crosses_antimeridian(shapes).tolist() == expected


def test_no_shapes_cross_nothing():
    assert crosses_antimeridian(as_objects([])).tolist() == []


@pytest.mark.parametrize("wkt", CROSSING.values(), ids=CROSSING.keys())
def test_what_crosses_is_split_into_parts_within_180(wkt):
    whole = shapely.from_wkt(wkt)
    parts = split_antimeridian(whole)
    assert not crosses_antimeridian(as_objects([parts])).any()
    assert shapely.bounds(parts)[0] >= -180.0
    assert shapely.bounds(parts)[2] <= 180.0
    assert len(parts.geoms) >= 2


def test_splitting_keeps_the_area():
    whole = shapely.from_wkt(CROSSING["by counting on"])
    assert split_antimeridian(whole).area == pytest.approx(whole.area)


def test_a_point_beyond_180_comes_back_within():
    assert split_antimeridian(shapely.Point(190, 10)).wkt == "POINT (-170 10)"


@pytest.mark.shared_data
def test_the_hard_cases_of_others_are_split(shared_data: Path):
    for path in sorted((shared_data / "nasty" / "antimeridian" / "input").glob("*.json")):
        for geometry in read_table(path, want="any").geometries:
            if crosses_antimeridian(as_objects([geometry])).any():
                parts = split_antimeridian(geometry)
                assert not crosses_antimeridian(as_objects([parts])).any(), path.name
