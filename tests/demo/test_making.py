"""Making the files: the same bytes for the same plan, and arithmetic that stands on its own feet."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely

from demo.making.__main__ import main, make
from demo.making.arcs import arcs_of, smoothed
from demo.making.growth import spread, way
from demo.making.measuring import area_m2, width_m
from demo.making.objects import shared_out
from demo.making.plan import Plan


def test_made_again_the_files_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    make(Plan.read(folder), tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    del committed["plan.yaml"]
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_without_a_folder_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_band_of_the_ellipsoid_has_the_area_of_the_formula() -> None:
    """Between parallels the area has a closed form (Snyder 1987, 3-11 and 3-12)."""
    a, e2 = 6378137.0, 0.00669437999014
    e = math.sqrt(e2)

    def q(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return (1 - e2) * (s / (1 - e2 * s * s) + math.atanh(e * s) / e)

    expected = a * a * math.radians(0.01) * (q(29.72) - q(29.71)) / 2
    assert area_m2(shapely.box(118.33, 29.71, 118.34, 29.72)) == pytest.approx(expected, rel=1e-9)


def test_the_width_of_a_square_is_its_side_and_that_of_a_triangle_its_circle() -> None:
    side = 0.001
    high = side * math.cos(math.radians(0.0005))
    assert width_m(shapely.box(118, 0, 118 + side, high)) == pytest.approx(111.32, rel=1e-4)
    needle = shapely.Polygon([(118, 0), (118.001, 0), (118.0005, 1e-6)])
    assert width_m(needle) == pytest.approx(1e-6 * 111_320, rel=1e-3)


def test_what_is_shared_out_adds_up_and_nobody_goes_without() -> None:
    shares = shared_out(100, [50.0, 1.0, 0.001, 30.0])
    assert sum(shares) == 100
    assert min(shares) == 1
    assert shares[0] > shares[3] > shares[1]


def test_growth_takes_the_cheap_side_and_ways_go_round_mountains() -> None:
    """
    S....#####....E   the wall is dear, except its upper end
    """
    cost = np.ones((7, 15))
    cost[:6, 5:10] = 50.0
    ends = np.zeros(cost.shape, dtype=bool)
    ends[0, 14] = True
    path = way(cost, (0, 0), ends)
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [0, 14]
    assert all(row == 6 for row, column in path.tolist() if 5 <= column < 10)
    label = spread(cost, np.ones(cost.shape, dtype=bool), [(0, 0), (0, 14)], [3, 8]).label
    assert label[3, 1] == 3
    assert label[3, 13] == 8
    assert set(np.unique(label)) == {3, 8}


def test_borders_meet_in_one_node_and_smoothing_leaves_the_ends_alone() -> None:
    """
    1 1 2
    1 1 2      one node in the middle, three borders
    3 3 3
    """
    label = np.array([[1, 1, 2], [1, 1, 2], [3, 3, 3]])
    lines = arcs_of(label)
    assert len(lines) == 3
    ends = sorted(tuple(end) for line in lines for end in line[[0, -1]].tolist())
    assert ends.count((2.0, 2.0)) == 3
    line = np.array([[0.0, 0], [0, 1], [1, 1], [1, 2], [2, 2]])
    assert smoothed(line, 4)[[0, -1]].tolist() == line[[0, -1]].tolist()
