"""Dividing a cell along lines."""

from __future__ import annotations

import pytest

from geogrid.core.area import polygon_areas
from geogrid.core.coverage import Cell
from tests.edits.drawing import (
    art,
    box,
    drawn,
    edit,
    ident_of,
    line,
    patch,
    refused,
    ring,
    shape_of,
    sheet,
    total,
    with_cells,
)
from tests.edits.lands import NESTED, ODD, PARTIAL, RAGGED


def test_split_gives_each_side_a_new_cell_numbered_from_west_to_east():
    done = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 5)), names=["west", "east"])
    assert done.picture("zone") == art(
        """
        aabb12ee
        aabb12ee
        aabbddff
        aabbddff
        """
    )
    assert [done.cell(code).name for code in "12"] == ["west", "east"]
    assert [done.parent(code) for code in "12"] == ["L", "L"]
    assert {done.cell(code).kind for code in "12"} == {"kind of zone"}
    assert done.heirs == {("c", "1"): 0.5, ("c", "2"): 0.5}


def test_split_keeps_neighbours_edge_matched_on_all_levels():
    # The line meets the border of d below, and that of street and city above.
    done = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 5)))
    assert done.noded == {"d", "L", "A"}
    assert done.real == {"c", "1", "2"}


def test_split_with_unnamed_pieces_keeps_the_name():
    done = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 5)), names=["west"])
    assert [done.cell(code).name for code in "12"] == ["west", "name of c"]


def test_split_along_borders_of_children_hands_them_to_the_sides():
    done = edit(NESTED, "split_cell", code="K", lines=line((2, 5), (2, -1)))
    assert done.picture("street") == art("1122LLMM\n" * 4)
    assert done.picture("zone") == art("aabbccee\naabbccee\naabbddff\naabbddff")
    assert [done.parent(code) for code in "ab"] == ["1", "2"]
    assert done.noded == set()


def test_split_across_children_is_refused_with_their_names_and_place():
    fault = refused("children-astride", NESTED, "split_cell", code="K", lines=line((-1, 2), (9, 2)))
    assert fault.context["cells"] == ["a", "b"]
    assert fault.geometry.equals(patch([(x, y) for x in range(4) for y in range(4)]))


def test_split_across_children_divides_them_where_that_is_asked_for():
    done = edit(NESTED, "split_cell", code="K", lines=line((-1, 2), (9, 2)), astride="split")
    assert done.picture("street") == art("1111LLMM\n1111LLMM\n2222LLMM\n2222LLMM")
    assert done.picture("zone") == art("3355ccee\n3355ccee\n4466ddff\n4466ddff")
    assert [done.parent(code) for code in "3456"] == ["1", "2", "1", "2"]
    assert done.heirs == {tuple(pair): 0.5 for pair in ("K1", "K2", "a3", "a4", "b5", "b6")}


def test_split_of_the_top_divides_grandchildren():
    done = edit(NESTED, "split_cell", code="A", lines=line((-1, 1), (9, 1)), astride="split")
    assert done.picture("city") == art("111111BB\n111111BB\n111111BB\n222222BB")
    for street, city in [("K", None), ("L", None)]:
        assert street not in {cell.code for cell in done.after.cells.values()}, city
    zones = [cell for cell in done.after.cells.values() if cell.level == 2]
    for zone in zones:
        street = done.after.cells[zone.parent]
        assert polygon_areas([zone.shape])[0] <= polygon_areas([street.shape])[0] + 1
    assert len(zones) == 9
    assert done.parent("c") != "L"


def test_several_lines_that_cross_give_as_many_pieces():
    cross = [line((0, 1), (4, 5)), line((4, 1), (0, 5))]
    land = drawn(sheet("city", "AAAA\nAAAA\nAAAA\nAAAA"))
    done = edit(land, "split_cell", code="A", lines=[line((2, -1), (2, 5)), line((-1, 2), (5, 2))])
    assert done.picture("city") == art("1133\n1133\n2244\n2244")
    assert edit(land, "split_cell", code="A", lines=cross).heirs.keys() == {("A", n) for n in "1234"}


def test_a_line_that_crosses_itself_gives_the_loop_a_cell():
    # The loop between the two crossings with itself is a piece.
    #    ______
    #   |  \  /|
    #   |   \/ |
    #   |   /\ |
    land = drawn(sheet("city", "AAAA\nAAAA\nAAAA\nAAAA"))
    loop = line((1, -1), (3, 3), (1, 3), (3, -1))
    done = edit(land, "split_cell", code="A", lines=loop)
    assert len(done.change.created) == 3


