"""Shapes on which other checks of coverages fail: each is found here, whatever the tolerance.

Degrees are divided by a hundred where a shape comes from a plane, so that it lies on the earth.
"""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from geogrid.core.area import polygon_areas
from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from tests.core.lands import land_of

LEVELS = [("parent", "partition"), ("cell", "partition")]
TOLERANCES = [0.0, 1e-9, 1e-5, 1e-3, 0.2, 1.0, 1e3, 1e9]

#: libgeos/geos#1251: two cells with a gap of width 1; a width of 1 finds it, larger ones not always.
GEOS_1251 = (
    "POLYGON ((0 10, 10 10, 10 7, 10 3, 10 0, 0 0, 0 10))",
    "POLYGON ((10 10, 20 10, 20 0, 10 0, 10 3, 11 5, 10 7, 10 10))",
)
#: locationtech/jts#1122: a very narrow gap between short segments; only a tolerance of 0.00001 finds it.
JTS_1122 = (
    "POLYGON ((1.4021184536698854 1.655211920135038, 1.4021184539862759 1.6552119201560487, "
    "1.4021299999999997 1.6559219999999968, 1.4021410000000003 1.6566259999999957, "
    "1.4021410000000003 1.658296, 1.406 1.654, 1.4021184536698854 1.655211920135038))",
    "POLYGON ((1.406 1.654, 1.4 1.65, 1.4021410000000003 1.658296, 1.4021410000000003 1.6566259999999957, "
    "1.4021365939839114 1.6563440149706494, 1.4021299996998664 1.6559220002002917, "
    "1.4021184536698854 1.655211920135038, 1.406 1.654))",
)


def on_earth(wkt, scale=0.01):
    return shapely.transform(shapely.from_wkt(wkt), lambda xy: xy * scale)


def found(parent, cells, *, width=0.2, noded=True):
    """Audit cells below a parent; give what is found of them."""
    named = [("P", "parent", "", parent), *((code, "cell", "P", shape) for code, shape in cells.items())]
    land = land_of(LEVELS, named, noded=noded)
    tolerance = Tolerance(area_m2=width, width_m=width)
    result = audit_land(land, tolerance=tolerance, code_lengths={}, faults={})
    return [finding for finding in result.findings if finding.rule != "sliver"]


def grid(size, step=0.01):
    return {
        f"{x}{y}": box(x * step, y * step, (x + 1) * step, (y + 1) * step)
        for x in range(size)
        for y in range(size)
    }


def whole(cells):
    return shapely.union_all(list(cells.values()))


@pytest.mark.parametrize("width", TOLERANCES)
@pytest.mark.parametrize("missing", ["11", "10", "00"])
def test_a_middle_cell_a_rim_cell_and_a_corner_cell_that_are_gone_are_gaps_with_their_area(missing, width):
    cells = grid(3)
    land, gone = whole(cells), cells.pop(missing)
    assert shapely.coverage_is_valid(list(cells.values()))  # which is why that does not say "full"
    (gap,) = found(land, cells, width=width)
    assert (gap.rule, gap.subject) == ("gap", "P")
    assert gap.area_m2 == pytest.approx(polygon_areas([gone])[0], rel=1e-9)


@pytest.mark.parametrize("width", TOLERANCES)
def test_the_gap_of_geos_1251_is_found_at_every_tolerance(width):
    one, two = map(on_earth, GEOS_1251)
    (gap,) = found(box(0, 0, 0.2, 0.1), {"1": one, "2": two}, width=width)
    assert (gap.rule, gap.cells) == ("gap", ("1", "2"))
    assert gap.area_m2 == pytest.approx(polygon_areas([Polygon([(0.1, 0.03), (0.11, 0.05), (0.1, 0.07)])])[0])


@pytest.mark.parametrize("width", TOLERANCES)
def test_the_gap_of_jts_1122_is_found_at_every_tolerance(width):
    # A thousand times as large: then it is some grid steps wide.
    one, two = (
        shapely.transform(shapely.from_wkt(wkt), lambda xy: (xy - [1.4, 1.65]) * 1000) for wkt in JTS_1122
    )
    hull = Polygon(shapely.union_all([one, two]).exterior)
    findings = found(hull, {"1": one, "2": two}, width=width)
    assert "gap" in {finding.rule for finding in findings}
    assert all("1" in gap.cells and "2" in gap.cells for gap in findings if gap.rule == "gap")


def test_the_gap_of_jts_1122_as_it_is_lies_below_the_grid_and_noding_closes_it():
    one, two = map(shapely.from_wkt, JTS_1122)
    hull = Polygon(shapely.union_all([one, two]).exterior)
    assert found(hull, {"1": one, "2": two}) == []


