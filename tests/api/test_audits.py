"""The audit and the findings over HTTP: computed once for each state of the land, and never out of date."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from boundaries.models import Acceptance, AuditRun, Draft, Finding
from boundaries.selectors import edition_at
from boundaries.services import audits
from boundaries.services.kept_audits import audit_current
from layers.models import Feature, Override
from layers.services.features import FeatureRow, features_upsert
from people.models import Appointment, Post
from people.services import appointment_end
from tests.api.test_problems import problem_of
from tests.api.town import cells_put, make_town, publish
from tests.layers.lands import box, point

KEYS = [
    *("scheme", "edition", "draft", "at", "verdict", "levels", "features", "vacancies", "findings"),
    "certificate",
]


def rules(document):
    return sorted(found["rule"] for found in document["findings"])


@pytest.mark.django_db
class TestAudit:
    def test_it_is_the_document_of_the_command(self, town, get, capsys):
        call_command("audit", "small", json=True)
        printed = json.loads(capsys.readouterr().out)
        document = get("schemes/small/audit")
        assert list(printed) == KEYS
        assert document == printed

    def test_a_level_shows_its_own_findings_and_the_verdict_of_all(self, town, get):
        document = get("schemes/small/audit", level="city")
        assert (document["verdict"], document["findings"]) == ("blind_spots", [])
        assert list(document["levels"]) == ["city"]

    def test_an_edition_of_the_past_is_audited_as_it_was(self, town, get):
        document = get("schemes/small/audit", edition=1)
        assert (document["edition"], document["levels"]["lot"]["cells"]) == (1, 5)
        assert dt.datetime.fromisoformat(document["at"]) == town.first.effective

    def test_a_draft_is_audited_for_who_may_read_it(self, town, get, ask):
        assert "gap" not in rules(get("schemes/small/audit", draft="filled"))
        problem_of(ask("schemes/small/audit", draft="overlapping"), 400, "bad-parameter")
        document = get("schemes/small/audit", draft="overlapping", by=Role.ANALYST)
        assert "overlap" in rules(document)
        assert (document["draft"], document["edition"]) == ("overlapping", None)


def _fill_the_gap(town):
    draft = Draft.objects.get(name="filled")
    publish(draft)


def _end_the_appointment(town):
    appointment_end(appointment=Appointment.objects.get(), at=timezone.now())


def _move_an_object(town):
    rows = [FeatureRow("K1", point(0.1, 0.1), {"name": "moved"})]
    features_upsert(layer=town.clinics, rows=rows)


def _decide_otherwise(town):
    feature = Feature.objects.get(key="K3")
    cell = feature.assignments.get(valid__upper_inf=True).cell
    Override.objects.create(
        feature=feature, scheme=town.scheme, cell=cell, reason="agreed", valid=(timezone.now(), None)
    )


def _accept_a_finding(town):
    ident = Finding.objects.get(draft=None, rule="object_in_gap").ident
    valid = (timezone.now(), None)
    Acceptance.objects.create(scheme=town.scheme, ident=ident, reason="a boat", valid=valid)


def _withdraw_an_acceptance(town):
    Acceptance.objects.all().delete()


def _ask_for_one_more_holder(town):
    Post.objects.update(minimum=2)


def _widen_the_tolerance(town):
    town.scheme.tolerance_area_m2 = 1e9
    town.scheme.save()


def _change_by_hand(town):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE boundaries_cellversion SET code = '10x' WHERE code = '10'")


CHANGES = [
    _fill_the_gap,
    _end_the_appointment,
    _move_an_object,
    _decide_otherwise,
    _accept_a_finding,
    _withdraw_an_acceptance,
    _ask_for_one_more_holder,
    _widen_the_tolerance,
    _change_by_hand,
]


@pytest.mark.django_db
class TestKept:
    def test_it_is_computed_once(self, town, get):
        first = get("schemes/small/audit")
        assert get("schemes/small/audit") == first  # the same moment: nothing was computed
        assert get("schemes/small/findings")["count"] == len(first["findings"])
        assert get("schemes/small/audit") == first

    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
    def test_what_it_stands_on_changes_and_it_is_computed_again(self, town, get, change):
        before = get("schemes/small/audit")
        change(town)
        after = get("schemes/small/audit")
        assert after["at"] > before["at"]
        edition = edition_at(town.scheme, timezone.now())
        fresh = audits.audit_run(scheme=town.scheme, edition=edition, save=False).as_json()
        same = [key for key in KEYS if key != "at"]
        assert {key: after[key] for key in same} == json.loads(json.dumps({key: fresh[key] for key in same}))
        listed = get("schemes/small/findings")["results"]
        assert sorted(found["id"] for found in listed) == sorted(found["id"] for found in after["findings"])

    def test_a_draft_that_changes_is_audited_again(self, town, get):
        path = f"drafts/{town.public.pk}/findings"
        assert "gap" not in [found["rule"] for found in get(path)["results"]]
        cells_put(town.scheme, "filled", "lot", {"L": box(2, 1, 3, 1.5)})
        assert "gap" in [found["rule"] for found in get(path)["results"]]

    def test_time_alone_makes_it_out_of_date(self, town, get):
        soon = timezone.now() + dt.timedelta(hours=1)
        appointment_end(appointment=Appointment.objects.get(), at=soon)
        get("schemes/small/audit")
        run = AuditRun.objects.get(draft=None, edition=town.second)
        assert run.until == soon
        first = get("schemes/small/audit")
        AuditRun.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
        assert get("schemes/small/audit")["at"] > first["at"]

    def test_an_edition_of_the_past_is_kept_whatever_ends_later(self, town, get):
        soon = timezone.now() + dt.timedelta(hours=1)
        appointment_end(appointment=Appointment.objects.get(), at=soon)
        get("schemes/small/audit", edition=1)
        assert AuditRun.objects.get(edition=town.first).until is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_computes():
    make_town()
    answers = []

    def ask():
        try:
            answers.append(Client().get("/api/v1/schemes/small/audit").json())
        finally:
            connections.close_all()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(answers) == 4
    assert len({answer["at"] for answer in answers}) == 1


@pytest.mark.django_db
class TestFindings:
    def test_the_most_severe_and_largest_come_first(self, town, get):
        found = get("schemes/small/findings")["results"]
        weights = [["major", "suspected", "minor"].index(one["severity"]) for one in found]
        assert weights == sorted(weights)
        assert (found[0]["rule"], found[-1]["rule"]) == ("gap", "straddling")

    def test_a_finding_says_what_where_and_what_it_is_about(self, town, get):
        gap, *rest = get("schemes/small/findings")["results"]
        assert list(gap) == [
            *("id", "rule", "level", "cells", "names", "area_m2", "width_m", "severity", "state", "reason"),
            *("message", "subject", "geometry", "at"),
        ]
        assert gap["names"].keys() == {"100", "2"}
        assert gap["names"]["100"] == "老街"
        assert (gap["state"], gap["reason"], gap["cells"]) == ("accepted", "a lake", ["100", "2"])
        assert gap["at"] == [118.025, 30.015]
        assert gap["geometry"]["type"] == "MultiPolygon"
        vacancy = next(one for one in rest if one["rule"] == "vacancy")
        assert (vacancy["subject"], vacancy["geometry"], vacancy["at"]) == ("warden", None, None)

    def test_they_are_chosen_by_rule_level_severity_state_and_box(self, town, get):
        def count(**options):
            return get("schemes/small/findings", **options)["count"]

        assert count() == 6
        assert count(rule="vacancy") == 3
        assert count(rule="nope") == 0
        assert count(level="lot") == 5
        assert count(severity="minor") == 1
        assert (count(state="accepted"), count(state="open")) == (1, 5)
        assert count(bbox="118.02,30.01,118.03,30.02") == 2  # the gap, and the clinic in it

    def test_a_draft_shows_its_own(self, town, get):
        by_name = get("schemes/small/findings", draft="filled")
        by_number = get(f"drafts/{town.public.pk}/findings")
        assert by_name["results"] == by_number["results"]
        assert get(f"drafts/{town.public.pk}")["findings"] == {"straddling": 1, "vacancy": 4}

    def test_a_private_key_is_in_no_finding(self, town, get):
        rows = [FeatureRow("42010120", point(2.6, 1.6), {"id_no": "42010120"})]
        features_upsert(layer=town.layers["patient"], rows=rows)
        document = get("schemes/small/audit")
        assert "42010120" not in json.dumps(document)
        assert "42010120" not in json.dumps(get("schemes/small/findings"))
        number = Feature.objects.get(key="42010120").pk
        assert f"patient/#{number}" in {found["subject"] for found in document["findings"]}


@pytest.mark.django_db
def test_a_kept_audit_costs_few_questions(town):
    audit_current(scheme=town.scheme)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        audit_current(scheme=town.scheme)
    assert len(asked) == 6
