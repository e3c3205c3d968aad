"""What a change would move is told before it is made, and is what publishing it then moves."""

from __future__ import annotations

import random
from functools import partial

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from boundaries.participants import registered
from boundaries.selectors import land_at
from boundaries.selectors.grounds import ground_at
from geogrid.core.change import Change, Heir
from layers.models import Assignment, Override
from layers.participant import LayersParticipant
from layers.selectors.impact import features_impact
from layers.services.assignments import features_assign
from tests.layers.lands import LONG_AGO, new_layer, put
from tests.layers.quilts import Quilt, publish, quilt_scheme, some_shape
from tests.layers.test_overrides_follow import SHARES, Town, halves, spot

#: The quilts have levels that do not tile one another, and borders that lack nodes: no edition may be so.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unguarded")]

NOTHING = {"total": 0, "layers": {}, "cells": [], "moves": [], "truncated": False}


@pytest.fixture
def town(db) -> Town:
    return Town()


def impact(town: Town, heirs=SHARES, *, change: Change | None = None):
    now = timezone.now()
    return features_impact(
        scheme=town.scheme, change=change or town.change(heirs), ground=ground_at(town.scheme, now), at=now
    )


def test_a_split_tells_which_features_would_move_from_where_to_where(town) -> None:
    other = new_layer("more")
    for number, x in enumerate((0.5, 1.2, 1.8, 2.5)):
        put(town.layer, str(number), spot(x, 0.5))
    put(other, "m", spot(1.5, 0.5))
    put(other, "away", spot(9, 9))
    features_assign(scheme=town.scheme)
    halves(town)
    before = list(Assignment.objects.order_by("pk").values())
    assert impact(town) == {
        "total": 4,
        "layers": {"more": 1, "things": 3},
        "cells": [
            {"cell": "B", "before": 3, "after": 0},
            {"cell": "B1", "before": 0, "after": 3},
            {"cell": "B2", "before": 0, "after": 1},
            {"cell": "C", "before": 1, "after": 0},
        ],
        "moves": [
            {"layer": "more", "key": "m", "from": "B", "to": "B1", "method": "within"},
            {"layer": "things", "key": "1", "from": "B", "to": "B1", "method": "within"},
            {"layer": "things", "key": "2", "from": "B", "to": "B1", "method": "within"},
            {"layer": "things", "key": "3", "from": "C", "to": "B2", "method": "within"},
        ],
        "truncated": False,
    }
    assert list(Assignment.objects.order_by("pk").values()) == before


def test_a_cell_that_stays_as_it_is_tells_all_that_it_would_hold(town) -> None:
    # Its larger part is in B, but either half of B has less of it than A, which does not change.
    put(town.layer, "wide", shapely.box(118.0055, 30.004, 118.016, 30.006))
    for number in range(3):
        put(town.layer, str(number), spot(0.2, 0.1 + number / 10))
    features_assign(scheme=town.scheme)
    middle = town.zones.pop("B").cell().shape
    cells = town.cells()
    for code, part in (("B1", (118.01, 118.012)), ("B2", (118.012, 118.02))):
        patch = town.zone(code, {(1, 0)})
        half = shapely.intersection(middle, shapely.box(part[0], 29, part[1], 31))
        cell = patch.cell()
        cells[patch.ident] = type(cell)(
            cell.ident, cell.level, code, code, "", cell.parent, shapely.MultiPolygon([half])
        )
    told = impact(town, change=Change.between(town.before, cells))
    assert told["moves"] == [
        {"layer": "things", "key": "wide", "from": "B", "to": "A", "method": "max_overlap"}
    ]
    assert told["cells"] == [{"cell": "A", "before": 3, "after": 4}, {"cell": "B", "before": 1, "after": 0}]


def test_what_would_lie_in_no_cell_is_told_with_the_reason(town) -> None:
    put(town.layer, "p", spot(3.5, 0.5))
    features_assign(scheme=town.scheme)
    del town.zones["D"]
    (move,) = impact(town, [])["moves"]
    assert (move["from"], move["to"], move["method"]) == ("D", None, "gap")