def test_a_tolerance_changes_the_severity_of_a_gap_only():
    one, two = map(on_earth, GEOS_1251)
    said = [found(box(0, 0, 0.2, 0.1), {"1": one, "2": two}, width=width)[0] for width in TOLERANCES]
    assert [gap.severity for gap in said] == ["major"] * 6 + ["major", "minor"]
    assert len({gap.ident for gap in said}) == 1


def test_a_contained_cell_and_a_duplicate_cell_are_overlaps_and_no_cell_is_lost():
    # coverage_clean makes such cells empty.
    cells = grid(2)
    (contained,) = found(whole(cells), {**cells, "in": box(0.002, 0.002, 0.004, 0.004)})
    assert (contained.rule, contained.cells) == ("overlap", ("00", "in"))
    assert contained.area_m2 == pytest.approx(polygon_areas([box(0.002, 0.002, 0.004, 0.004)])[0])
    (twice,) = found(whole(cells), {**cells, "twin": cells["11"]})
    assert (twice.rule, twice.cells) == ("duplicate_cell", ("11", "twin"))


def test_a_computed_point_on_a_line_is_never_on_it_and_makes_neither_gap_nor_overlap():
    # A cut at a third of a slanted edge: as doubles the vertex misses the neighbour's edge by 3.5e-16 or so.
    a, b = np.array([0.013, 0.007]), np.array([0.001, 0.0197])
    cut = a + (b - a) / 3
    left, lower, upper = (
        Polygon([(0, 0), tuple(a), tuple(b), (0, 0.02)]),
        Polygon([(0, 0), (0.02, 0), (0.02, 0.01), tuple(cut), tuple(a)]),
        Polygon([tuple(cut), (0.02, 0.01), (0.02, 0.02), (0, 0.02), tuple(b)]),
    )
    outside = left - Polygon([(0, 0), tuple(a), tuple(b), (0, 0.02)])
    assert outside.is_empty
    assert not shapely.coverage_is_valid([left, lower, upper])
    assert found(box(0, 0, 0.02, 0.02), {"l": left, "d": lower, "u": upper}) == []


def test_a_t_junction_that_was_not_noded_is_an_unmatched_edge_and_no_gap():
    # ┌──┬──┐
    # │  ├──┤   the left cell lacks the node
    # └──┴──┘
    cells = {"l": box(0, 0, 0.01, 0.02), "d": box(0.01, 0, 0.02, 0.01), "u": box(0.01, 0.01, 0.02, 0.02)}
    rules = {(finding.rule, *finding.cells) for finding in found(box(0, 0, 0.02, 0.02), cells, noded=False)}
    assert ("unmatched_edge", "l") in rules
    assert {rule for rule, *_ in rules} == {"unmatched_edge"}


def test_three_and_four_cells_may_meet_in_a_corner():
    assert found(whole(grid(2)), grid(2)) == []
    middle = (0.0100001, 0.0099999)
    corners = [(0, 0), (0.02, 0), (0.02, 0.02), (0, 0.02)]
    three = {
        "1": Polygon([corners[0], corners[1], middle]),
        "2": Polygon([corners[1], corners[2], middle]),
        "3": Polygon([corners[2], corners[3], corners[0], middle]),
    }
    assert found(box(0, 0, 0.02, 0.02), three) == []


def test_land_that_is_in_no_cell_is_a_gap_and_none_of_the_cells():
    # Unassigned land, counted as one more cell, would look contiguous and covered.
    cells = grid(3)
    land = whole(cells)
    for code in ("10", "11"):
        del cells[code]
    (gap,) = found(land, cells)
    assert (gap.rule, gap.cells) == ("gap", ("00", "01", "12", "20", "21"))
    assert gap.geometry.equals(box(0.01, 0, 0.02, 0.02))


def test_cells_that_touch_in_one_point_leave_two_gaps_not_one():
    cells = {"1": box(0, 0, 0.01, 0.01), "2": box(0.01, 0.01, 0.02, 0.02)}
    gaps = found(box(0, 0, 0.02, 0.02), cells)
    assert [gap.rule for gap in gaps] == ["gap", "gap"]


def test_a_strip_along_a_cut_is_found_though_its_area_is_next_to_nothing():
    # Two cuts that should be one, a grid step apart.
    cells = {"1": box(0, 0, 0.01, 0.02), "2": box(0.01000001, 0, 0.02, 0.02)}
    (gap,) = found(box(0, 0, 0.02, 0.02), cells)
    assert (gap.rule, gap.severity) == ("gap", "minor")


def test_an_exclave_inside_another_cell_is_no_gap_and_no_overlap():
    inner = box(0.004, 0.004, 0.006, 0.006)
    cells = {"1": box(0, 0, 0.01, 0.02) - inner, "2": MultiPolygon([box(0.01, 0, 0.02, 0.02), inner])}
    assert found(box(0, 0, 0.02, 0.02), cells) == []
