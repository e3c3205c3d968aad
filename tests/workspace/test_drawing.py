"""Borders as small drawings."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import shapely

from workspace.drawing import HIGHEST, WIDTH, Frame, draw


def corners(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"(-?\d+) (-?\d+)", path)]


def wave(y0: float, y1: float) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Two polygons, west and east of one long wavy border."""
    y = np.linspace(y0, y1, 5000)
    line = np.column_stack([118 + 0.0005 * np.sin(y * 900), y])
    west = shapely.Polygon([*line, (117.9, y1), (117.9, y0)])
    east = shapely.Polygon([*line, (118.1, y1), (118.1, y0)])
    return west, east


def test_a_shared_border_is_drawn_once_however_few_vertices_are_left() -> None:
    west, east = wave(29.9, 30.1)
    frame = Frame.around(shapely.union(west, east))
    one, other = corners(frame.path(west)), corners(frame.path(east))
    assert len(one) < 4000
    shared = set(one) & set(other)
    assert len(shared) >= len(one) - 4


def test_nothing_of_the_cell_leaves_the_drawing() -> None:
    for box in [(118, 30, 118.4, 30.1), (118, 30, 118.01, 30.9), (-70.7, -33.5, -70.6, -33.4)]:
        shape = shapely.box(*box)
        frame = Frame.around(shape)
        assert frame.height <= HIGHEST * 1.01
        for x, y in corners(frame.path(shape)):
            assert 0 < x < WIDTH
            assert 0 < y < frame.height


def test_north_is_up_and_the_scale_is_the_same_both_ways() -> None:
    shape = shapely.box(118, 30, 118 + 0.1 / math.cos(math.radians(30.05)), 30.1)
    x, y = zip(*corners(Frame.around(shape).path(shape)), strict=True)
    assert max(x) - min(x) == pytest.approx(max(y) - min(y), abs=2)
    top = shapely.box(118, 30.09, 118.1, 30.1)
    assert max(corner[1] for corner in corners(Frame.around(shape).path(top))) < max(y)


def test_holes_and_parts_are_rings_of_one_path() -> None:
    holed = shapely.box(118, 30, 118.1, 30.1) - shapely.box(118.04, 30.04, 118.06, 30.06)
    parts = shapely.MultiPolygon([*shapely.get_parts(holed), shapely.box(118.2, 30, 118.3, 30.1)])
    assert Frame.around(parts).path(parts).count("Z") == 3


def test_what_is_smaller_than_the_raster_is_left_out() -> None:
    land = shapely.box(118, 30, 119, 31)
    drawing = draw(Frame.around(land), land, children=[shapely.box(118, 30, 118.00001, 30.00001)], around=[])
    assert drawing.children == []


@pytest.mark.parametrize("size", [0.0001, 0.003, 0.02, 0.7, 5.0])
def test_the_scale_bar_has_a_round_length_and_is_true(size: float) -> None:
    shape = shapely.box(118, 30, 118 + size, 30 + size)
    frame = Frame.around(shape)
    units, metres = frame.bar
    assert re.fullmatch(r"[125]e[+-]\d+", f"{metres:.0e}")
    assert 0 < units <= WIDTH * 0.25 + 1
    assert units * 111_320 / frame.per_lat == pytest.approx(metres, rel=0.05)