def test_nodes_and_names_alone_have_no_impact(town) -> None:
    put(town.layer, "p", spot(1, 0.5))
    features_assign(scheme=town.scheme)
    for zone in town.zones.values():
        zone.nodes = 3
    after = town.cells()
    noded = Change.between(town.before, after, noded=after.keys())
    with CaptureQueriesContext(connection) as queries:
        assert impact(town, change=noded) == NOTHING
    assert len(queries) == 0
    renamed = {
        ident: type(cell)(ident, cell.level, cell.code, "new name", "", cell.parent, cell.shape)
        for ident, cell in town.before.items()
    }
    assert impact(town, change=Change.between(town.before, renamed)) == NOTHING


def test_a_cell_that_only_gets_another_code_moves_nothing(town) -> None:
    put(town.layer, "p", spot(1.5, 0.5))
    features_assign(scheme=town.scheme)
    town.zones["B"].code = "B9"
    assert impact(town, [])["total"] == 0


def test_a_decision_moves_with_its_cell_into_the_heir(town) -> None:
    town.decide("p", spot(0.5, 0.5), "B")
    features_assign(scheme=town.scheme)
    halves(town)
    (move,) = impact(town)["moves"]
    assert move == {"layer": "things", "key": "p", "from": "B", "to": "B2", "method": "manual"}


def test_a_private_key_is_not_told_nor_any_attribute(town) -> None:
    town.layer.key_fields, town.layer.schema = ["who"], {"properties": {"who": {"x-private": True}}}
    town.layer.save()
    feature = put(town.layer, "secret", spot(1.5, 0.5))
    feature.attributes = {"who": "secret"}
    feature.save()
    features_assign(scheme=town.scheme)
    halves(town)
    told = impact(town)
    assert "secret" not in str(told)
    assert told["moves"] == [{"layer": "things", "key": None, "from": "B", "to": "B1", "method": "within"}]


def test_a_long_list_is_cut_and_counted(town, monkeypatch) -> None:
    monkeypatch.setattr("layers.selectors.impact.LISTED", 3)
    for number in range(9):
        put(town.layer, str(number), spot(1.1 + number / 20, 0.5))
    features_assign(scheme=town.scheme)
    halves(town)
    told = impact(town)
    assert (told["total"], len(told["moves"]), told["truncated"]) == (9, 3, True)
    assert [move["key"] for move in told["moves"]] == ["0", "1", "2"]


def test_the_number_of_questions_does_not_grow_with_the_features(town) -> None:
    halves(town)
    asked = []
    for count in (1, 50):
        for number in range(count):
            put(town.layer, f"{count}-{number}", spot(1.1 + number / 70, 0.5))
        with CaptureQueriesContext(connection) as queries:
            assert impact(town)["total"] >= count
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10


@pytest.mark.parametrize("seed", range(8))
def test_what_is_told_is_what_publishing_then_moves(seed: int) -> None:
    chance = random.Random(1000 + seed)
    quilt, scheme, layer = Quilt.of(1000 + seed), quilt_scheme(), new_layer("things")
    cells = quilt.cells()
    publish(scheme, {}, cells, LONG_AGO)
    for number in range(80):
        feature = put(layer, str(number), some_shape(chance))
        if number % 20 == 0:
            decided = chance.choice(list(cells))
            Override.objects.create(
                feature=feature, scheme=scheme, cell_id=decided, reason="gate", valid=(LONG_AGO, None)
            )
    features_assign(scheme=scheme)
    (participant,) = [one for one in registered() if isinstance(one, LayersParticipant)]
    for _ in range(4):
        quilt.change()
        after = quilt.cells()
        gone = [ident for ident in cells if ident not in after]
        heirs = [Heir(ident, chance.choice(list(after)), 1.0) for ident in gone]
        change = Change.between(cells, after, heirs=heirs)
        now = timezone.now()
        ground = ground_at(scheme, now)
        told = participant.change_impact(scheme=scheme, change=change, ground=ground, at=now)["features"]
        edition = publish(scheme, cells, after)
        was = dict(_answers(scheme, now))
        participant.edition_published(
            scheme=scheme, edition=edition, land=partial(land_at, scheme, edition.effective), change=change
        )
        became = dict(_answers(scheme, edition.effective))
        moved = {key for key in was if was[key] != became[key]}
        assert {move["key"] for move in told["moves"]} == moved
        cells = after


def _answers(scheme, at):
    return Assignment.objects.filter(scheme=scheme, valid__contains=at).values_list("feature__key", "cell")
