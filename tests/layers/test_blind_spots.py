"""The list of what somebody should look at is whole, says why, and is as of any time."""

from __future__ import annotations

import csv
import datetime as dt
import json

import pytest
import shapely
from django.core.management import call_command
from django.utils import timezone

import manage
from accounts.models import User
from geogrid.core.errors import NotFound, Refused
from layers.models import Assignment, Override
from layers.selectors.blind_spots import all_blind_spots, blind_spots
from layers.services.assignments import features_assign
from tests.layers.lands import LONG_AGO, box, five_lots, lot, new_layer, new_scheme, point, put

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def decide(land, feature, code, *, until=None, since=LONG_AGO, by=None):
    Override.objects.create(
        feature=feature,
        scheme=land.scheme,
        cell=land.cells[code],
        reason="agreed",
        valid=(since, until),
        by=by,
    )


@pytest.fixture
def register(land, things):
    r"""What there is to look at::

    2           B    |edge    (gap) lost
    10  in    wide    9       100            away
    """
    put(things, "in", point(0.5, 0.5))
    put(things, "edge", point(2, 1.5))
    put(things, "wide", box(0.55, 0.2, 1.55, 0.4))
    put(things, "mostly", box(0.1, 0.2, 1.05, 0.4))
    put(things, "lost", point(2.1, 1.5))
    put(things, "away", point(9, 9))
    decide(land, put(things, "moved", point(0.6, 0.6)), "9", until=timezone.now() + DAY)
    features_assign(scheme=land.scheme)
    put(things, "never", point(0.7, 0.7))
    return things


def listed(land, at=None, **wanted):
    found = blind_spots(land.scheme, at=at or timezone.now(), **wanted)
    return {row.key: row.kinds for row in found.rows}


def test_each_object_to_look_at_is_listed_once_with_all_its_kinds(land, register) -> None:
    assert listed(land) == {
        "edge": ("on_edge",),
        "wide": ("straddling",),
        "lost": ("unassigned",),
        "moved": ("overridden",),
        "never": ("unassigned",),
    }
    found = blind_spots(land.scheme, at=timezone.now())
    assert found.numbers == {"unassigned": 2, "straddling": 1, "on_edge": 1, "overridden": 1, "outside": 1}
    assert found.any
    assert listed(land, kind="outside") == {"away": ("outside",)}
    assert set(listed(land, kind="unassigned")) == {"lost", "never"}
    assert set(listed(land, kind="overridden")) == {"moved"}


def test_a_row_says_where_it_is_and_what_is_near(land, register) -> None:
    rows = {row.key: row for row in blind_spots(land.scheme, at=timezone.now()).rows}
    lost = rows["lost"]
    assert (lost.method, lost.cell, lost.chain) == ("gap", None, [])
    assert (lost.nearest.code, lost.nearest.name) == ("B", "")
    assert lost.nearest.distance_m == pytest.approx(lost.nearest_m, abs=0.001)
    assert 90 < lost.nearest_m < 100
    assert lost.position == [118.021, 30.015]
    assert rows["never"].method is None
    assert rows["never"].nearest is None
    wide = rows["wide"]
    assert [link.code for link in wide.chain] == ["C", "9"]
    assert wide.share == pytest.approx(0.55, abs=1e-6)
    assert wide.shares == pytest.approx({"9": 0.55, "10": 0.45}, abs=1e-6)


def test_one_object_of_several_kinds_has_them_all(land, things) -> None:
    put(things, "even", box(0.5, 0.5, 1.5, 0.6))
    features_assign(scheme=land.scheme)
    assert listed(land) == {"even": ("straddling", "on_edge")}


def test_the_threshold_is_the_schemes(land, things) -> None:
    put(things, "wide", box(0.55, 0.2, 1.55, 0.4))
    features_assign(scheme=land.scheme)
    land.scheme.document = {"straddling_threshold": 0.5}
    assert listed(land) == {}


