"""What the rules of levels, the extent and accepted gaps allow."""

from __future__ import annotations

import pytest
import shapely

from boundaries.models import CellVersion
from tests.guards.raw import RawLand, box, geos, refused, ring, watched


def cities(land: RawLand) -> None:
    with watched():
        land.put("city", "A", box(0, 0, 1, 1))
        land.put("city", "B", box(1, 0, 2, 1))


def test_at_the_top_without_an_extent_interiors_never_meet(land):
    cities(land)
    with refused("^overlap: (A and B|B and A) claim the same land, "):
        land.redraw("A", box(0, 0, 2, 1))
    with refused("^overlap: "):
        land.put("city", "C", ring((0.4, 0.4), (0.6, 0.4), (0.6, 0.6)))
    with watched():
        land.put("city", "C", box(5, 5, 6, 6))


def test_an_extent_has_to_be_tiled_its_own_ring_needs_no_nodes_of_cells(land):
    """The extent has four corners, the cells have nodes between them, off its slanting edge by rounding::

        +-----+
        | A | B \\
        +---+-----+
    """
    land.scheme.extent = geos(ring((0, 0), (3, 0), (2, 1), (0, 1)))
    land.scheme.save()
    west = shapely.Polygon([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)])
    node = (0.02333333, 0.00666667)
    east = shapely.Polygon([(0.01, 0), (0.03, 0), node, (0.02, 0.01), (0.01, 0.01)])
    with watched():
        land.put("city", "A", west)
        land.put("city", "B", east)
    with refused("^gap: no cell covers land of the extent of the scheme, "):
        CellVersion.objects.filter(code="B").delete()
    with refused("^outside: B has land outside the extent of the scheme, "):
        land.redraw("B", shapely.Polygon([*list(east.exterior.coords)[:2], (0.03, 0.01), (0.01, 0.01)]))


def test_a_ragged_level_tiles_a_cell_or_leaves_it_alone(land):
    land.rule("town", "ragged")
    cities(land)
    with watched():
        land.put("town", "1", box(0, 0, 1, 1), "A")
    with refused("^gap: no cell covers land of B, "):
        land.put("town", "2", ring((1, 0), (2, 0), (2, 1)), "B")
    with watched():
        CellVersion.objects.filter(code="1").delete()


def test_a_partial_level_leaves_room_but_never_overlaps_or_leaves_its_parent(land):
    land.rule("town", "partial")
    cities(land)
    with watched():
        land.put("town", "1", ring((0, 0), (1, 0), (1, 1)), "A")
    with refused("^overlap: "):
        land.put("town", "2", ring((0.2, 0), (0.9, 0), (0.9, 0.8)), "A")
    with refused("^outside: 2 has land outside A, "):
        land.put("town", "2", ring((0, 0), (1, 1), (0, 2)), "A")
    with watched():
        land.put("town", "2", ring((0, 0), (1, 1), (0, 1)), "A")


def test_a_cell_without_a_parent_below_others_is_refused(land):
    cities(land)
    with refused("^outside: 1 has land outside every cell of the level city, "):
        land.put("town", "1", box(0, 0, 1, 1))


@pytest.mark.parametrize("rule", ["group", "reuse", "site", "footprint", "record", "dissolve"])
def test_levels_that_divide_no_land_are_not_watched(land, rule):
    land.rule("town", rule)
    cities(land)
    with watched():
        land.put("town", "1", box(0, 0, 2, 1), "A")
        land.put("town", "2", box(0, 0, 2, 1), "A")


def with_a_lake(land: RawLand) -> None:
    """Town 1 is all of A but the lake, which is accepted::

    +-----------+
    | 1 +---+   |
    |   |   |   |
    |   +---+   |
    +-----------+
    """
    lake = box(1, 1, 2, 2)
    land.accept("town", lake)
    with watched():
        land.put("city", "A", box(0, 0, 3, 3))
        land.put("town", "1", box(0, 0, 3, 3).difference(lake), "A")


def test_an_accepted_gap_passes(land):
    with_a_lake(land)


def test_an_accepted_gap_that_has_grown_is_refused(land):
    with_a_lake(land)
    grown = ring((1, 1), (2, 1), (2.1, 1.5), (2, 2), (1, 2))
    with refused("^gap: no cell covers land of A, "):
        land.redraw("1", box(0, 0, 3, 3).difference(grown))


def test_an_accepted_gap_may_be_filled_and_does_not_excuse_another(land):
    with_a_lake(land)
    with watched():
        land.put("town", "2", box(1, 1, 2, 2), "A")
    other = box(0, 0, 1, 1)
    with refused("^gap: "):
        land.redraw("1", box(0, 0, 3, 3).difference(box(1, 1, 2, 2)).difference(other))


def test_a_gap_accepted_on_another_level_is_refused(land):
    land.accept("zone", box(1, 0, 2, 1))
    with refused("^gap: "):
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "1", box(0, 0, 1, 1), "A")
