"""After an edition only what it may have moved is assigned anew, and computing all finds no difference."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID, uuid4

import pytest
import shapely
from django.utils import timezone

from boundaries.models import Edition, Scheme
from boundaries.selectors import land_at
from geogrid.core.change import Change
from geogrid.core.coverage import Cell
from layers.models import Assignment, Override
from layers.services.assignments import Assigned, assignments_check, features_assign, features_follow
from tests.layers.lands import LONG_AGO, at, new_layer, put
from tests.layers.quilts import CITY, PLOT, STREET, ZONE, Patch, Quilt, publish, quilt_scheme, some_shape

#: The quilts have levels that do not tile one another, and borders that lack nodes: no edition may be so.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unguarded")]

#: From 45 km on the plane decides which cell is the nearest; and it may be so the other way round the earth.
FAR = {"near the limit": (118.5, 30.1), "far": (120.5, 31.0), "beyond": (-179.9999, 10.0), "pole": (0, 89.5)}


def play(seed: int, rounds: int = 6) -> list[str]:
    """Publish random changes of a random land one after the other; give what was changed."""
    chance = random.Random(seed)
    quilt, scheme, layer = Quilt.of(seed), quilt_scheme(), new_layer("things")
    cells = quilt.cells()
    publish(scheme, {}, cells, LONG_AGO)
    features = [put(layer, str(number), some_shape(chance)) for number in range(120)]
    far = [put(layer, key, shapely.Point(*place)) for key, place in FAR.items()]
    for feature in chance.sample([*features, *far], 8):
        decided = chance.choice(list(cells))
        ends = chance.choice((None, timezone.now() + dt.timedelta(days=30)))
        Override.objects.create(
            feature=feature, scheme=scheme, cell_id=decided, reason="gate", valid=(LONG_AGO, ends)
        )
    features_assign(scheme=scheme)
    done = []
    for _ in range(rounds):
        done.append(quilt.change())
        after = quilt.cells()
        change = Change.between(cells, after)
        later = None if chance.random() < 0.6 else timezone.now() + dt.timedelta(days=len(done))
        last = scheme.editions.order_by("-number").first().effective
        effective = max(later or timezone.now(), last + dt.timedelta(seconds=1))
        edition = publish(scheme, cells, after, effective)
        land = partial(land_at, scheme, effective)
        features_follow(scheme=scheme, edition=edition, land=land, change=change)
        cells = after
        _, differences = assignments_check(scheme=scheme)
        assert [one.sentence for one in differences] == [], (seed, done)
    return done


@pytest.mark.parametrize("seed", range(12))
def test_after_any_change_what_is_stored_is_what_a_full_computation_gives(seed: int) -> None:
    play(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1150))
def test_after_very_many_changes_too(seed: int) -> None:
    play(seed, rounds=10)


# --- What a part of the land does not show by itself ---------------------------------------------------


@dataclass
class Places:
    """Patches by code, published one after the other."""

    scheme: Scheme
    patches: dict[str, Patch] = field(default_factory=dict)
    before: dict[UUID, Cell] = field(default_factory=dict)

    def put(self, level: int, code: str, parent: str | None, squares: Iterable[tuple[int, int]]) -> Patch:
        above = self.patches[parent].ident if parent else None
        self.patches[code] = Patch(uuid4(), level, code, above, frozenset(squares))
        return self.patches[code]

    def publish(self, effective=LONG_AGO, **reshaped: shapely.MultiPolygon) -> tuple[Edition, Change]:
        after = {patch.ident: patch.cell() for patch in self.patches.values()}
        for code, shape in reshaped.items():
            ident = self.patches[code].ident
            after[ident] = replace(after[ident], shape=shape)
        noded = [self.patches[code].ident for code in reshaped]
        change = Change.between(self.before, after, noded=noded)
        edition = publish(self.scheme, self.before, after, effective)
        self.before = after
        return edition, change

    def follow(self, **reshaped: shapely.MultiPolygon) -> Assigned:
        """Publish what has been changed, and see to it that only a part of the land is read."""
        edition, change = self.publish(timezone.now(), **reshaped)
        said = features_follow(
            scheme=self.scheme, edition=edition, land=lambda: pytest.fail("the whole was read"), change=change
        )
        assert assignments_check(scheme=self.scheme)[1] == []
        return said


@pytest.fixture
def places(db) -> Places:
    return Places(quilt_scheme())


def at_square(x: float, y: float) -> shapely.Point:
    return shapely.Point(*at(x, y))


def row(first: int, last: int, y: int = 0) -> list[tuple[int, int]]:
    return [(x, y) for x in range(first, last + 1)]


def test_features_elsewhere_are_not_looked_at(places, things) -> None:
    places.put(CITY, "0", None, row(0, 9))
    for x in range(10):
        places.put(ZONE, f"z{x}", "0", row(x, x))
        put(things, str(x), at_square(x + 0.5, 0.5))
    put(things, "edge", at_square(4, 0.5))
    put(things, "long", shapely.LineString([at(4.5, 0.5), at(8.5, 0.5)]))
    places.publish()
    features_assign(scheme=places.scheme)
    del places.patches["z4"]
    places.patches["z3"].squares |= {(4, 0)}
    said = places.follow()
    # In z3 and z4, on their border, and the line that begins in z4 and has most of its length beyond.
    assert (said.total, said.changed) == (4, 3)


def test_a_cell_that_something_far_away_divides_is_no_leaf(places, things) -> None:
    """The street s has its one zone at the western end, the feature at the eastern lies in its gap.

    z . . . . . f | t1 | t2
    """
    places.put(CITY, "0", None, row(0, 12))
    places.put(STREET, "s", "0", row(0, 10))
    places.put(STREET, "t", "0", row(11, 12))
    places.put(ZONE, "z", "s", row(0, 0))
    places.put(ZONE, "t1", "t", row(11, 11))
    places.put(ZONE, "t2", "t", row(12, 12))
    put(things, "f", at_square(10.5, 0.5))
    places.publish()
    features_assign(scheme=places.scheme)
    del places.patches["t1"]
    places.patches["t2"].squares |= {(11, 0)}
    assert places.follow().total == 1
    places.patches["t2"].squares -= {(11, 0)}
    said = places.follow()
    assert (said.in_gap, said.changed) == (1, 1)


def test_levels_that_only_others_have_decide_who_divides_whom_here_too(places, things) -> None:
    """One city has streets; the other has none, which makes its zones' parent no cell that they divide."""
    places.put(CITY, "0", None, row(0, 2))
    places.put(ZONE, "z1", "0", row(0, 0))
    places.put(ZONE, "z2", "0", row(1, 2))
    places.put(CITY, "1", None, row(40, 41))
    places.put(STREET, "s", "1", row(40, 41))
    places.put(ZONE, "y", "s", row(40, 41))
    for number in range(6):
        put(things, str(number), at_square(number / 2 + 0.25, 0.5))
    places.publish()
    features_assign(scheme=places.scheme)
    places.patches["z1"].squares |= {(1, 0)}
    places.patches["z2"].squares -= {(1, 0)}
    assert places.follow().total == 6