def test_an_override_is_listed_with_who_why_and_until_when_as_long_as_it_lasts(land, things) -> None:
    end = timezone.now() + DAY
    decide(land, put(things, "p", point(0.5, 0.5)), "9", until=end, by=User.objects.create_user("wang"))
    features_assign(scheme=land.scheme)
    (row,) = blind_spots(land.scheme, at=timezone.now(), private=True).rows
    told = row.override
    assert (row.cell, told.cell, told.reason, told.until, told.by) == ("9", "9", "agreed", end, "wang")
    assert told.heeded
    (row,) = blind_spots(land.scheme, at=timezone.now()).rows
    assert row.override.by is None
    assert listed(land, end) == {}
    Override.objects.all().delete()
    features_assign(scheme=land.scheme)
    assert listed(land) == {}


def test_an_override_that_cannot_be_heeded_is_listed_as_such(land, things) -> None:
    decide(land, put(things, "p", point(0.5, 0.5)), "C")
    features_assign(scheme=land.scheme)
    (row,) = blind_spots(land.scheme, at=timezone.now()).rows
    assert (row.cell, row.kinds, row.override.cell, row.override.heeded) == (
        "10",
        ("overridden",),
        "C",
        False,
    )


def test_layer_and_cell_choose_and_a_gap_belongs_to_the_cell_around_it(land, register) -> None:
    other = new_layer("more")
    put(other, "m", point(2.5, 1.6))
    features_assign(scheme=land.scheme, layer=other)
    assert set(listed(land, layer=other)) == {"m"}
    assert set(listed(land, cell="9")) == {"wide", "moved"}
    assert set(listed(land, cell="C")) == {"edge", "wide", "lost", "moved", "never", "m"}
    assert set(listed(land, cell="10")) == {"never"}
    assert blind_spots(land.scheme, at=timezone.now(), cell="9").numbers["unassigned"] == 0


def test_layers_of_other_schemes_are_not_this_ones_business(land, register) -> None:
    foreign = new_layer("foreign", scheme=new_scheme("other").scheme)
    put(foreign, "f", point(0.5, 0.5))
    assert "f" not in listed(land)


def test_pages_follow_one_another_and_lose_nothing(land, things) -> None:
    for number in range(11):
        put(things, f"{number:02}", point(1, 0.05 + number / 20))
    features_assign(scheme=land.scheme)
    keys, after, sizes = [], 0, []
    while after is not None:
        part = blind_spots(land.scheme, at=timezone.now(), after=after, limit=4)
        keys += [row.key for row in part.rows]
        sizes.append(len(part.rows))
        assert part.numbers["on_edge"] == 11
        after = part.next
    assert sizes == [4, 4, 3]
    assert keys == [f"{number:02}" for number in range(11)]
    assert len(list(all_blind_spots(land.scheme, at=timezone.now()))) == 1


def test_the_past_is_listed_as_it_was(land, register) -> None:
    then = timezone.now()
    before = listed(land, then)
    land.publish({**five_lots(), "G": lot(2, 1)}, timezone.now())
    features_assign(scheme=land.scheme)
    assert "lost" not in listed(land)
    assert "never" not in listed(land)
    assert listed(land, then) == before
    (lost,) = [row for row in blind_spots(land.scheme, at=then).rows if row.key == "lost"]
    assert lost.nearest.code == "B"


def test_after_a_merge_the_list_is_that_of_the_new_land(land, things) -> None:
    put(things, "edge", point(1, 1.5))
    features_assign(scheme=land.scheme)
    assert listed(land) == {"edge": ("on_edge",)}
    lots = five_lots()
    del lots["B"]
    land.publish({**lots, "2": shapely.union_all([lot(0, 1), lot(1, 1)])}, timezone.now())
    features_assign(scheme=land.scheme)
    assert listed(land) == {}


def test_private_keys_are_not_shown(land, things) -> None:
    things.key_fields = ["id"]
    things.schema = {"properties": {"id": {"x-private": True}, "name": {"x-private": True}}}
    things.save()
    put(things, "secret", point(1, 0.5))
    features_assign(scheme=land.scheme)
    (row,) = blind_spots(land.scheme, at=timezone.now()).rows
    assert (row.key, row.name) == (None, "")
    (row,) = blind_spots(land.scheme, at=timezone.now(), private=True).rows
    assert row.key == "secret"


