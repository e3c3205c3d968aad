"""The audits: every place that is not covered once is found, whatever its size, once, by its own rule."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geogrid.core.area import polygon_areas
from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.noded_land import NodedLand, width_m
from geogrid.core.audits.polygons import PolygonFault
from geogrid.core.audits.unmatched_edges import audit_unmatched_edges
from tests.core.lands import land_of

STEP = 1e-8
TWO = [("city", "partition"), ("town", "partition")]


def audit(land, *, lengths=None, faults=None):
    return audit_land(land, tolerance=Tolerance(), code_lengths=lengths or {}, faults=faults or {})


def rules(result):
    return sorted((f.rule, f.level, *f.cells) for f in result.findings)


def city(*towns, land=None, levels=TWO, **more):
    whole = land or box(0, 0, 0.02, 0.02)
    cells = [("C", "city", "", whole)]
    return land_of(levels, [*cells, *((c, levels[1][0], "C", s) for c, s in towns)], **more)


def test_a_city_tiled_by_its_towns_has_no_findings():
    result = audit(city(("1", box(0, 0, 0.01, 0.02)), ("2", box(0.01, 0, 0.02, 0.02))))
    assert rules(result) == []
    assert result.levels["town"]["cells"] == 2
    assert result.levels["town"]["area_m2"] == pytest.approx(result.levels["city"]["area_m2"], rel=1e-12)


def test_a_gap_names_its_neighbours_its_size_and_its_parent():
    # 1 | gap 0.001° wide | 2
    result = audit(city(("1", box(0, 0, 0.01, 0.02)), ("2", box(0.011, 0, 0.02, 0.02))))
    (gap,) = result.findings
    assert (gap.rule, gap.level, gap.cells, gap.severity) == ("gap", "town", ("1", "2"), "major")
    assert gap.area_m2 == pytest.approx(polygon_areas([box(0.01, 0, 0.011, 0.02)])[0], rel=1e-9)
    assert gap.width_m == pytest.approx(111.3, rel=0.01)
    assert gap.geometry.equals(box(0.01, 0, 0.011, 0.02))
    assert "C" in gap.message
    assert result.levels["town"]["gaps"] == 1
    assert result.levels["town"]["gap_area_m2"] == gap.area_m2


def test_a_strip_one_grid_step_wide_is_found_and_is_minor():
    result = audit(city(("1", box(0, 0, 0.01, 0.02)), ("2", box(0.01 + STEP, 0, 0.02, 0.02))))
    (gap,) = result.findings
    assert (gap.rule, gap.severity) == ("gap", "minor")
    assert gap.width_m == pytest.approx(0.00111, rel=0.02)


def test_an_inlet_at_the_rim_is_a_gap():
    inlet = shapely.Polygon([(0.01, 0.02), (0.012, 0.015), (0.013, 0.02)])
    result = audit(city(("1", box(0, 0, 0.02, 0.02) - inlet)))
    assert rules(result) == [("gap", "town", "1")]


def test_an_overlap_is_one_finding_for_each_place_and_set_of_cells():
    result = audit(city(("1", box(0, 0, 0.011, 0.02)), ("2", box(0.01, 0, 0.02, 0.02))))
    (overlap,) = result.findings
    assert (overlap.rule, overlap.cells) == ("overlap", ("1", "2"))
    assert overlap.area_m2 == pytest.approx(polygon_areas([box(0.01, 0, 0.011, 0.02)])[0], rel=1e-9)
    assert result.levels["town"]["overlaps"] == 1


def test_three_cells_on_one_place_are_one_finding_of_three():
    result = audit(
        city(
            ("1", box(0, 0, 0.02, 0.02)),
            ("2", box(0.005, 0.005, 0.01, 0.01)),
            ("3", box(0.008, 0.008, 0.012, 0.012)),
        )
    )
    assert rules(result) == [
        ("overlap", "town", "1", "2"),
        ("overlap", "town", "1", "2", "3"),
        ("overlap", "town", "1", "3"),
    ]


def test_a_cell_within_a_cell_is_an_overlap_and_not_lost():
    result = audit(city(("1", box(0, 0, 0.02, 0.02)), ("2", box(0.005, 0.005, 0.01, 0.01))))
    assert rules(result) == [("overlap", "town", "1", "2")]


def test_cells_of_the_same_land_are_duplicates():
    result = audit(city(("1", box(0, 0, 0.02, 0.02)), ("2", box(0, 0, 0.02, 0.02))))
    assert rules(result) == [("duplicate_cell", "town", "1", "2")]
    assert result.levels["town"]["overlaps"] == 1


def test_a_child_beyond_its_parent_is_outside_it():
    result = audit(city(("1", box(0, 0, 0.021, 0.02))))
    (found,) = result.findings
    assert (found.rule, found.cells) == ("outside_parent", ("1",))
    assert found.area_m2 == pytest.approx(polygon_areas([box(0.02, 0, 0.021, 0.02)])[0], rel=1e-9)


def test_a_child_of_the_wrong_parent_is_outside_it_and_leaves_a_gap_only_where_it_should_be():
    cells = [
        ("A", "city", "", box(0, 0, 0.01, 0.01)),
        ("B", "city", "", box(0.01, 0, 0.02, 0.01)),
        ("1", "town", "B", box(0, 0, 0.01, 0.01)),
        ("2", "town", "B", box(0.01, 0, 0.02, 0.01)),
    ]
    assert rules(audit(land_of(TWO, cells))) == [("outside_parent", "town", "1")]


def test_a_hole_in_the_top_level_is_a_suspected_gap():
    ring = box(0, 0, 0.02, 0.02) - box(0.005, 0.005, 0.01, 0.01)
    (gap,) = audit(land_of([("city", "partition")], [("C", "city", "", ring)])).findings
    assert (gap.rule, gap.severity, gap.cells) == ("gap", "suspected", ("C",))


def test_with_an_extent_a_hole_of_the_top_level_is_a_gap_and_beyond_it_is_outside():
    ring = box(0, 0, 0.02, 0.02) - box(0.005, 0.005, 0.01, 0.01)
    land = land_of([("city", "partition")], [("C", "city", "", ring)], extent=box(0, 0, 0.03, 0.01))
    assert rules(audit(land)) == [("gap", "city", "C"), ("gap", "city", "C"), ("outside_parent", "city", "C")]


def test_an_enclave_and_its_exclave_are_no_gaps():
    enclave = box(0.005, 0.005, 0.01, 0.01)
    result = audit(city(("1", box(0, 0, 0.02, 0.02) - enclave), ("2", enclave)))
    assert rules(result) == []


def test_a_parents_own_hole_is_no_gap_of_its_children():
    hole = box(0.005, 0.005, 0.01, 0.01)
    result = audit(city(("1", box(0, 0, 0.02, 0.02) - hole), land=box(0, 0, 0.02, 0.02) - hole))
    assert rules(result) == [("gap", "city", "C")]


def test_ragged_parents_without_children_are_whole_and_those_with_children_must_be_tiled():
    levels = [("city", "partition"), ("town", "ragged")]
    cells = [
        ("A", "city", "", box(0, 0, 0.01, 0.01)),
        ("B", "city", "", box(0.01, 0, 0.02, 0.01)),
        ("1", "town", "B", box(0.01, 0, 0.015, 0.01)),
    ]
    (gap,) = audit(land_of(levels, cells)).findings
    assert (gap.rule, gap.subject) == ("gap", "B")


def test_cells_may_bypass_a_ragged_level_where_there_is_none_of_it():
    """
    ┌───┬───┐   B has a town, A has none: the zones of A lie right below it, and tile it.
    │1│2│ t │
    └───┴───┘
    """
    levels = [("city", "partition"), ("town", "ragged"), ("zone", "partition")]
    cells = [
        ("A", "city", "", box(0, 0, 0.01, 0.01)),
        ("B", "city", "", box(0.01, 0, 0.02, 0.01)),
        ("t", "town", "B", box(0.01, 0, 0.02, 0.01)),
        ("1", "zone", "A", box(0, 0, 0.005, 0.01)),
        ("2", "zone", "A", box(0.005, 0, 0.01, 0.01)),
        ("3", "zone", "t", box(0.01, 0, 0.02, 0.01)),
    ]
    assert rules(audit(land_of(levels, cells))) == []
    # Some zones below A and it must be tiled; and without a zone t, which has to have one, is a gap.
    (gap,) = audit(land_of(levels, [*cells[:4], cells[5]])).findings
    assert (gap.rule, gap.subject) == ("gap", "A")
    (gap,) = audit(land_of(levels, cells[:5])).findings
    assert (gap.rule, gap.subject) == ("gap", "t")


def test_cells_may_not_bypass_a_level_that_divides_the_cell_above():
    levels = [("city", "partition"), ("town", "ragged"), ("zone", "partial")]
    cells = [
        ("B", "city", "", box(0, 0, 0.01, 0.01)),
        ("t", "town", "B", box(0, 0, 0.01, 0.01)),
        ("1", "zone", "B", box(0, 0, 0.005, 0.01)),
    ]
    assert rules(audit(land_of(levels, cells))) == [("outside_parent", "zone", "1")]


def test_partial_cells_need_not_fill_their_parent_but_may_not_overlap_nor_leave_it():
    levels = [("city", "partition"), ("area", "partial")]
    clean = city(("1", box(0, 0, 0.004, 0.004)), ("2", box(0.01, 0, 0.012, 0.004)), levels=levels)
    assert rules(audit(clean)) == []
    dirty = city(("1", box(0, 0, 0.011, 0.004)), ("2", box(0.01, 0, 0.021, 0.004)), levels=levels)
    assert rules(audit(dirty)) == [("outside_parent", "area", "2"), ("overlap", "area", "1", "2")]


def test_levels_that_do_not_divide_land_are_not_audited():
    levels = [("city", "partition"), ("team", "group"), ("site", "site")]
    land = land_of(levels, [("C", "city", "", box(0, 0, 1, 1)), ("s", "site", "", box(0, 0, 9, 9))])
    assert rules(audit(land)) == []


def test_a_level_that_is_not_drawn_yet_is_no_gap_and_an_empty_level_between_is_passed_over():
    levels = [("city", "partition"), ("town", "partition"), ("zone", "partition")]
    cells = [("C", "city", "", box(0, 0, 0.02, 0.02))]
    assert rules(audit(land_of(levels, cells))) == []
    above = land_of(levels, cells)
    assert above.land_level_above == (-1, 0, 0)


def test_the_middle_cell_and_the_rim_cell_of_a_grid_are_missed_with_their_area():
    size = 0.001
    squares = {
        (i, j): box(i * size, j * size, (i + 1) * size, (j + 1) * size) for i in range(5) for j in range(5)
    }
    for missing in [(2, 2), (0, 2), (4, 4)]:
        towns = [(f"{i}{j}", shape) for (i, j), shape in squares.items() if (i, j) != missing]
        (gap,) = audit(city(*towns, land=box(0, 0, 5 * size, 5 * size))).findings
        assert gap.rule == "gap"
        assert gap.area_m2 == pytest.approx(polygon_areas([squares[missing]])[0], rel=1e-9)


def test_a_t_junction_is_an_unmatched_edge_until_the_land_is_noded():
    cells = [
        ("C", "city", "", box(0, 0, 0.02, 0.02)),
        ("1", "town", "C", box(0, 0, 0.02, 0.01)),
        ("2", "town", "C", box(0, 0.01, 0.01, 0.02)),
        ("3", "town", "C", box(0.01, 0.01, 0.02, 0.02)),
    ]
    raw = audit_unmatched_edges(NodedLand.of(land_of(TWO, cells, noded=False)))
    assert [f.cells for f in raw] == [("C",), ("1",)]
    assert audit_unmatched_edges(NodedLand.of(land_of(TWO, cells))) == []


def test_a_thin_part_is_a_sliver():
    thin = shapely.MultiPolygon([box(0, 0, 0.01, 0.02), box(0.011, 0, 0.011 + 5e-7, 0.02)])
    result = audit(city(("1", thin), ("2", box(0, 0, 0.02, 0.02) - thin)))
    (sliver,) = [f for f in result.findings if f.rule == "sliver"]
    assert (sliver.cells, sliver.severity) == (("1",), "minor")
    assert sliver.width_m == pytest.approx(0.0557, rel=0.02)


def test_codes_are_given_once_and_have_their_form():
    land = city(("01", box(0, 0, 0.01, 0.02)), ("01", box(0.01, 0, 0.02, 0.02)))
    assert rules(audit(land)) == [("duplicate_code", "town", "01")]
    land = city(("1 ", box(0, 0, 0.01, 0.02)), ("2x", box(0.01, 0, 0.02, 0.02)))
    assert rules(audit(land, lengths={"town": 2})) == [("bad_code", "town", "1 "), ("bad_code", "town", "2x")]


def test_a_polygon_that_came_invalid_is_found_where_it_crosses_itself():
    land = city(("1", box(0, 0, 0.02, 0.02)))
    at = shapely.Point(0.01, 0.01)
    town = land.code.index("1")
    result = audit(land, faults={town: PolygonFault("self-intersection", at, doubtful=True)})
    (found,) = result.findings
    assert (found.rule, found.geometry, found.blocks_publishing) == ("invalid_polygon", at, True)
    result = audit(land, faults={town: PolygonFault("ring self-intersection", at, doubtful=False)})
    assert not result.findings[0].blocks_publishing


def test_the_same_fault_has_the_same_id_when_cells_are_shuffled_or_nodes_are_added():
    def found(extra, seed):
        cells = [
            ("C", "city", "", box(0, 0, 0.02, 0.02)),
            ("1", "town", "C", box(0, 0, 0.01, 0.02)),
            ("2", "town", "C", box(0.011, 0, 0.02, 0.02)),
            *extra,
        ]
        random.Random(seed).shuffle(cells)
        land = land_of([*TWO, ("zone", "partial")], cells)
        return {f.ident for f in audit(land).findings if f.rule == "gap"}

    plain = found([], 1)
    noded = found([("z", "zone", "1", box(0.002, 0.001, 0.01, 0.003))], 2)
    assert plain == noded
    assert len(plain) == 1


def test_a_gap_that_grows_is_another_finding():
    def ident(east):
        return audit(city(("1", box(0, 0, 0.01, 0.02)), ("2", box(east, 0, 0.02, 0.02)))).findings[0].ident

    assert ident(0.011) != ident(0.0115)


def test_the_width_of_a_long_thin_strip_is_measured():
    strip = shapely.Polygon([(0, 0), (1, 0), (1, 2e-6), (0, 2e-6)])
    assert width_m(strip, float(polygon_areas([strip])[0])) == pytest.approx(0.2213, rel=0.02)


def _grid(n, seed, size=0.001):
    """A jittered n × n grid of quadrilaterals that tile a land exactly, on the lattice."""
    numbers = np.random.default_rng(seed)
    xy = np.stack(np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij"), axis=-1).astype(float)
    xy[1:-1, 1:-1] += numbers.uniform(-0.3, 0.3, (n - 1, n - 1, 2))
    xy = np.round(xy * size, 8)
    return {
        (i, j): shapely.Polygon([xy[i, j], xy[i + 1, j], xy[i + 1, j + 1], xy[i, j + 1]])
        for i in range(n)
        for j in range(n)
    }


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_deleted_cells_are_gaps_and_doubled_cells_are_overlaps_with_their_areas(seed, data):
    squares = _grid(4, seed)
    places = list(squares)
    missing = data.draw(st.sets(st.sampled_from(places), max_size=3))
    doubled = data.draw(st.sets(st.sampled_from(sorted(set(places) - missing)), max_size=2))
    towns = [(f"{i}{j}", squares[i, j]) for i, j in places if (i, j) not in missing]
    towns += [(f"d{i}{j}", squares[i, j]) for i, j in doubled]
    land = box(0, 0, 0.004, 0.004)
    result = audit(city(*towns, land=land))
    found = result.levels["town"]
    gone = polygon_areas([squares[p] for p in missing]).sum() if missing else 0.0
    twice = polygon_areas([squares[p] for p in doubled]).sum() if doubled else 0.0
    assert found["gap_area_m2"] == pytest.approx(gone, abs=1e-6)
    assert found["overlap_area_m2"] == pytest.approx(twice, abs=1e-6)
    assert {f.rule for f in result.findings} == ({"gap"} if missing else set()) | (
        {"duplicate_cell"} if doubled else set()
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_gaps_and_overlaps_have_the_areas_of_an_overlay(seed):
    """Whatever rectangles are thrown on a land, the areas agree with those of an overlay."""
    numbers = random.Random(seed)
    towns = []
    for k in range(numbers.randint(1, 6)):
        x, y = numbers.uniform(-0.002, 0.009), numbers.uniform(-0.002, 0.009)
        towns.append((f"{k}", box(x, y, x + numbers.uniform(1e-4, 0.006), y + numbers.uniform(1e-4, 0.006))))
    land = city(*towns, land=box(0, 0, 0.01, 0.01))
    result = audit(land)
    shapes = {land.code[i]: land.shapes[i] for i in range(len(land))}
    covered = shapely.union_all([shapes[code] for code, _ in towns])
    expected_gap = polygon_areas([shapely.difference(shapes["C"], covered)])[0]
    assert result.levels["town"]["gap_area_m2"] == pytest.approx(expected_gap, rel=1e-6, abs=1e-3)
    twice = [
        shapely.intersection(a, b)
        for (_, a), (_, b) in itertools.combinations([(c, shapes[c]) for c, _ in towns], 2)
    ]
    expected_twice = polygon_areas([shapely.union_all(twice)])[0] if twice else 0.0
    assert result.levels["town"]["overlap_area_m2"] == pytest.approx(expected_twice, rel=1e-6, abs=1e-3)


def test_the_width_of_a_long_lozenge_is_that_of_its_middle():
    """Half a kilometre long and 0.35 m wide: on average it is half as wide."""
    lozenge = shapely.Polygon([(0, -0.00237), (0.00000157, 0), (0, 0.00237), (-0.00000157, 0)])
    assert width_m(lozenge, float(polygon_areas([lozenge])[0])) == pytest.approx(0.3495, rel=0.02)
