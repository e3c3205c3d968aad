"""Leading a border another way."""

from __future__ import annotations

import pytest
import shapely

from tests.edits.drawing import art, drawn, edit, line, place, refused, sheet
from tests.edits.lands import NESTED, ODD, PARTIAL


def redraw(land, level, *ways, **other):
    first, last = ways[0], ways[-1]
    return edit(
        land, "redraw_edge", level=level, from_=place(*first), to=place(*last), line=line(*ways), **other
    )


def refuse(why, land, level, *ways, start=None, end=None):
    first, last = start or ways[0], end or ways[-1]
    return refused(
        why, land, "redraw_edge", level=level, from_=place(*first), to=place(*last), line=line(*ways)
    )


def test_the_border_of_two_cells_runs_another_way():
    done = redraw(NESTED, "zone", (4, 2), (4, 3), (5, 3), (5, 2.5), (6, 2))
    assert done.real == {"c", "d"}
    assert done.noded == {"b", "K", "L", "A"} - {"A"}
    assert done.picture("zone") == art("aabbccee\naabbdcee\naabbddff\naabbddff")


def test_the_direction_of_the_line_does_not_matter():
    one = redraw(NESTED, "zone", (4, 2), (5, 3), (6, 2))
    other = redraw(NESTED, "zone", (6, 2), (5, 3), (4, 2))
    back = edit(
        NESTED,
        "redraw_edge",
        level="zone",
        from_=place(4, 2),
        to=place(6, 2),
        line=line((6, 2), (5, 3), (4, 2)),
    )
    assert one.change == other.change == back.change


def test_the_ends_of_the_line_are_put_to_the_vertices():
    near = edit(
        NESTED,
        "redraw_edge",
        level="zone",
        from_=place(4, 2),
        to=place(6, 2),
        line=line((4.1, 2.1), (5, 3), (5.9, 2.1)),
    )
    assert near.change == redraw(NESTED, "zone", (4, 2), (5, 3), (6, 2)).change


def test_the_levels_above_follow():
    # The border of b and c is that of K and L.
    done = redraw(NESTED, "zone", (4, 2), (3, 3), (4, 4))
    assert done.real == {"b", "c", "K", "L"}
    assert redraw(NESTED, "street", (4, 2), (3, 3), (4, 4)).change == done.change


def test_a_border_of_the_city_changes_all_levels():
    done = redraw(NESTED, "city", (6, 2), (5.5, 3), (6, 4))
    assert done.real == set("ceLMAB")


def test_of_two_ways_around_a_ring_the_one_nearer_to_the_line_is_taken():
    # An enclave: both halves of its border lead from corner to corner.
    #  a a a
    #  a b a
    #  a a a
    land = drawn(sheet("zone", "aaa\naba\naaa"))
    up = redraw(land, "zone", (1, 1), (0.5, 2.5), (2, 2))
    assert up.cell("b").shape.contains(shapely.Point(place(1.1, 2.1)))
    down = redraw(land, "zone", (1, 1), (2.5, 0.5), (2, 2))
    assert down.cell("b").shape.contains(shapely.Point(place(1.9, 0.9)))


def test_the_outline_is_led_another_way():
    done = redraw(NESTED, "zone", (0, 4), (1, 4.5), (2, 4))
    assert done.real == {"a", "K", "A"}
    assert done.picture("zone").count("a") == 8


def test_a_straight_line_takes_the_vertices_between_away():
    bent = redraw(NESTED, "zone", (4, 2), (5, 3), (6, 2)).after
    straight = redraw(bent, "zone", (4, 2), (6, 2))
    assert straight.cell("c").shape.equals(NESTED.by_code("c")["c"].shape)


def test_a_line_along_the_border_changes_nothing():
    refuse("nothing-to-do", NESTED, "zone", (4, 2), (6, 2))
    refuse("nothing-to-do", NESTED, "zone", (4, 2), (4.5, 2), (4.5, 2), (6, 2))


def test_a_line_that_runs_back_along_the_border_of_a_third_keeps_it():
    # The new way runs along the border of c with b, which is still b's.
    done = redraw(NESTED, "zone", (4, 2), (4, 3.5), (6, 2))
    assert done.cell("b").shape.equals(NESTED.by_code("b")["b"].shape)
    assert done.cell("d").shape.contains(shapely.Point(place(4.1, 3)))


