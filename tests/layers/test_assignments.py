"""Every feature has exactly one leaf cell of a scheme or a reason why none, at every moment."""

from __future__ import annotations

import datetime as dt
import random

import pytest
import shapely
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from geogrid.core.errors import BadInput
from layers.models import Assignment, Override
from layers.services.assignments import assignments_check, features_assign
from tests.layers.lands import (
    LONG_AGO,
    at,
    box,
    city,
    five_lots,
    history,
    lot,
    new_layer,
    new_scheme,
    now_in,
    point,
    put,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def stored(land, key):
    return Assignment.objects.get(feature__key=key, scheme=land.scheme, valid__upper_inf=True)


def without_b(land):
    """The five lots, but the land of B belongs to 2."""
    lots = five_lots()
    del lots["B"]
    return {**lots, "2": shapely.Polygon([at(0, 1), at(1, 1), at(2, 1), at(2, 2), at(1, 2), at(0, 2)])}


def test_a_point_inside_a_lot_belongs_to_it(land, things) -> None:
    put(things, "p", point(1.5, 0.5))
    features_assign(scheme=land.scheme)
    assert now_in(land, "p") == ("9", "within")
    assert stored(land, "p").share == 1.0
    assert stored(land, "p").shares is None


def test_a_point_on_a_border_belongs_to_the_lowest_code_in_byte_order(land, things) -> None:
    put(things, "edge", point(1, 0.5))
    put(things, "corner", point(1, 1))
    put(things, "gap side", point(2, 1.5))
    result = features_assign(scheme=land.scheme)
    assert now_in(land, "edge") == ("10", "boundary_tiebreak")
    assert now_in(land, "corner") == ("10", "boundary_tiebreak")
    assert now_in(land, "gap side")[0] == "B"
    assert [stored(land, key).on_edge for key in ("edge", "corner", "gap side")] == [True] * 3
    assert result.on_edge == 3


def test_a_polygon_belongs_to_the_lot_with_its_largest_share_and_keeps_all_shares(land, things) -> None:
    put(things, "house", box(0.7, 0.2, 1.7, 0.4))
    put(things, "even", box(0.5, 0.5, 1.5, 0.6))
    features_assign(scheme=land.scheme)
    assert now_in(land, "house") == ("9", "max_overlap")
    assert stored(land, "house").share == pytest.approx(0.7, abs=1e-6)
    assert stored(land, "house").shares == pytest.approx({"9": 0.7, "10": 0.3}, abs=1e-6)
    assert now_in(land, "even")[0] == "10"
    assert stored(land, "even").on_edge


def test_a_feature_in_no_cell_says_why_and_how_far_the_nearest_is(land, things) -> None:
    put(things, "hole", point(2.5, 1.5))
    put(things, "away", point(9, 9))
    result = features_assign(scheme=land.scheme)
    assert now_in(land, "hole") == (None, "gap")
    assert now_in(land, "away") == (None, "outside")
    assert 400 < stored(land, "hole").nearest_m < 600
    assert (result.total, result.assigned, result.in_gap, result.outside) == (2, 0, 1, 1)


def test_assigning_again_writes_nothing(land, things) -> None:
    for number in range(20):
        put(things, str(number), box(number / 10, 0.3, number / 10 + 0.9, 1.2))
    first = features_assign(scheme=land.scheme)
    before = list(Assignment.objects.order_by("pk").values())
    again = features_assign(scheme=land.scheme)
    assert (first.changed, again.changed) == (20, 0)
    assert list(Assignment.objects.order_by("pk").values()) == before
    assert first.total == again.total == 20


def test_the_order_in_which_features_and_cells_came_changes_no_answer(things) -> None:
    places = {f"{x}/{y}": point(x / 4, y / 4) for x in range(13) for y in range(9)}
    answers = []
    for seed in (1, 2):
        lots = list(five_lots().items())
        keys = list(places)
        random.Random(seed).shuffle(lots)
        random.Random(seed).shuffle(keys)
        land = new_scheme(f"small{seed}")
        land.publish(dict(lots))
        layer = new_layer(f"thing{seed}", scheme=land.scheme)
        for key in keys:
            put(layer, f"{seed} {key}", places[key])
        features_assign(scheme=land.scheme)
        answers.append({key: now_in(land, f"{seed} {key}") for key in places})
    assert answers[0] == answers[1]
    assert len(set(answers[0].values())) > 5


def test_a_new_edition_closes_the_answers_that_change_and_touches_no_others(land, things) -> None:
    put(things, "moves", point(1.5, 1.5))
    put(things, "stays", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    untouched = stored(land, "stays")
    edition = land.publish(without_b(land), timezone.now())
    result = features_assign(scheme=land.scheme, since=edition.effective)
    assert result.changed == 1
    (old, new) = history(land, "moves")
    assert old[:2] == ("B", "within")
    assert new[:2] == ("2", "within")
    assert old[3] == new[2] == edition.effective
    assert new[3] is None
    assert stored(land, "stays").pk == untouched.pk


def test_an_edition_to_come_changes_the_answers_from_its_moment_on(land, things) -> None:
    put(things, "moves", point(1.5, 1.5))
    features_assign(scheme=land.scheme)
    soon = timezone.now() + 5 * DAY
    edition = land.publish(without_b(land), soon)
    features_assign(scheme=land.scheme, since=edition.effective)
    assert now_in(land, "moves") == ("B", "within")
    assert now_in(land, "moves", soon + DAY) == ("2", "within")
    _, differences = assignments_check(scheme=land.scheme)
    assert differences == []


def test_a_feature_that_comes_before_an_edition_to_come_is_assigned_for_both_times(land, things) -> None:
    soon = timezone.now() + 5 * DAY
    land.publish(without_b(land), soon)
    put(things, "moves", point(1.5, 1.5))
    put(things, "stays", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    assert [row[0] for row in history(land, "moves")] == ["B", "2"]
    assert [row[0] for row in history(land, "stays")] == ["10"]


def test_a_scheme_whose_first_edition_is_to_come_is_assigned_from_then_on(things) -> None:
    land = new_scheme()
    soon = timezone.now() + 5 * DAY
    land.publish(five_lots(), soon)
    put(things, "p", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    assert history(land, "p") == [("10", "within", soon, None)]


def test_answers_foreseen_and_never_in_force_give_way(land, things) -> None:
    feature = put(things, "moves", point(1.5, 1.5))
    land.publish(without_b(land), timezone.now() + 5 * DAY)
    features_assign(scheme=land.scheme)
    feature.geom = put(things, "other", point(0.5, 0.5)).geom
    feature.save()
    features_assign(scheme=land.scheme, ids=[feature.pk])
    assert [row[0] for row in history(land, "moves")] == ["B", "10"]


def test_nothing_can_be_assigned_before_something_is_published(things) -> None:
    with pytest.raises(BadInput, match="small has no edition yet"):
        features_assign(scheme=new_scheme().scheme)


def test_a_layer_that_a_scheme_brought_is_assigned_in_that_scheme_only(land) -> None:
    other = new_scheme("other")
    other.publish(five_lots())
    put(new_layer("own", scheme=other.scheme), "p", point(0.5, 0.5))
    assert features_assign(scheme=land.scheme).total == 0
    assert features_assign(scheme=other.scheme).total == 1


def test_only_the_named_features_or_layer_are_assigned(land, things) -> None:
    first, _ = put(things, "1", point(0.5, 0.5)), put(things, "2", point(0.5, 0.5))
    put(new_layer("more"), "3", point(0.5, 0.5))
    assert features_assign(scheme=land.scheme, ids=[first.pk]).total == 1
    assert features_assign(scheme=land.scheme, layer=things).total == 2
    assert features_assign(scheme=land.scheme, layer=things).changed == 0
    assert features_assign(scheme=land.scheme).changed == 1
    assert features_assign(scheme=land.scheme, ids=[]).total == 0


def decide(land, feature, code, since=LONG_AGO, until=None):
    return Override.objects.create(
        feature=feature, scheme=land.scheme, cell=land.cells[code], reason="gate", valid=(since, until)
    )


def test_a_persons_decision_wins_and_survives_every_later_assignment(land, things) -> None:
    house = put(things, "house", box(0.7, 0.2, 1.7, 0.4))
    decide(land, house, "10")
    features_assign(scheme=land.scheme)
    assert now_in(land, "house") == ("10", "manual")
    assert stored(land, "house").share == pytest.approx(0.3, abs=1e-6)
    edition = land.publish(without_b(land), timezone.now())
    features_assign(scheme=land.scheme, since=edition.effective)
    assert features_assign(scheme=land.scheme).straddling == 0
    assert now_in(land, "house") == ("10", "manual")
    assert len(history(land, "house")) == 1


def test_a_decision_for_a_cell_that_the_feature_does_not_meet_has_no_share(land, things) -> None:
    decide(land, put(things, "p", point(0.5, 0.5)), "100")
    decide(land, put(things, "lost", point(2.5, 1.5)), "100")
    result = features_assign(scheme=land.scheme)
    assert now_in(land, "p") == ("100", "manual")
    assert now_in(land, "lost") == ("100", "manual")
    assert stored(land, "p").share == stored(land, "lost").share == 0.0
    assert stored(land, "lost").nearest_m is None
    assert (result.assigned, result.in_gap) == (2, 0)


def test_when_a_decision_ends_the_rule_answers_again(land, things) -> None:
    ends = timezone.now() + 3 * DAY
    decide(land, put(things, "p", point(0.5, 0.5)), "100", until=ends)
    features_assign(scheme=land.scheme)
    assert now_in(land, "p") == ("100", "manual")
    assert now_in(land, "p", ends + DAY) == ("10", "within")
    assert assignments_check(scheme=land.scheme)[1] == []


def test_a_decision_for_a_retired_cell_is_not_followed_and_is_reported(land, things) -> None:
    decide(land, put(things, "p", point(0.5, 0.5)), "B")
    assert features_assign(scheme=land.scheme).unheeded == ()
    edition = land.publish(without_b(land), timezone.now())
    result = features_assign(scheme=land.scheme, since=edition.effective)
    assert now_in(land, "p") == ("10", "within")
    assert [(one.layer, one.key) for one in result.unheeded] == [("thing", "p")]
    assert "edition 2" in result.unheeded[0].reason


def test_a_decision_for_a_cell_that_is_divided_among_others_is_not_followed(land, things) -> None:
    decide(land, put(things, "p", point(0.5, 0.5)), "C")
    result = features_assign(scheme=land.scheme)
    assert now_in(land, "p") == ("10", "within")
    assert len(result.unheeded) == 1


def test_the_check_finds_what_is_stored_wrongly_or_not_at_all(land, things) -> None:
    put(things, "tampered", point(0.5, 0.5))
    put(things, "missing", point(1.5, 0.5))
    put(things, "right", point(2.5, 0.5))
    features_assign(scheme=land.scheme)
    assert assignments_check(scheme=land.scheme)[1] == []
    Assignment.objects.filter(feature__key="tampered").update(cell=land.cells["B"])
    Assignment.objects.filter(feature__key="missing").delete()
    outcome, differences = assignments_check(scheme=land.scheme)
    found = {one.key: (list(one.stored), list(one.computed)) for one in differences}
    assert set(found) == {"tampered", "missing"}
    assert [answer["cell"] for answer in found["tampered"][0]] == ["B"]
    assert [answer["cell"] for answer in found["tampered"][1]] == ["10"]
    assert found["missing"][0] == []
    assert outcome.changed == 2
    assert stored(land, "tampered").cell == land.cells["B"]


def test_the_database_holds_one_current_assignment_a_feature_and_scheme(land, things) -> None:
    feature = put(things, "p", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    for valid in ((timezone.now(), None), (LONG_AGO, None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Assignment.objects.create(
                feature=feature,
                scheme=land.scheme,
                cell=land.cells["9"],
                method="within",
                share=1.0,
                valid=valid,
            )


def test_an_assignment_without_a_cell_needs_a_reason(land, things) -> None:
    feature = put(things, "p", point(0.5, 0.5))
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            feature=feature, scheme=land.scheme, method="within", share=1.0, valid=(LONG_AGO, None)
        )


def test_numbers_add_up_and_count_what_straddles_by_the_schemes_own_threshold(things) -> None:
    land = new_scheme(straddling_threshold=0.8)
    land.publish(five_lots())
    put(things, "seventy", box(0.7, 0.2, 1.7, 0.4))
    put(things, "ninety", box(0.9, 0.2, 1.9, 0.4))
    put(things, "lost", point(2.5, 1.5))
    result = features_assign(scheme=land.scheme)
    assert result.straddling == 1
    assert result.by_method == {"gap": 1, "max_overlap": 2}
    assert result.assigned + result.in_gap + result.outside == result.total == 3


def test_a_line_belongs_to_the_lot_with_most_of_its_length(land, things) -> None:
    put(things, "road", shapely.LineString([at(0.9, 0.5), at(1.9, 0.5)]))
    features_assign(scheme=land.scheme)
    assert now_in(land, "road") == ("9", "max_overlap")
    assert stored(land, "road").share == pytest.approx(0.9, abs=1e-6)


def test_a_node_more_on_a_border_changes_no_answer(land, things) -> None:
    for number in range(30):
        put(things, str(number), box(number / 13, 0.31, number / 13 + 0.77, 1.23))
    features_assign(scheme=land.scheme)
    noded = {code: shapely.segmentize(shape, 0.0033) for code, shape in {**five_lots(), "C": city()}.items()}
    noded = {code: shapely.transform(shape, lambda xy: xy.round(8)) for code, shape in noded.items()}
    edition = land.publish(noded, timezone.now(), outline=noded.pop("C"))
    assert features_assign(scheme=land.scheme, since=edition.effective).changed == 0


def test_many_features_are_placed_piece_by_piece(land, things, monkeypatch) -> None:
    monkeypatch.setattr("layers.selectors.CHUNK", 7)
    for number in range(30):
        put(things, str(number), point(number / 10, 0.5))
    assert features_assign(scheme=land.scheme).total == 30
    assert Assignment.objects.filter(cell__isnull=False).count() == 30


def test_no_temporary_table_is_left(land, things) -> None:
    put(things, "p", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()")
        assert cursor.fetchone() == (0,)


def test_a_lot_is_as_large_as_the_tests_take_it_to_be() -> None:
    assert shapely.equals(lot(0, 0), box(0, 0, 1, 1))