def test_a_closed_line_inside_gives_a_cell_with_a_hole():
    land = drawn(sheet("city", "AAAA\nAAAA\nAAAA\nAAAA"))
    done = edit(land, "split_cell", code="A", lines=line((1, 1), (3, 1), (3, 3), (1, 3), (1, 1)))
    assert sorted(len(cell.shape.geoms[0].interiors) for cell in done.change.created) == [0, 1]


def test_the_rings_of_a_polygon_are_lines_too():
    land = drawn(sheet("city", "AAAA\nAAAA\nAAAA\nAAAA"))
    done = edit(land, "split_cell", code="A", lines=box(2, -1, 5, 5))
    assert done.picture("city") == art("1122\n" * 4)


def test_a_line_from_corner_to_corner_adds_no_node():
    done = edit(NESTED, "split_cell", code="c", lines=line((4, 2), (6, 4)))
    assert done.noded == set()
    assert done.heirs == {("c", "1"): 0.5, ("c", "2"): 0.5}


def test_a_line_that_ends_inside_is_cut_back_and_does_not_split():
    refused("line-does-not-split", NESTED, "split_cell", code="c", lines=line((5, 1), (5, 3)))
    # With one that leads through, the loose end of the other is left out.
    done = edit(NESTED, "split_cell", code="c", lines=[line((5, 1), (5, 5)), line((5, 3), (5.5, 3))])
    plain = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 5)))
    for one, other in zip(done.after.land.shapes, plain.after.land.shapes, strict=True):
        assert one.equals(other)


def test_a_line_along_the_border_does_not_split():
    fault = refused("line-does-not-split", NESTED, "split_cell", code="c", lines=line((4, 2), (6, 2)))
    assert "draw it from outside to outside" in fault.message
    assert fault.geometry.geom_type == "MultiLineString"


def test_vertices_drawn_twice_change_nothing():
    plain = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 3), (5, 5)))
    twice = edit(NESTED, "split_cell", code="c", lines=line((5, 1), (5, 1), (5, 3), (5, 3), (5, 5), (5, 5)))
    assert plain.change == twice.change


def test_pieces_of_one_cell_may_meet_in_one_point():
    # \ /
    #  X   A closed line that touches the border in one point.
    # / \
    land = drawn(sheet("city", "AAAA\nAAAA\nAAAA\nAAAA"))
    done = edit(land, "split_cell", code="A", lines=line((0, 2), (2, 1), (2, 3), (0, 2)))
    assert len(done.change.created) == 2


def test_parts_that_no_line_meets_go_to_the_nearest_piece():
    # L has a part in the far corner and an enclave in K; the line runs through its body in the east.
    done = edit(ODD, "split_cell", code="L", lines=line((8, -1), (8, 3.5)), astride="split")
    assert done.picture("street") == art(
        """
        KKKKKKK..2
        K11KKKK...
        K11KK.K122
        KKKKKKK122
        KKKKKKK122
        """
    )
    assert done.parent("y") == "1"
    assert done.parent("z") == "2"
    assert done.cell("z").shape.equals(ODD.by_code("z")["z"].shape)


def test_split_through_a_hole_and_an_enclave_leaves_both():
    done = edit(ODD, "split_cell", code="K", lines=line((-1, 2.5), (7.5, 2.5)), astride="split")
    assert done.picture("street").count("L") == ODD.land.code.count("L") * 14
    assert total(done.after, "street") == pytest.approx(total(ODD, "street"), abs=1)


def test_cells_below_of_which_no_line_is_near_follow_with_their_own():
    # Two parts above go to different sides though no line comes near; what lies in them follows, all levels.
    land = drawn(
        sheet("city", "A..A\n....\nAAAA\nAAAA"),
        sheet("street", "K..K\n....\nLLMM\nLLMM"),
        sheet("zone", "a..b\n....\nccdd\nccdd"),
        sheet("house", "h..h\n....\niijj\niijj"),
    )
    done = edit(land, "split_cell", code="A", lines=line((2, -1), (2, 2.5)), astride="split")
    assert done.picture("city") == art("1..2\n....\n1122\n1122")
    assert "K" not in done.picture("street")
    assert {done.parent("a"), done.parent("b")} == {
        cell.code for cell in done.change.created if cell.level == 1
    }