def test_how_often_the_database_is_asked_does_not_grow(
    land, register, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    none = new_layer("none")
    with django_assert_num_queries(2):
        blind_spots(land.scheme, at=timezone.now(), layer=none)
    with django_assert_max_num_queries(20) as few:
        blind_spots(land.scheme, at=timezone.now())
    for number in range(10):
        put(register, f"more {number}", point(2.1 + number / 100, 1.5))
    features_assign(scheme=land.scheme)
    with django_assert_num_queries(len(few)):
        assert len(blind_spots(land.scheme, at=timezone.now()).rows) == 14


class TestCommand:
    """`blind_spots SCHEME`."""

    def test_it_prints_the_numbers_and_the_first_objects(self, land, register, capsys) -> None:
        call_command("blind_spots", "small")
        said = capsys.readouterr().out
        assert "2 unassigned, 1 straddling, 1 on_edge, 1 overridden; 1 outside the land" in said
        assert "thing lost: unassigned; in no cell, the nearest is B, 9" in said
        assert "thing wide: straddling; cell 9, 55% of it" in said
        assert "somebody decided 9 until 20" in said

    def test_json_has_all_of_it(self, land, register, capsys) -> None:
        call_command("blind_spots", "small", "--kind", "overridden", "--json")
        document = json.loads(capsys.readouterr().out)
        assert (document["scheme"], document["numbers"]["outside"]) == ("small", 1)
        (row,) = document["results"]
        assert (row["key"], row["cell"], row["override"]["reason"]) == ("moved", "9", "agreed")

    def test_a_table_has_a_row_for_each_and_no_formula(self, land, register, tmp_path, capsys) -> None:
        put(register, "=1+1", point(2.3, 1.5))
        features_assign(scheme=land.scheme)
        call_command("blind_spots", "small", "-o", str(tmp_path / "spots.csv"))
        assert capsys.readouterr().out.strip() == ""
        with (tmp_path / "spots.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = {row["key"]: row for row in csv.DictReader(file)}
        assert set(rows) == {"edge", "wide", "lost", "moved", "'=1+1"}
        assert (rows["lost"]["nearest"], rows["lost"]["lon"], rows["wide"]["chain"]) == (
            "B",
            "118.021",
            "C > 9",
        )

    def test_strict_names_the_kind_that_was_asked_for(self, land, register) -> None:
        with pytest.raises(Refused, match=r"objects to look at in small: 1 outside$"):
            call_command("blind_spots", "small", "--strict", "--kind", "outside")

    def test_strict_ends_with_1_only_if_something_is_listed(self, land, register, monkeypatch) -> None:
        with pytest.raises(Refused, match="objects to look at in small: 2 unassigned"):
            call_command("blind_spots", "small", "--strict")
        call_command("blind_spots", "small", "--strict", "--cell", "2")
        monkeypatch.setattr("sys.argv", ["manage.py", "blind_spots", "small", "--strict"])
        assert manage.main() == 1
        monkeypatch.setattr("sys.argv", ["manage.py", "blind_spots", "small", "--at", "soon"])
        assert manage.main() == 2

    def test_what_is_not_there_is_said(self, land, register, tmp_path) -> None:
        with pytest.raises(NotFound, match="no cell 'X' at "):
            call_command("blind_spots", "small", "--cell", "X")
        with pytest.raises(NotFound, match="no layer 'thin'"):
            call_command("blind_spots", "small", "--layer", "thin")

    def test_a_time_of_the_past_can_be_asked_for(self, land, register, capsys) -> None:
        then = timezone.now().isoformat()
        Assignment.objects.filter(feature__key="in").update(on_edge=True)
        call_command("blind_spots", "small", "--json", "--kind", "unassigned", "--at", then)
        assert len(json.loads(capsys.readouterr().out)["results"]) == 2
