"""Polygons and lines of real and made lands against an oracle that overlays all of them: no difference."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.assigning import METHODS, place_shapes
from geogrid.core.lattice import to_degrees, to_lattice
from geogrid.core.locator import Locator
from tests.core.hard_features import hard_features
from tests.core.lands import land_of
from tests.core.share_oracle import ShareOracle
from tests.property.test_real_edits import EXTRACTS, WHOLE, read_land

FEW, MANY, AT_ONCE = 700, 17_000, 2_000
#: Of one in so many features doubles may not tell: slivers in a gap that reach into a leaf by part of a step.
UNSURE = 50


def in_steps(shapes):
    return shapely.transform(shapes, lambda lonlat: to_lattice(lonlat).astype(np.float64))


def in_degrees(shapes):
    return shapely.transform(shapes, to_degrees)


def leaves_of_last_level(land):
    """Give the cells of the deepest level, codes in byte order: their numbers, and shapes in steps."""
    cells = np.flatnonzero(land.level == land.level.max())
    cells = np.array(sorted(cells.tolist(), key=lambda cell: land.code[cell].encode()))
    return cells, in_steps(land.shapes[cells])


def differences(land, cells, told, placed):
    """Say of each feature that is placed otherwise than told what is wrong; also how many were not sure."""
    wrong, unsure = [], 0
    name = {cell: number for number, cell in enumerate(cells.tolist())}
    for number, (want, one) in enumerate(zip(told, placed.each(), strict=True)):
        got = dict(one.shares or (((one.cell, one.share),) if one.cell >= 0 else ()))
        got = {name[cell]: share for cell, share in got.items()}
        unsure += not want.sure
        near = 2 * want.slack
        faults = [
            not want.shares.keys() <= got.keys() <= want.shares.keys() | want.perhaps,
            any(abs(got.get(cell, 0) - share) > near for cell, share in want.shares.items()),
            want.sure and (name.get(one.cell, -1) != (want.best[0] if want.best else -1)),
            want.sure and (one.method == "boundary_tiebreak") != (len(want.best) > 1),
            want.sure and one.on_edge != (len(want.best) > 1),
            one.cell >= 0 and one.method == "within" and one.share != 1.0,
            one.cell >= 0 and abs(got[name[one.cell]] - one.share) > 0,
            want.sure and not want.best and one.method != ("gap" if want.in_gap else "outside"),
        ]
        if any(faults):
            wrong.append((number, [n for n, fault in enumerate(faults) if fault], want, one))
    return wrong, unsure


def agrees(land, ground, count, seed):
    """Place hard features of a land and hold them to the oracle; give how many there were."""
    cells, leaves = leaves_of_last_level(land)
    given, features = hard_features(leaves, count, seed)
    placed = place_shapes(Locator.of(land), in_degrees(given))
    oracle = ShareOracle(leaves, ground)
    told = [
        one
        for begin in range(0, len(features), AT_ONCE)
        for one in oracle.tell(features[begin : begin + AT_ONCE])
    ]
    wrong, unsure = differences(land, cells, told, placed)
    assert not wrong, (
        "\n".join(
            f"{features[number].wkt[:300]}: {which} {want} {one}" for number, which, want, one in wrong[:5]
        )
        + f"\n{len(wrong)} of {len(features)}"
    )
    assert unsure <= len(features) // UNSURE
    counted = np.bincount(placed.method, minlength=len(METHODS))
    assert counted[[METHODS.index(m) for m in ("within", "boundary_tiebreak", "max_overlap")]].min() > 20
    return len(features)


def whole_ground(leaves):
    """Give the land of leaves that leave no gap, its holes with it."""
    outline = shapely.union_all(leaves)
    return np.array([shapely.Polygon(part.exterior) for part in shapely.get_parts(outline)], dtype=object)


def real_agrees(land, folder, count, seed):
    read = read_land(land, folder).land
    return agrees(read, whole_ground(leaves_of_last_level(read)[1]), count, seed)


def crooked_land(columns, seed, missing=0.0):
    """Make a land of crooked patches put together at random, some of which no cell has; and its extent."""
    chance = np.random.default_rng(seed)
    size = 40_000
    at = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(columns + 1)), axis=-1) * size
    at = at + chance.integers(-size // 4, size // 4, at.shape) + [11_700_000_000, 3_000_000_000]
    quads = shapely.polygons(
        np.stack([at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]], axis=2).reshape(-1, 4, 2).astype(float)
    )
    extent = shapely.union_all(quads)
    owner = chance.integers(0, max(len(quads) // 3, 1), len(quads))
    owner[chance.random(len(quads)) < missing] = -1
    codes = chance.permutation([str(n) for n in range(owner.max() + 1)])
    cells = [
        (codes[one], "cell", "", in_degrees(shapely.coverage_union_all(quads[owner == one])))
        for one in np.unique(owner[owner >= 0]).tolist()
    ]
    return land_of([("cell", "partition")], cells, extent=in_degrees(extent), noded=False), np.array([extent])


def square_land(columns):
    """Make a land of equal squares, whose halves are equal as well."""
    xs = 11_700_000_000 + 50_000 * np.arange(columns + 1)
    ys = 3_000_000_000 + 50_000 * np.arange(columns + 1)
    cells = [
        (
            f"{(x * 7 + y * 13) % 1000}-{x}-{y}",
            "cell",
            "",
            in_degrees(shapely.box(xs[x], ys[y], xs[x + 1], ys[y + 1])),
        )
        for x in range(columns)
        for y in range(columns)
    ]
    return land_of([("cell", "partition")], cells, noded=False), np.array(
        [shapely.box(xs[0], ys[0], xs[-1], ys[-1])]
    )


@pytest.mark.parametrize("land", EXTRACTS, ids=lambda land: land.name)
def test_shapes_on_an_extract_of_real_land_are_where_overlays_say(land, repository):
    assert real_agrees(land, repository / "tests" / "data", FEW, 1) > FEW * 0.9


def test_shapes_on_a_made_land_with_gaps_are_where_overlays_say():
    assert agrees(*crooked_land(12, 2, 0.15), FEW, 2) > FEW * 0.9


def test_shapes_on_equal_squares_are_where_overlays_say():
    assert agrees(*square_land(9), FEW, 3) > FEW * 0.9


@pytest.mark.long
@pytest.mark.shared_data
@pytest.mark.parametrize("land", WHOLE, ids=lambda land: land.name)
def test_many_shapes_on_real_land_are_where_overlays_say(land, shared_data):
    assert real_agrees(land, shared_data, MANY, 4) > MANY * 0.9


@pytest.mark.long
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_many_shapes_on_a_made_land_are_where_overlays_say(missing):
    assert agrees(*crooked_land(60, 5, missing), MANY, 5) > MANY * 0.9


@pytest.mark.long
def test_many_shapes_on_equal_squares_are_where_overlays_say():
    assert agrees(*square_land(50), MANY, 6) > MANY * 0.9
