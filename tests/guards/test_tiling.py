"""Children tile their parent, with the same nodes: whatever is written, the database says no to the rest."""

from __future__ import annotations

import shapely

from boundaries.models import CellVersion
from tests.guards.raw import RawLand, box, new_land, refused, ring, watched


def two_towns(land: RawLand) -> RawLand:
    """::

    +---+---+
    | 1 | 2 |   in A
    +---+---+
    """
    with watched():
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "1", box(0, 0, 1, 1), "A")
        land.put("town", "2", box(1, 0, 2, 1), "A")
    return land


def test_cells_that_tile_their_parent_pass(land):
    assert two_towns(land).scheme.cells.count() == 3


def test_a_gap_is_refused_with_its_parent_its_size_and_a_place(land):
    with refused(r"^gap: no cell covers land of A, 1\.2\d\d km² at 0\.015\d* 0\.005"):
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "1", box(0, 0, 1, 1), "A")


def test_an_update_that_overlaps_is_refused(land):
    two_towns(land)
    with refused("^overlap: 1 and 2 claim the same land of A, "):
        land.redraw("1", box(0, 0, 2, 1))


def test_an_update_that_leaves_a_gap_is_refused(land):
    two_towns(land)
    with refused("^gap: no cell covers land of A, "):
        land.redraw("1", ring((0, 0), (0.9, 0), (1, 0.5), (1, 1), (0, 1)))


def test_an_update_that_leaves_the_parent_is_refused(land):
    two_towns(land)
    with refused("^outside: 1 has land outside A, "):
        land.redraw("1", ring((0, 0), (1, 0), (1, 1), (0, 1), (-1, 0.5)))


def test_a_border_may_move_on_both_sides_at_once(land):
    two_towns(land)
    with watched():
        land.redraw("1", ring((0, 0), (1, 0), (1.2, 0.5), (1, 1), (0, 1)))
        land.redraw("2", ring((1, 0), (2, 0), (2, 1), (1, 1), (1.2, 0.5)))


def test_two_cells_of_the_same_land_are_refused(land):
    two_towns(land)
    with refused("^overlap: 1 and 3 "):
        land.put("town", "3", box(0, 0, 1, 1), "A")


def test_a_swap_of_a_gap_against_an_overlap_of_the_same_size_is_refused(land):
    """The areas add up::

    +---+---+---+        +---+---+---+
    | 1 | 2 | 3 |   →    | 1,2   |gap |
    """
    with watched():
        land.put("city", "A", box(0, 0, 3, 1))
        for number in range(3):
            land.put("town", str(number + 1), box(number, 0, number + 1, 1), "A")
    with refused("^(gap|overlap): "):
        land.redraw("3", box(1, 0, 2, 1))


def test_deleting_a_cell_is_refused(land):
    two_towns(land)
    with refused("^gap: no cell covers land of A, "):
        CellVersion.objects.filter(code="2").delete()


def test_deleting_a_parent_is_refused_for_its_children(land):
    two_towns(land)
    with watched():
        land.put("city", "B", box(5, 0, 6, 1))
        land.put("town", "3", box(5, 0, 6, 1), "B")
    with refused("^outside: [12] has land outside every cell of the level city, "):
        CellVersion.objects.filter(code="A").delete()


def test_a_node_that_the_parent_lacks_is_refused(land):
    two_towns(land)
    with refused(r"^unmatched nodes: .* of A and .* 0 m² at \d"):
        land.redraw("1", ring((0, 0), (0.5, 0), (1, 0), (1, 1), (0, 1)))


def test_a_node_that_the_children_lack_is_refused(land):
    two_towns(land)
    with refused("^unmatched nodes: .* of A and "):
        land.redraw("A", ring((0, 0), (1, 0), (2, 0), (2, 1), (1.5, 1), (1, 1), (0, 1)))


def test_a_node_that_a_neighbour_lacks_is_refused(land):
    two_towns(land)
    with refused("^unmatched nodes: .* of A and "):
        land.redraw("1", ring((0, 0), (1, 0), (1, 0.5), (1, 1), (0, 1)))


