"""A patch over an index answers like an index that was built of the new land."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geogrid.core.land import Land
from geogrid.core.lattice import snap, to_degrees
from geogrid.core.leaves import covered_ground
from geogrid.core.locator import CellIndex, Locator, NewCell, Patch, building, patch_of
from tests.core.lands import land_of
from tests.core.locator.worlds import World, expected, hard_points, ident_of, rings_of, shape_of, told, worlds

ONE = [("cell", "partition")]


def land_named(world):
    """Make the land of a world; a cell has the same ident whatever else there is."""
    land = world.land()
    return Land(
        land.levels,
        [ident_of(c) for c in land.code],
        land.code,
        land.name,
        land.level,
        land.parent,
        land.shapes,
    )


def changed(before, after):
    """Give the patch from one world to another."""
    gone = [ident_of(code) for code in before.rings if code not in after.rings]
    new = [
        NewCell(ident_of(code), code, "cell", None, shape_of(rings))
        for code, rings in after.rings.items()
        if before.rings.get(code) != rings
    ]
    return gone, new


def agree(index, world, points):
    found = index.points(to_degrees(points))
    assert told(found, index.cells.code) == expected(world, points)
    reason = Locator.of(land_named(world)).points(to_degrees(points)).reason
    assert found.reason.tolist() == reason.tolist()


def patch_between(index, before, after, fingerprint):
    """Make the patch with all that is known of the land afterwards."""
    return patch_of(index, *changed(before, after), fingerprint, covered_ground(land_named(after)))


@given(worlds(), worlds(), st.data())
@settings(max_examples=80, deadline=None)
def test_any_change_laid_over_answers_like_the_new_land(before, after, data):
    stays = data.draw(st.sets(st.sampled_from(sorted({*before.rings, *after.rings, "none"}))))
    rings = {c: r for c, r in after.rings.items() if c not in stays}
    after = World(rings | {c: r for c, r in before.rings.items() if c in stays})
    base = Locator.of(land_named(before)).index("before")
    patch = patch_between(base, before, after, "after")
    if patch is None:
        return
    patched = base.patched(Patch.from_buffer(patch.buffer))
    points = np.unique(np.concatenate([hard_points(before), hard_points(after)]), axis=0)
    points = np.random.default_rng(1).permutation(points)[:1500]
    agree(patched, after, points)
    agree(patched.compacted(), after, points)
    agree(base, before, points)


def grid(size, codes):
    """Deal squares of a lattice to codes, row by row."""
    return {code: (n % size, n // size) for n, code in enumerate(codes)}


class Town:
    """A land of crooked lots, each of a leaf, that is edited at random."""

    def __init__(self, size, seed):
        self.chance = np.random.default_rng(seed)
        jitter = self.chance.integers(-30_000, 30_000, (size + 1, size + 1, 2))
        corner = np.stack(np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij"), axis=-1)
        corner = corner * 100_000 + jitter + [11_700_000_000, 3_000_000_000]
        lots = [(c, r) for c in range(size) for r in range(size)]
        self.lot = {
            (c, r): shapely.Polygon(
                to_degrees(np.array([corner[c, r], corner[c + 1, r], corner[c + 1, r + 1], corner[c, r + 1]]))
            )
            for c, r in lots
        }
        names = [f"{n:04}" for n in self.chance.permutation(len(lots))]
        self.of = dict(zip(lots, names, strict=True))
        self.made = len(lots)

    def world(self):
        mine = {}
        for lot, code in self.of.items():
            mine.setdefault(code, []).append(self.lot[lot])
        return World({code: rings_of(shapely.coverage_union_all(lots)) for code, lots in mine.items()})

    def edit(self):
        """Give a few lots to a neighbour, to nobody, or to a new leaf with a code from anywhere."""
        lots = list(self.lot)
        for _ in range(self.chance.integers(1, 4)):
            c, r = lots[self.chance.integers(len(lots))]
            near = (c + 1, r) if (c + 1, r) in self.lot else (c - 1, r)
            what = self.chance.integers(4)
            if what == 0:
                self.of.pop((c, r), None)
            elif what == 1 and near in self.of:
                self.of[c, r] = self.of[near]
            else:
                self.made += 1
                self.of[c, r] = f"{self.chance.integers(10_000):04}-{self.made}"


@pytest.mark.parametrize("seed", range(4))
def test_patch_over_patch_answers_like_the_land_of_the_day(seed):
    town = Town(12, seed)
    before = town.world()
    index = Locator.of(land_named(before)).index("0")
    for day in range(1, 9):
        town.edit()
        after = town.world()
        patch = patch_between(index, before, after, f"{day}")
        index = index.patched(patch)
        points = town.chance.permutation(hard_points(after, chance=town.chance, random=300))[:1500]
        agree(index, after, points)
        if day % 3 == 0:
            index = CellIndex.from_buffer(index.compacted().buffer)
            agree(index, after, points)
        before = after


def test_patches_hold_where_squares_lie_in_squares(monkeypatch):
    monkeypatch.setattr(building, "HEAVY", 3)
    test_patch_over_patch_answers_like_the_land_of_the_day(9)


def test_a_patch_is_small_where_little_changed():
    town = Town(60, 5)
    before = town.world()
    index = Locator.of(land_named(before)).index("0")
    town.of[30, 30] = town.of[31, 30]
    patch = patch_of(index, *changed(before, town.world()), "1")
    assert len(patch.buffer) < len(index.buffer) / 50


def test_a_patch_for_another_land_is_refused():
    index = Locator.of(land_named(World({}))).index("0")
    patch = patch_of(index, [], [], "1")
    assert index.patched(patch).fingerprint == "1"
    with pytest.raises(ValueError, match="for '0'"):
        index.patched(patch).patched(patch)


def test_a_new_code_changes_who_has_the_border():
    rows = [("a", "cell", "", box(0, 0, 1, 1)), ("b", "cell", "", box(1, 0, 2, 1))]
    land = land_of(ONE, rows)
    index = Locator.of(land).index("0")
    new = NewCell(land.ident[1], "A", "cell", None, box(1, 0, 2, 1))
    patched = index.patched(patch_of(index, [], [new], "1"))
    assert [index.cells.code(index.leaf_at(1, 0.5)), patched.cells.code(patched.leaf_at(1, 0.5))] == [
        "a",
        "A",
    ]
    assert patched.leaf_at(1, 0.5) == index.leaf_at(1.5, 0.5)


def test_a_leaf_that_is_divided_answers_with_its_children_and_their_chain():
    levels = [("district", "partition"), ("grid", "ragged")]
    rows = [("D", "district", "", box(0, 0, 2, 2)), ("E", "district", "", box(2, 0, 4, 2))]
    land = land_of(levels, rows)
    index = Locator.of(land).index("0")
    new = [
        NewCell(land.ident[0], "D", "district", None, None),
        NewCell(ident_of("G1"), "G1", "grid", land.ident[0], box(0, 0, 2, 1)),
        NewCell(ident_of("G2"), "G2", "grid", land.ident[0], box(0, 1, 2, 2 - 1e-3)),
    ]
    after = land_of(
        levels, [*rows, ("G1", "grid", "D", box(0, 0, 2, 1)), ("G2", "grid", "D", box(0, 1, 2, 2 - 1e-3))]
    )
    patched = index.patched(patch_of(index, [], new, "1", covered_ground(after)))
    lonlat = snap(np.random.default_rng(2).uniform(-0.5, 4.5, (5000, 2)))
    one, other = patched.points(lonlat), Locator.of(after).points(lonlat)
    assert [one.reason.tolist(), one.on_edge.tolist()] == [other.reason.tolist(), other.on_edge.tolist()]
    names = lambda found, code: [code(cell) if cell >= 0 else "" for cell in found.leaf.tolist()]  # noqa: E731
    assert names(one, patched.cells.code) == names(other, after.code.__getitem__)
    chain = patched.on_levels(np.array([patched.leaf_at(1, 0.5)]))[0]
    assert [patched.cells.code(cell) for cell in chain] == ["D", "G1"]


def test_an_ancestor_that_is_renamed_or_gone_changes_chains_and_no_squares():
    levels = [("district", "partition"), ("grid", "partition")]
    rows = [
        ("D", "district", "", box(0, 0, 2, 2)),
        ("E", "district", "", box(2, 0, 4, 2)),
        ("G1", "grid", "D", box(0, 0, 2, 2)),
        ("G2", "grid", "E", box(2, 0, 4, 2)),
    ]
    land = land_of(levels, rows)
    index = Locator.of(land).index("0")
    new = [
        NewCell(land.ident[0], "D9", "district", None, None),
        NewCell(land.ident[3], "G2", "grid", land.ident[0], land.shapes[3]),
    ]
    patched = index.patched(patch_of(index, [land.ident[1]], new, "1"))
    cells = patched.on_levels(patched.points(np.array([[1.0, 1.0], [3.0, 1.0]])).leaf)
    assert [[patched.cells.code(cell) for cell in row] for row in cells] == [["D9", "G1"], ["D9", "G2"]]
    assert land.ident[1].bytes not in patched.cells.by_ident
    one = patch_of(index, [], [NewCell(land.ident[0], "D9", "district", None, None)], "1")
    assert len(one.words) == 0


def test_land_that_grows_beyond_the_raster_is_still_found():
    before = {f"{c}{r}": rings_of(box(c, r, c + 1, r + 1)) for c in range(9) for r in range(9)}
    after = before | {"new": rings_of(box(9, 2, 10, 4)), "west": rings_of(box(-1, -0.5, 0, 4))}
    index = Locator.of(land_named(World(before))).index("0")
    patched = index.patched(patch_between(index, World(before), World(after), "1"))
    agree(patched, World(after), hard_points(World(after)))


def test_where_leaves_give_up_land_the_ground_must_be_told():
    before = World({"a": rings_of(box(0, 0, 1, 1)), "b": rings_of(box(1, 0, 2, 1))})
    shrunk = World(
        {"a": before.rings["a"], "b": rings_of(box(1, 0, 2, 1).difference(box(1.3, 0.3, 1.4, 0.4)))}
    )
    index = Locator.of(land_named(before)).index("0")
    assert patch_of(index, *changed(before, shrunk), "1") is None
    patched = index.patched(patch_between(index, before, shrunk, "1"))
    agree(patched, shrunk, hard_points(shrunk))
    merged = World({"a": rings_of(box(0, 0, 2, 1))})
    assert patch_of(index, *changed(before, merged), "1").ground is None


def test_where_all_has_changed_a_new_index_is_asked_for():
    before = Town(40, 1).world()
    after = World(
        {
            code: rings_of(shapely.transform(shape_of(r), lambda xy: snap(xy + 0.01)))
            for code, r in before.rings.items()
        }
    )
    index = Locator.of(land_named(before)).index("0")
    assert patch_of(index, *changed(before, after), "1") is None
