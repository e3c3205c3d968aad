"""Whether a changed outline may close land in, or let it out, far from where it changed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
import shapely

from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.land import LandLevel
from layers.selectors.outlines import rings_stay
from tests.layers.lands import lot

LEVELS = (LandLevel("city", "partition", -1), LandLevel("zone", "partition", 0))


def drawn(*rows: str, level: int = 0) -> dict[UUID, Cell]:
    """Cells by letter; the first row is the northernmost."""
    squares: dict[str, list[tuple[int, int]]] = {}
    for y, row in enumerate(reversed(rows)):
        for x, letter in enumerate(row):
            if letter.strip():
                squares.setdefault(letter, []).append((x, y))
    cells = {}
    for letter, places in squares.items():
        whole = shapely.union_all([lot(*place) for place in places])
        noded = shapely.segmentize(whole, 0.0100001)
        ident = UUID(int=ord(letter))
        shape = shapely.multipolygons([shapely.get_parts(noded)])[0]
        cells[ident] = Cell(ident, level, letter, letter, "", None, shape)
    return cells


def stay(before: tuple[str, ...], after: tuple[str, ...], levels=LEVELS) -> bool:
    old, new = drawn(*before), drawn(*after)
    change = Change.between(old, new)
    return rings_stay(change, Coverage.of(levels, new.values()), {0})


FAR_AWAY_AS_IT_WAS = {
    "a piece more": (("aaa", "aaa"), ("aaaa", "aaa")),
    "a piece less": (("aaaa", "aaa"), ("aaa", "aaa")),
    "a corner that fills": (("aa", "a "), ("aa", "aa")),
    "two become one": (("ab", "ab"), ("aa", "aa")),
    "one becomes two": (("aa", "aa"), ("ab", "ab")),
    "a bay that goes": (("a a", "aaa"), ("aaa", "aaa")),
    "a hole that fills": (("aaa", "a a", "aaa"), ("aaa", "aaa", "aaa")),
    "a hole that comes": (("aaa", "aaa", "aaa"), ("aaa", "a a", "aaa")),
    "a hole that grows": (("aaaa", "a aa", "aaaa"), ("aaaa", "a  a", "aaaa")),
    "land on its own": (("aa  ", "aa  "), ("aa b", "aa b")),
    "the border of two": (("aab", "aab"), ("abb", "aab")),
}
CLOSED_IN_OR_LET_OUT = {
    "a ring that closes": (("aaaa", "a  a", "a  a", "aa a"), ("aaaa", "a  a", "a  a", "aaaa")),
    "a ring that opens": (("aaaa", "a  a", "a  a", "aaaa"), ("aaaa", "a  a", "a  a", "aa a")),
    "a ring that another has part in": (("abbb", "a  b", "a  b", "  bb"), ("abbb", "a  b", "a  b", "aabb")),
    "a hole that parts in two": (("aaaaa", "a   a", "aaaaa"), ("aaaaa", "a a a", "aaaaa")),
    "holes that become one": (("aaaaa", "a a a", "aaaaa"), ("aaaaa", "a   a", "aaaaa")),
    "a ring closed by land of its own": (("aaaa", "a  a", "a  a", "aa a"), ("aaaa", "a  a", "a  a", "aaca")),
    "a ring that closes at a corner": (("aaaa", "a  a", "a   ", "aaa "), ("aaaa", "a  a", "a  a", "aaa ")),
}


@pytest.mark.parametrize("case", FAR_AWAY_AS_IT_WAS)
def test_what_reaches_no_farther_than_itself(case) -> None:
    assert stay(*FAR_AWAY_AS_IT_WAS[case])


@pytest.mark.parametrize("case", CLOSED_IN_OR_LET_OUT)
def test_what_closes_land_in_or_lets_it_out(case) -> None:
    assert not stay(*CLOSED_IN_OR_LET_OUT[case])


def test_only_the_top_level_surrounds() -> None:
    before, after = CLOSED_IN_OR_LET_OUT["a ring that closes"]
    partial = (LandLevel("city", "partial", -1), LEVELS[1])
    assert stay(before, after, partial)
    old, new = drawn(*before, level=1), drawn(*after, level=1)
    above = Cell(UUID(int=1), 0, "C", "C", "", None, shapely.multipolygons([[lot(9, 9)]])[0])
    change = Change.between(old, new)
    assert rings_stay(change, Coverage.of(LEVELS, [above, *new.values()]), {0, 1})


def test_nodes_alone_change_nothing() -> None:
    old = drawn("aa", "aa")
    (cell,) = old.values()
    new = {cell.ident: replace(cell, shape=shapely.segmentize(cell.shape, 0.005))}
    assert rings_stay(Change.between(old, new), Coverage.of(LEVELS, new.values()), {0})


def test_what_is_not_valid_is_doubtful() -> None:
    old, new = drawn("aa", "aa"), drawn("aaa", "aa")
    (cell,) = new.values()
    crossed = shapely.multipolygons(
        [[shapely.Polygon([(118, 30), (118.02, 30.02), (118.02, 30), (118, 30.02)])]]
    )[0]
    new = {cell.ident: replace(cell, shape=crossed)}
    assert not rings_stay(Change.between(old, new), Coverage.of(LEVELS, new.values()), {0})
