"""Where schemes share objects out between them, those with two regulators or none are found."""

from __future__ import annotations

import csv
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

import manage
from geogrid.core.errors import NotFound, Refused
from layers.models import Layer
from layers.selectors.conflicts import (
    all_conflict_objects,
    conflict_objects,
    conflicts,
    group_get,
    groups_all,
)
from layers.services.assignments import features_assign
from schemes.documents.objects import STANDING_LAYERS
from tests.layers.lands import five_lots, lot, new_layer, new_scheme, point, put

pytestmark = pytest.mark.django_db


def sharing(code, *layers, lots=None):
    """A scheme that shares layers out with the others of the group `g`."""
    land = new_scheme(code, exclusive=[{"group": "g", "layers": list(layers)}])
    land.publish(lots or five_lots())
    return land


@pytest.fixture
def pair(things):
    r"""Two schemes; `a` has the lots 10, 9, 2 and B, `b` has 9, 100 and B::

    a: 2   B             b: .   B
       10  9   .            .   9   100
    """
    every = five_lots()
    a = sharing("a", "thing", lots={code: every[code] for code in ("10", "9", "2", "B")})
    b = sharing("b", "thing", "more", lots={code: every[code] for code in ("9", "100", "B")})
    more = new_layer("more")
    for key, x, y in [("only a", 0.5, 0.5), ("only b", 2.5, 0.5), ("both", 1.5, 0.5), ("both 2", 1.5, 1.5)]:
        put(things, key, point(x, y))
    put(things, "none", point(2.5, 1.5))
    put(more, "m in b", point(1.5, 0.5))
    put(more, "m in none", point(0.5, 0.5))
    for land in (a, b):
        features_assign(scheme=land.scheme)
    return a, b


def keys(found):
    return {row.key: (row.kind, [(held["scheme"], held["cell"]) for held in row.cells]) for row in found.rows}


def test_the_matrix_counts_each_two_schemes_over_what_both_claim(pair) -> None:
    (group,) = groups_all()
    counted = conflicts(group, at=timezone.now())
    assert (counted.schemes, counted.layers) == (["a", "b"], ["more", "thing"])
    assert (counted.objects, counted.one, counted.none, counted.several) == (7, 3, 2, 2)
    (matrix,) = counted.pairs
    assert (matrix.first, matrix.second) == ("a", "b")
    assert (matrix.both, matrix.only_first, matrix.only_second, matrix.neither) == (2, 1, 1, 1)


def test_the_objects_with_two_or_none_are_listed_with_their_cells(pair) -> None:
    group, now = group_get("g"), timezone.now()
    assert keys(conflict_objects(group, at=now)) == {
        "both": ("several", [("a", "9"), ("b", "9")]),
        "both 2": ("several", [("a", "B"), ("b", "B")]),
        "none": ("none", []),
        "m in none": ("none", []),
    }
    assert set(keys(conflict_objects(group, at=now, kind="none"))) == {"none", "m in none"}
    assert set(keys(conflict_objects(group, at=now, kind="several"))) == {"both", "both 2"}
    more = Layer.objects.get(code="more")
    assert set(keys(conflict_objects(group, at=now, layer=more))) == {"m in none"}
    assert conflict_objects(group, at=now).rows[0].position == [118.015, 30.005]


def test_pages_follow_one_another(pair) -> None:
    group, now = group_get("g"), timezone.now()
    first = conflict_objects(group, at=now, limit=3)
    second = conflict_objects(group, at=now, limit=3, after=first.next)
    assert (len(first.rows), len(second.rows), second.next) == (3, 1, None)
    assert [row.feature for row in all_conflict_objects(group, at=now)] == sorted(
        row.feature for row in (*first.rows, *second.rows)
    )


def test_three_schemes_make_three_pairs(pair, things) -> None:
    c = sharing("c", "thing", lots={"B": lot(1, 1)})
    features_assign(scheme=c.scheme)
    counted = conflicts(group_get("g"), at=timezone.now())
    assert {(one.first, one.second): one.both for one in counted.pairs} == {
        ("a", "b"): 2,
        ("a", "c"): 1,
        ("b", "c"): 1,
    }
    assert counted.several == 2


def test_the_past_is_as_it_was_and_a_new_edition_may_settle_a_conflict(pair) -> None:
    _, b = pair
    then = timezone.now()
    b.publish({"100": lot(2, 0)}, timezone.now())
    features_assign(scheme=b.scheme)
    group = group_get("g")
    assert conflicts(group, at=timezone.now()).several == 0
    assert conflicts(group, at=then).several == 2
    assert set(keys(conflict_objects(group, at=then, kind="several"))) == {"both", "both 2"}


def test_schemes_that_say_nothing_are_in_no_group(pair) -> None:
    quiet = new_scheme("quiet")
    quiet.publish(five_lots())
    features_assign(scheme=quiet.scheme)
    assert group_get("g").schemes == ["a", "b"]
    with pytest.raises(NotFound, match="names a group 'h'; there are: g"):
        group_get("h")


def test_counting_and_listing_are_few_questions(pair, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        group = group_get("g")
    with django_assert_num_queries(1):
        conflicts(group, at=timezone.now())
    with django_assert_num_queries(2):
        conflict_objects(group, at=timezone.now())


def test_the_layers_that_documents_may_always_name_are_those_that_stand() -> None:
    assert set(Layer.objects.filter(scheme=None).values_list("code", flat=True)) == set(STANDING_LAYERS)


class TestCommand:
    """`conflicts`."""

    def test_it_prints_the_matrix(self, pair, capsys) -> None:
        call_command("conflicts")
        said = capsys.readouterr().out
        assert "g (a, b; more, thing): 7 objects, 3 in one scheme, 2 in none, 2 in several" in said
        assert "a and b: 2 in both, 1 in a only, 1 in b only, 1 in neither" in said

    def test_json_has_the_objects(self, pair, capsys) -> None:
        call_command("conflicts", "--group", "g", "--json")
        (group,) = json.loads(capsys.readouterr().out)["groups"]
        assert (group["several"], len(group["results"])) == (2, 4)
        assert group["pairs"] == [
            {"first": "a", "second": "b", "both": 2, "only_first": 1, "only_second": 1, "neither": 1}
        ]

    def test_a_table_has_the_objects(self, pair, tmp_path) -> None:
        call_command("conflicts", "-o", str(tmp_path / "conflicts.csv"))
        with (tmp_path / "conflicts.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = {row["key"]: row for row in csv.DictReader(file)}
        assert len(rows) == 4
        assert (rows["both"]["group"], rows["both"]["cells"]) == ("g", "a:9 b:9")

    def test_strict_ends_with_1_if_there_is_a_conflict(self, pair, monkeypatch) -> None:
        with pytest.raises(Refused, match="4 objects are in a cell of none or of several"):
            call_command("conflicts", "--strict")
        monkeypatch.setattr("sys.argv", ["manage.py", "conflicts", "--strict"])
        assert manage.main() == 1
        monkeypatch.setattr("sys.argv", ["manage.py", "conflicts", "--group", "h"])
        assert manage.main() == 2

    def test_without_groups_it_says_so(self, land, capsys) -> None:
        call_command("conflicts", "--strict")
        assert "nothing has to be in exactly one scheme" in capsys.readouterr().out