def test_a_node_given_to_all_sides_passes(land):
    two_towns(land)
    with watched():
        land.redraw("1", ring((0, 0), (0.5, 0), (1, 0), (1, 1), (0, 1)))
        land.redraw("A", ring((0, 0), (0.5, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)))


def test_an_invalid_polygon_is_refused(land):
    with refused("^invalid polygon: that of A "):
        land.put("city", "A", ring((0, 0), (1, 1), (1, 0), (0, 1)))


def test_enclaves_islands_and_holes_pass_and_a_lost_enclave_does_not(land):
    """1 lies around 2, and owns the island; 2 touches the border of the hole in one point::

    +-----------+
    | 1  +---+  |     +---+
    |    | 2 |  |     | 1 |
    |    +---+  |     +---+
    +-----------+
    """
    whole, inner, island = box(0, 0, 3, 3), box(1, 1, 2, 2), box(5, 0, 6, 1)
    around = shapely.MultiPolygon([whole.difference(inner), island])
    with watched():
        land.put("city", "A", shapely.MultiPolygon([whole, island]))
        land.put("town", "1", around, "A")
        land.put("town", "2", inner, "A")
    with refused("^gap: no cell covers land of A, "):
        CellVersion.objects.filter(code="2").delete()
    with refused("^overlap: 1 and 2 "):
        land.redraw("1", shapely.MultiPolygon([whole, island]))


def test_cells_that_touch_in_one_point_pass(land):
    """Four cells around a node, two of them one cell of two parts::

    +---+---+
    | 1 | 2 |
    +---+---+
    | 2 | 1 |
    +---+---+
    """
    with watched():
        land.put("city", "A", box(0, 0, 2, 2))
        land.put("town", "1", shapely.MultiPolygon([box(0, 1, 1, 2), box(1, 0, 2, 1)]), "A")
        land.put("town", "2", shapely.MultiPolygon([box(0, 0, 1, 1), box(1, 1, 2, 2)]), "A")


def test_a_level_that_is_not_drawn_is_no_fault_and_its_first_cell_makes_it_one(land):
    two_towns(land)
    with refused("^gap: no cell covers land of 2, "):
        land.put("zone", "11", box(0, 0, 1, 1), "1")
    with watched():
        land.put("zone", "11", box(0, 0, 1, 1), "1")
        land.put("zone", "21", box(1, 0, 2, 1), "2")


def test_a_level_that_is_not_drawn_between_two_others_is_passed_over(land):
    with watched():
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("zone", "11", box(0, 0, 1, 1), "A")
        land.put("zone", "12", box(1, 0, 2, 1), "A")
    with refused("^overlap: 11 and 12 claim the same land of A, "):
        land.redraw("11", box(0, 0, 2, 1))


def test_a_level_that_divides_no_land_between_two_others_is_climbed_through(land):
    land.rule("town", "group")
    with watched():
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "g", None, "A")
        land.put("zone", "11", box(0, 0, 1, 1), "g")
        land.put("zone", "12", box(1, 0, 2, 1), "g")
    with refused("^gap: no cell covers land of A, "):
        land.redraw("11", ring((0, 0), (1, 0), (1, 1)))


def test_retiring_a_whole_level_leaves_the_one_above_to_those_below(land):
    two_towns(land)
    with watched():
        land.put("zone", "11", box(0, 0, 1, 1), "1")
        land.put("zone", "21", box(1, 0, 2, 1), "2")
    with refused("^(outside|gap): "):
        CellVersion.objects.filter(code__in=["1", "2"]).delete()
    with watched():
        CellVersion.objects.filter(code__in=["11", "21"]).update(parent=land.cells["A"])
        CellVersion.objects.filter(code__in=["1", "2"]).delete()


def test_two_schemes_do_not_meet(land):
    two_towns(land)
    two_towns(new_land("other"))