def ring(places: Places) -> None:
    """Three cities around a hole, the feature in it beside the western one.

    b b b b
    a f   c
    a     c
    a a a a
    """
    west, south, north, east = (
        [(0, y) for y in range(8)],
        row(1, 9),
        row(0, 9, 8),
        [(9, y) for y in range(1, 8)],
    )
    for code, squares in (("a", west + south), ("b", north), ("c", east)):
        places.put(CITY, code, None, squares)
    for code, parent, squares in (
        ("a1", "a", west),
        ("a2", "a", south),
        ("b1", "b", north),
        ("c1", "c", east),
    ):
        places.put(ZONE, code, parent, squares)


def test_a_hole_in_the_outline_is_one_although_its_farther_rim_is_not_near(places, things) -> None:
    ring(places)
    put(things, "f", at_square(1.2, 3.5))
    places.publish()
    features_assign(scheme=places.scheme)
    assert Assignment.objects.get().method == "gap"
    places.patches["a1"].code = "a9"
    said = places.follow()
    assert (said.total, said.in_gap, said.changed) == (1, 1, 0)


def test_where_the_outline_opens_far_away_a_gap_becomes_outside(places, things) -> None:
    ring(places)
    put(things, "f", at_square(1.2, 3.5))
    places.publish()
    features_assign(scheme=places.scheme)
    for code in ("c", "c1"):
        places.patches[code].squares -= {(9, 4)}
    said = places.follow()
    assert (said.outside, said.changed) == (1, 1)


def test_a_node_beside_an_outline_counts_for_what_lay_on_it_in_no_cell(places, things) -> None:
    """The city has a gap at its end, the feature lies on its rim, and the rim gets a node a step inward.

    z | y | . f
    """
    places.put(CITY, "0", None, row(0, 2))
    places.put(ZONE, "z", "0", row(0, 0))
    places.put(ZONE, "y", "0", row(1, 1))
    put(things, "f", at_square(3, 0.5))
    put(things, "y", at_square(1.5, 0.5))
    places.publish()
    features_assign(scheme=places.scheme)
    east, middle = at(3, 0.5)
    south, north = [at(x, 0) for x in range(4)], [at(x, 1) for x in range(3, -1, -1)]
    corners = [*south, (round(east - 1e-8, 8), middle), *north]
    places.patches["z"].code = "z9"
    said = places.follow(**{"0": shapely.MultiPolygon([shapely.Polygon(corners)])})
    assert (said.total, said.outside, said.changed) == (1, 1, 1)


def test_a_cell_that_is_divided_for_the_first_time_asks_all_its_features(places, things) -> None:
    places.put(CITY, "0", None, row(0, 2))
    for x in range(3):
        places.put(ZONE, f"z{x}", "0", row(x, x))
        put(things, str(x), at_square(x + 0.5, 0.5))
    places.put(PLOT, "p2", "z2", row(2, 2))
    places.publish()
    features_assign(scheme=places.scheme)
    half = shapely.MultiPolygon([shapely.box(*at(0, 0), *at(0.4, 1))])
    places.put(PLOT, "p0", "z0", row(0, 0))
    said = places.follow(p0=half)
    # What the plot leaves of the zone is a gap now.
    assert (said.total, said.in_gap) == (1, 1)