def test_a_line_across_another_border_is_refused_with_the_place():
    fault = refuse("line-crosses-border", NESTED, "zone", (4, 2), (3, 3), (5, 3), (6, 2))
    assert fault.geometry.area > 0
    refuse("line-crosses-border", NESTED, "zone", (4, 2), (5, 9), (6, 2))


def test_a_line_across_itself_is_refused():
    refuse("line-crosses-border", NESTED, "zone", (4, 2), (5.5, 3), (5.5, 2.5), (4.5, 3), (6, 2))


def test_a_line_out_of_the_cell_above_is_refused():
    refuse("line-crosses-border", PARTIAL, "quarter", (1, 2), (1, 3.5), (2.5, 3.5), (3, 2))


def test_two_lines_are_not_one_way():
    refused(
        "line-crosses-border",
        NESTED,
        "redraw_edge",
        level="zone",
        from_=place(4, 2),
        to=place(6, 2),
        line=[line((4, 2), (5, 3)), line((5, 3), (6, 2))],
    )


def test_a_border_that_a_third_cell_meets_is_refused():
    fault = refuse("several-cells", NESTED, "zone", (4, 0), (4.5, 2), (4, 4))
    assert "piece by piece" in fault.message
    # On the level of the streets it is one border, but a zone ends at it on the way.
    fault = refuse("several-cells", NESTED, "street", (4, 0), (4.5, 2), (4, 4))
    assert fault.geometry.geom_type == "MultiLineString"


def test_the_border_of_an_enclave_in_two_parts():
    done = redraw(ODD, "street", (1, 2), (0.5, 3), (1, 4))
    assert {"y", "a", "K", "L"} == done.real


def test_a_border_that_touches_itself_on_the_way_is_refused():
    """
    aab     From the south-west corner of a to the north-east one both ways pass (2, 2), where its two parts
    bba     touch.
    """
    land = drawn(sheet("city", "aab\nbba"))
    fault = refuse("several-cells", land, "city", (0, 2), (1.5, 3), (3, 1))
    assert "touches itself" in fault.message


def test_no_border_there():
    fault = refuse("no-such-border", NESTED, "zone", (4, 2), (5, 3), (6, 1))
    assert "no border of the level zone" in fault.message
    refuse("no-such-border", NESTED, "zone", (40, 20), (5, 3), (60, 20))
    refuse("no-such-border", NESTED, "zone", (4, 2), (5, 3), (5, 2.5), (4, 2))
    # A zone's border inside of a street is no border of it; the way around is that of several zones.
    refuse("several-cells", NESTED, "street", (2, 0), (2.5, 2), (2, 4))


def test_levels_that_divide_no_land_have_no_borders():
    land = drawn(sheet("zone", "aa"), sheet("site", "s.", rule="site"))
    refuse("not-a-land-level", land, "site", (0, 0), (0.5, 0.5), (1, 0))
    refuse("wrong-level", land, "nowhere", (0, 0), (0.5, 0.5), (1, 0))


def test_the_outline_of_a_scheme_with_an_extent_is_fixed():
    land = drawn(sheet("city", "AB\nAB"), extent="EE\nEE")
    fault = refuse("outline-fixed", land, "city", (1, 0), (1.5, -0.5), (2, 0))
    assert fault.geometry.area == pytest.approx(0.5 * 0.5 * 1e-4)


def test_gaps_and_overlaps_beside_stay():
    land = drawn(sheet("street", "KKK\nKKK\nKKK"), sheet("zone", "aab\na.b\naab", "..c\n...\n..."))
    done = redraw(land, "zone", (2, 0), (1.5, 0.5), (2, 1), audited=True)
    assert done.real == {"a", "b"}
    assert done.picture("zone") == art("aa*\na.b\naab")
    # The gap has borders too: led another way, it is larger, which no edit may make it.
    refuse("would-add-fault", land, "zone", (1, 1), (0.5, 1.5), (1, 2))
    smaller = redraw(land, "zone", (1, 1), (1.5, 1.5), (1, 2))
    assert smaller.real == {"a"}
