"""GCJ-02 and BD-09: published vectors, exact inverses, the box."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geogrid.core import offsets

# requirements.md 3.4: WGS 84, GCJ-02, and BD-09 of the first.
WGS = np.array([[118.337, 29.714], [116.397, 39.909], [104.83, 26.59]])
GCJ = np.array([[118.342204, 29.711600], [116.403244, 39.910403], [104.832538, 26.586381]])
BD = np.array([118.348657, 29.717739])

longitudes = st.floats(73.0, 135.0).filter(lambda lon: abs(lon - 105.0) > 1e-6)
in_china = st.tuples(longitudes, st.floats(3.0, 54.0))


def test_the_published_vectors_come_out_to_six_decimals():
    np.testing.assert_allclose(offsets.gcj02_from_wgs84(WGS), GCJ, rtol=0, atol=6e-7)
    np.testing.assert_allclose(offsets.bd09_from_wgs84(WGS[:1])[0], BD, rtol=0, atol=6e-7)


@given(in_china)
def test_taking_the_shift_away_gives_the_place_back(place):
    here = np.array([place])
    np.testing.assert_allclose(
        offsets.wgs84_from_gcj02(offsets.gcj02_from_wgs84(here)), here, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        offsets.wgs84_from_bd09(offsets.bd09_from_wgs84(here)), here, rtol=0, atol=1e-12
    )


def test_at_longitude_105_where_the_series_is_ambiguous_a_third_of_a_micrometre_is_lost():
    nearly = 105.0 + np.concatenate([[0.0], *([-(10.0**-n), 10.0**-n] for n in range(3, 15))])
    places = np.array([(lon, lat) for lon in nearly for lat in (3.0, 26.59, 35.0, 53.0)])
    back = offsets.wgs84_from_gcj02(offsets.gcj02_from_wgs84(places))
    np.testing.assert_allclose(back, places, rtol=0, atol=4e-12)


@given(st.tuples(st.floats(-180.0, 180.0), st.floats(-89.0, 89.0)))
def test_bd09_is_undone_everywhere_on_earth(place):
    here = np.array([place])
    back = offsets.gcj02_from_bd09(offsets.bd09_from_gcj02(here))
    np.testing.assert_allclose(back, here, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "place", [(-0.1276, 51.5072), (151.2093, -33.8688), (72.0039999, 30.0), (100, 0.82929)]
)
def test_outside_the_box_gcj02_is_wgs84(place):
    here = np.array([place])
    np.testing.assert_array_equal(offsets.gcj02_from_wgs84(here), here)
    np.testing.assert_array_equal(offsets.wgs84_from_gcj02(here), here)


def test_the_border_of_the_box_is_shifted():
    west, south, east, north = offsets.BOX
    corners = np.array([[west, south], [east, north]])
    assert (offsets.gcj02_from_wgs84(corners) != corners).all()


def test_what_is_no_coordinate_comes_back_as_it_is():
    strange = np.array([[np.nan, 30.0], [np.inf, 30.0], [1e308, 1e308], [110.0, np.nan]])
    for shift in (
        offsets.gcj02_from_wgs84,
        offsets.wgs84_from_gcj02,
        offsets.bd09_from_wgs84,
        offsets.wgs84_from_bd09,
    ):
        np.testing.assert_array_equal(shift(strange), strange)


def test_no_points_give_no_points():
    assert offsets.wgs84_from_bd09(np.empty((0, 2))).shape == (0, 2)


def test_the_input_is_left_alone():
    before = WGS.copy()
    offsets.gcj02_from_wgs84(WGS)
    offsets.wgs84_from_bd09(WGS)
    np.testing.assert_array_equal(before, WGS)


@pytest.mark.shared_data
def test_five_hundred_reference_points_agree(shared_data: Path):
    with (shared_data / "gcj02" / "wgs_gcj_bd_reference.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 570

    def column(name: str) -> np.ndarray:
        return np.array([(float(row[f"{name}_lon"]), float(row[f"{name}_lat"])) for row in rows])

    # The reference has nine decimals.
    np.testing.assert_allclose(offsets.gcj02_from_wgs84(column("wgs")), column("gcj"), rtol=0, atol=6e-9)
    np.testing.assert_allclose(offsets.bd09_from_wgs84(column("wgs")), column("bd"), rtol=0, atol=6e-9)
    inner = np.array([row["src"] != "box_edge" for row in rows])
    back = offsets.wgs84_from_gcj02(column("gcj"))
    np.testing.assert_allclose(back[inner], column("wgs")[inner], rtol=0, atol=6e-9)