def test_cells_that_divide_no_land_follow_by_a_point_of_theirs():
    land = drawn(
        sheet("street", "KKKK\nKKKK"),
        sheet("zone", "aabb\naabb"),
        sheet("site", "....\n.s.t", rule="site"),
    )
    bare = Cell(ident_of("u"), 2, "u", parent=ident_of("b"))
    land = with_cells(land, bare)
    done = edit(land, "split_cell", code="b", lines=line((3, -1), (3, 3)))
    assert done.parent("s") == "a"
    assert done.parent("t") == "2"
    assert done.parent("u") == "1", "without land there is no better choice than the first"
    assert done.cell("t").shape == land.by_code("t")["t"].shape


def test_a_partial_level_below_is_asked_as_well():
    fault = refused("children-astride", PARTIAL, "split_cell", code="a", lines=line((-1, 1.5), (9, 1.5)))
    assert fault.context["cells"] == ["q"]
    done = edit(PARTIAL, "split_cell", code="a", lines=line((-1, 1.5), (9, 1.5)), astride="split")
    assert [done.parent(code) for code in "34"] == ["1", "2"]
    done = edit(PARTIAL, "split_cell", code="a", lines=line((1, -1), (1, 5)))
    assert done.parent("q") == "2"


def test_a_ragged_leaf_is_split_like_any_other():
    done = edit(RAGGED, "split_cell", code="L", lines=line((5, -1), (5, 3)))
    assert done.picture("street") == art("KKKK12\nKKKK12")
    assert done.picture("zone") == art("aabb..\naabb..")


def test_split_then_merge_gives_the_same_land():
    bent = line((3.7, 3.1), (4.6, 3.3), (5.2, 2.7), (6.4, 3.2))
    done = edit(NESTED, "split_cell", code="c", lines=bent)
    again = edit(done.after, "merge_cells", codes=["1", "2"])
    (whole,) = again.change.created
    was = NESTED.by_code("c")["c"].shape
    assert whole.shape.symmetric_difference(was).area <= 1e-8 * was.length
    assert total(again.after, "zone") == pytest.approx(total(NESTED, "zone"), abs=0.0012 * 1e5)


def test_faults_beside_stay_as_they_are():
    # A gap under c and an overlap of c with d: the split of c leaves both.
    land = with_cells(
        NESTED,
        Cell(
            ident_of("d"), 2, "d", "", "", ident_of("L"), shape_of(ring((4, 0), (6, 0), (6, 1.5), (4, 2.2)))
        ),
    )
    done = edit(land, "split_cell", code="c", lines=line((4.9, 4.1), (5.1, 1.9)), audited=False)
    assert done.cell("d").shape.equals_exact(land.by_code("d")["d"].shape, 1e-7)
    assert total(done.after, "zone") == pytest.approx(total(land, "zone"), abs=100)


def test_huge_lines_are_lines():
    everywhere = {"type": "LineString", "coordinates": [[-180, 29.03], [180, 29.03]]}
    done = edit(NESTED, "split_cell", code="c", lines=everywhere)
    assert len(done.change.created) == 2


def test_heights_are_left_out():
    flat = line((5, 1), (5, 5))
    high = {"type": "LineString", "coordinates": [[*at, 12.5] for at in flat["coordinates"]]}
    assert (
        edit(NESTED, "split_cell", code="c", lines=high).change
        == edit(NESTED, "split_cell", code="c", lines=flat).change
    )


def test_features_and_collections_of_them_are_read():
    flat = line((5, 1), (5, 5))
    feature = {"type": "Feature", "properties": {}, "geometry": flat}
    collection = {"type": "FeatureCollection", "features": [feature]}
    expected = edit(NESTED, "split_cell", code="c", lines=flat).change
    for given in (feature, collection, [flat], [feature], [collection]):
        assert edit(NESTED, "split_cell", code="c", lines=given).change == expected


@pytest.mark.parametrize(
    ("code", "why"), [("nobody", "no-such-cell"), ("s", "not-a-land-level"), ("bare", "no-land")]
)
def test_a_cell_that_cannot_be_split_is_refused(code, why):
    land = drawn(sheet("zone", "aa"), sheet("site", "s.", rule="site"))
    land = with_cells(land, Cell(ident_of("bare"), 0, "bare"))
    refused(why, land, "split_cell", code=code, lines=line((0.5, -1), (0.5, 3)))


def test_a_strip_narrower_than_the_tolerance_is_refused():
    land = drawn(sheet("city", "AA\nAA"))
    fault = refused("would-leave-sliver", land, "split_cell", code="A", lines=line((1e-6, -1), (1e-6, 3)))
    assert fault.geometry.area < 1e-8
    assert fault.context["width_m"] < 0.2
