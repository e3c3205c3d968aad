"""What became of a cell's land: nothing, nodes, a better drawing, or a move."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geogrid.core.area import polygon_areas
from geogrid.core.coverage import Cell
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from geogrid.core.redraws import (
    REDIGITISED_DISTANCE_M,
    Nodes,
    border_distance_m,
    classify_cell,
    classify_land,
    noded_only,
    nodes_between,
)

METRE = 1 / 111_320


def multi(*polygons):
    return MultiPolygon(list(polygons))


def land(*rings):
    """Make a land of one shell and its holes, in lattice steps around a place in Anhui."""
    corner = np.array([11_700_000_000, 3_000_000_000])
    shell, *holes = (to_degrees(np.array(ring) + corner) for ring in rings)
    return multi(Polygon(shell, holes))


SQUARE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]


class TestNodes:
    def test_a_land_and_itself_differ_by_no_nodes(self):
        assert nodes_between(land(SQUARE), land(SQUARE)) == Nodes(0, 0)

    def test_a_node_in_the_middle_of_an_edge_is_only_a_node(self):
        #  ┌───┐      ┌─•─┐
        #  │   │  →   │   │
        #  └───┘      └───┘
        noded = land([*SQUARE[:3], (500, 1000), SQUARE[3]])
        assert nodes_between(land(SQUARE), noded) == Nodes(1, 0)
        assert nodes_between(noded, land(SQUARE)) == Nodes(0, 1)

    def test_nodes_may_come_on_one_side_and_go_on_the_other(self):
        before = land([*SQUARE[:3], (500, 1000), SQUARE[3]])
        after = land([SQUARE[0], (300, 0), *SQUARE[1:]])
        assert nodes_between(before, after) == Nodes(1, 1)

    def test_a_node_beside_a_slanted_edge_counts_only_if_the_edge_passes_its_pixel(self):
        slanted = [(0, 0), (1000, 333), (0, 1000)]
        assert noded_only(land(slanted), land([slanted[0], (500, 167), *slanted[1:]]))  # at 166.5
        assert not noded_only(land(slanted), land([slanted[0], (500, 168), *slanted[1:]]))
        assert not noded_only(land(slanted), land([slanted[0], (500, 165), *slanted[1:]]))

    def test_a_node_that_only_the_led_line_passes_is_followed(self):
        # (0,0)–(10,4) passes the pixel of (4,2) at 1.6; led through it, (0,0)–(4,2) passes (3,2) at 1.5,
        # which the line from the start, at 1.2 to 1.4, does not.
        shape = [(0, 0), (10, 4), (0, 400)]
        assert noded_only(land(shape), land([(0, 0), (3, 2), (4, 2), (10, 4), (0, 400)]))
        assert not noded_only(land(shape), land([(0, 0), (3, 2), (10, 4), (0, 400)]))

    def test_a_line_that_runs_back_and_forth_is_no_noding(self):
        there = [SQUARE[0], (600, 0), (300, 0), *SQUARE[1:]]
        assert not noded_only(land(SQUARE), land(there))

    def test_a_vertex_that_moved_by_one_step_is_more_than_a_node(self):
        assert not noded_only(land(SQUARE), land([(0, 0), (1000, 0), (1000, 1000), (0, 999)]))
        inner = [*SQUARE[:2], (999, 999), *SQUARE[3:]]
        assert not noded_only(land(SQUARE), land(inner))

    def test_a_corner_that_went_is_more_than_a_node(self):
        assert not noded_only(land(SQUARE), land(SQUARE[:3]))

    def test_rings_may_begin_elsewhere_and_run_the_other_way(self):
        turned = land([SQUARE[2], SQUARE[3], SQUARE[0], SQUARE[1]])
        assert nodes_between(land(SQUARE), turned) == Nodes(0, 0)
        assert nodes_between(land(SQUARE), land(SQUARE[::-1])) == Nodes(0, 0)

    def test_holes_and_parts_may_be_in_any_order(self):
        one, two = ([(x, 100), (x + 50, 100), (x, 150)] for x in (100, 300))
        assert nodes_between(land(SQUARE, one, two), land(SQUARE, two, one)) == Nodes(0, 0)
        a, b = box(0, 0, 1, 1), box(2, 0, 3, 1)
        assert nodes_between(multi(a, b), multi(b, a)) == Nodes(0, 0)

    def test_a_hole_that_came_went_or_moved_is_more_than_a_node(self):
        one, two = ([(x, 100), (x + 50, 100), (x, 150)] for x in (100, 300))
        assert not noded_only(land(SQUARE), land(SQUARE, one))
        assert not noded_only(land(SQUARE, one), land(SQUARE))
        assert not noded_only(land(SQUARE, one), land(SQUARE, two))

    def test_a_hole_that_became_land_of_its_own_is_more_than_a_node(self):
        hole = Polygon([(100, 100), (150, 100), (100, 150)])
        shell = Polygon(SQUARE)
        assert not noded_only(multi(Polygon(SQUARE, [hole.exterior])), multi(shell, hole))

    def test_parts_that_touch_in_a_corner_may_get_the_node_there(self):
        #  \  /
        #   \/
        # ┌──•──┐   the tip of the upper part gives the lower one a node
        # └─────┘
        lower, upper = Polygon(SQUARE), Polygon([(500, 1000), (700, 1500), (300, 1500)])
        noded = Polygon([*SQUARE[:3], (500, 1000), SQUARE[3]])
        assert nodes_between(multi(lower, upper), multi(upper, noded)) == Nodes(1, 0)

    def test_an_island_that_touches_its_lake_in_three_corners_is_told_from_the_lake(self):
        lake = [(100, 100), (900, 100), (500, 900)]
        island = Polygon([(500, 100), (300, 500), (700, 500)])
        noded_lake = [(100, 100), (500, 100), (900, 100), (700, 500), (500, 900), (300, 500)]
        before = multi(Polygon(SQUARE, [lake]), island)
        after = multi(island, Polygon(SQUARE, [noded_lake]))
        assert nodes_between(before, after) == Nodes(3, 0)

    def test_no_land_and_no_land_are_the_same_and_no_land_and_some_are_not(self):
        assert noded_only(MultiPolygon(), MultiPolygon())
        assert not noded_only(MultiPolygon(), land(SQUARE))
        assert not noded_only(land(SQUARE), MultiPolygon())

    def test_edges_too_long_for_64_bits_are_told_exactly(self):
        wide = [(0, 0), (6_000_000_000, 1_999_999_999), (0, 2_500_000_000)]
        at = 3_000_000_000
        assert noded_only(land(wide), land([wide[0], (at, 1_000_000_000), *wide[1:]]))  # at 999,999,999.5
        assert not noded_only(land(wide), land([wide[0], (at, 999_999_998), *wide[1:]]))

    def test_a_vertex_given_twice_in_a_row_is_one(self):
        assert nodes_between(land(SQUARE), land([SQUARE[0], *SQUARE])) == Nodes(0, 0)


steps = st.integers(0, 400)
rings = st.lists(st.tuples(steps, steps), min_size=3, max_size=9, unique=True)


def _simple(ring):
    return Polygon(ring).is_valid and Polygon(ring).area > 0


@settings(max_examples=300, deadline=None)
@given(rings.filter(_simple), st.lists(rings.filter(_simple), min_size=1, max_size=3), st.randoms())
def test_what_noding_with_neighbours_does_is_noded_and_nothing_else(ring, others, random):
    before = land(ring)
    mesh = node_mesh(mesh_of([before, *(land(other) for other in others)]))
    after = polygons_of(mesh)[0]
    vertices = shapely.get_coordinates(after.geoms[0].exterior)[:-1] if len(after.geoms) == 1 else []
    # Where noding made a ring touch itself it was taken apart, which is more than nodes.
    assume(len(after.geoms) == 1 and not after.geoms[0].interiors)
    assume(len(np.unique(vertices, axis=0)) == len(vertices))
    assume({tuple(p) for p in shapely.get_coordinates(before)} <= {tuple(p) for p in vertices})
    nodes = nodes_between(before, after)
    assert nodes == Nodes(len(vertices) - len(ring), 0)
    assert nodes_between(after, before) == Nodes(0, nodes.gained)
    turn = random.randrange(len(vertices))
    turned = multi(Polygon(np.roll(vertices, turn, axis=0)[:: random.choice((1, -1))]))
    assert nodes_between(before, turned) == nodes
    assert classify_land(before, turned).kind == ("noded" if nodes.gained else "same")


@settings(max_examples=200, deadline=None)
@given(rings.filter(_simple), st.integers(0, 8), st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
def test_land_that_is_only_noded_differs_by_half_a_step_along_its_border(ring, which, way):
    moved = list(ring)
    x, y = moved[which % len(ring)]
    moved[which % len(ring)] = (x + way[0], y + way[1])
    assume(_simple(moved))
    before, after = land(ring), land(moved)
    if noded_only(before, after):
        # The border of each lies within one step of the other's.
        assert shapely.hausdorff_distance(before.boundary, after.boundary) < 1.01e-8
    elif way != (0, 0):
        assert before.normalize() != after.normalize()


@settings(max_examples=200, deadline=None)
@given(rings.filter(_simple), rings.filter(_simple))
def test_lands_of_other_area_than_nodes_can_make_are_never_noded(ring, other):
    before, after = land(ring), land(other)
    if noded_only(before, after):
        lengths = before.length + after.length
        assert shapely.symmetric_difference(before, after).area <= lengths * 1e-8


class TestKinds:
    def test_a_border_drawn_again_within_metres_is_redigitised(self):
        before = multi(box(117, 30, 117.01, 30.01))
        xy = shapely.get_coordinates(shapely.segmentize(before, 0.0005))
        wiggled = xy + np.sin(np.arange(len(xy)) * 1.7)[:, None] * 2 * METRE
        wiggled[-1] = wiggled[0]
        redraw = classify_land(before, multi(Polygon(wiggled)))
        assert redraw.kind == "redigitised"
        assert 1 < redraw.distance_m < REDIGITISED_DISTANCE_M
        assert 0 < redraw.exchanged_m2 < 0.02 * polygon_areas([before])[0]

    def test_a_border_that_went_ten_metres_away_is_moved(self):
        before, after = multi(box(117, 30, 117.01, 30.01)), multi(box(117, 30, 117.01, 30.01 + 10 * METRE))
        redraw = classify_land(before, after)
        assert redraw.kind == "moved"
        assert redraw.distance_m == pytest.approx(10, rel=0.01)

    def test_a_spike_of_little_area_is_moved_by_its_distance(self):
        before = multi(box(117, 30, 117.01, 30.01))
        spike = Polygon([(117.01, 30.005), (117.01 + 50 * METRE, 30.005), (117.01, 30.005 + METRE)])
        redraw = classify_land(before, multi(before.union(spike)))
        assert redraw.kind == "moved"
        assert redraw.distance_m == pytest.approx(50 * np.cos(np.radians(30)), rel=0.01)

    def test_in_a_small_cell_few_metres_are_a_move(self):
        before, after = multi(box(0, 0, 20 * METRE, 20 * METRE)), multi(box(0, 0, 24 * METRE, 20 * METRE))
        redraw = classify_land(before, after)
        assert redraw.distance_m < REDIGITISED_DISTANCE_M
        assert redraw.kind == "moved"

    def test_a_cell_that_shifts_without_changing_its_area_is_not_the_same_drawing(self):
        before = multi(box(0, 0, 20 * METRE, 20 * METRE))
        after = multi(box(4 * METRE, 0, 24 * METRE, 20 * METRE))
        assert classify_land(before, after).kind == "moved"

    def test_nodes_alone_are_noded_and_rings_that_begin_elsewhere_the_same(self):
        noded = land([*SQUARE[:3], (500, 1000), SQUARE[3]])
        assert classify_land(land(SQUARE), noded) == classify_land(noded, land(SQUARE))
        assert classify_land(land(SQUARE), noded).kind == "noded"
        assert classify_land(land(SQUARE), land(SQUARE[::-1])).kind == "same"

    def test_land_that_came_or_went_is_moved_and_no_land_is_the_same(self):
        assert classify_land(None, land(SQUARE)).kind == "moved"
        assert classify_land(land(SQUARE), None).exchanged_m2 > 0
        assert classify_land(None, MultiPolygon()).kind == "same"

    def test_the_distance_of_borders_is_seen_from_both(self):
        before = multi(box(117, 30, 117.01, 30.01))
        with_hole = multi(Polygon(before.geoms[0].exterior, [box(117.004, 30.004, 117.006, 30.006).exterior]))
        there, back = border_distance_m(before, with_hole), border_distance_m(with_hole, before)
        assert there == back
        assert there == pytest.approx(0.004 * 111_320, rel=0.01)


class TestCells:
    CELL = Cell(UUID(int=1), 1, "01", "Old", "park", UUID(int=9), land(SQUARE), {"a": 1})

    def test_each_flag_says_what_changed_beside_the_land(self):
        flags = {
            "renamed": {"name": "New"},
            "renumbered": {"code": "02"},
            "reparented": {"parent": UUID(int=8)},
            "described": {"attributes": {"a": 2}},
        }
        for word, change in flags.items():
            assert classify_cell(self.CELL, replace(self.CELL, **change)).words == (word,)

    def test_land_and_flags_are_said_together(self):
        after = replace(self.CELL, name="New", code="02", shape=multi(box(0, 0, 1, 1)))
        assert classify_cell(self.CELL, after).words == ("moved", "renamed", "renumbered")

    def test_nothing_changed_is_said_with_no_word(self):
        assert classify_cell(self.CELL, self.CELL).words == ()
