"""A draft becomes an edition whole, or says what stands in the way; the past stays as it was."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from shapely.geometry import box

from boundaries.models import Acceptance, Cell, CellVersion, Edition, Finding
from boundaries.selectors import edition_at, land_at
from boundaries.services.audits import audit_run
from boundaries.services.publishing import draft_publish
from geogrid.core.errors import BadInput, Conflict
from tests.boundaries.conftest import square

pytestmark = pytest.mark.django_db


def publish(scheme, **options):
    return draft_publish(draft=scheme.drafts.get(state="open"), **options)


def codes(land):
    return sorted(land.code)


def test_a_full_draft_is_published_and_the_edition_says_what_it_is(put, scheme):
    put("city", ("A", "", square(0, 0)))
    before = audit_run(scheme=scheme, draft=scheme.drafts.get())
    publication = publish(scheme)
    assert publication.edition.number == 1
    assert publication.as_json()["published"] is True
    after = audit_run(scheme=scheme)
    assert (after.verdict, after.edition) == ("full", 1)
    assert after.certificate["sha256"] == before.certificate["sha256"]
    assert publication.edition.certificate["sha256"] == after.certificate["sha256"]


def test_an_overlap_is_never_published_whatever_is_accepted(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.005, 0)))
    publication = publish(scheme, accept_gaps="a lake")
    assert publication.edition is None
    assert [found.finding.rule for found in publication.blocking] == ["overlap"]
    assert "overlap" in publication.sentence
    assert publication.as_json()["blocking"] == [publication.blocking[0].ident]
    assert not Edition.objects.exists()
    assert not CellVersion.objects.exists()
    assert Finding.objects.filter(scheme=scheme, draft__isnull=False).count() == 1


def test_a_gap_is_published_only_for_a_reason_which_stays_with_it(put, scheme):
    put("city", ("A", "", box(0, 0, 0.02, 0.01)))
    put("town", ("1", "", square(0, 0)))
    assert publish(scheme).edition is None
    with pytest.raises(BadInput, match="reason"):
        publish(scheme, accept_gaps=" ")
    publication = publish(scheme, accept_gaps="the lake")
    assert publication.edition.number == 1
    report = audit_run(scheme=scheme)
    (gap,) = report.findings
    assert (gap.state, gap.reason, report.verdict) == ("accepted", "the lake", "full")
    assert Acceptance.objects.get().reason == "the lake"


def test_an_empty_draft_is_not_published(put, scheme):
    put("city", ("A", "", square(0, 0)))
    scheme.drafts.get().cells.all().delete()
    with pytest.raises(BadInput, match="changes nothing"):
        publish(scheme)


def test_a_draft_that_others_overtook_is_a_conflict_and_keeps_its_cells(put, scheme):
    put("city", ("A", "", square(0, 0)))
    put("city", ("B", "", square(0, 0)), draft="late")
    draft_publish(draft=scheme.drafts.get(name="import"))
    late = scheme.drafts.get(name="late")
    with pytest.raises(Conflict, match="edition 1"):
        draft_publish(draft=late)
    late.refresh_from_db()
    assert (late.state, late.cells.count()) == ("open", 1)
    with pytest.raises(Conflict, match="published"):
        draft_publish(draft=scheme.drafts.get(name="import"))


def test_an_edition_never_takes_effect_in_the_past_nor_before_the_last(put, scheme):
    put("city", ("A", "", square(0, 0)))
    with pytest.raises(BadInput, match="past"):
        publish(scheme, effective=timezone.now() - dt.timedelta(seconds=1))
    later = timezone.now() + dt.timedelta(days=2)
    assert publish(scheme, effective=later).edition.effective == later
    assert edition_at(scheme, timezone.now()) is None
    assert len(land_at(scheme)) == 0
    assert codes(land_at(scheme, later)) == ["A"]
    put("city", ("B", "", square(0.01, 0)))
    with pytest.raises(BadInput, match="can only follow"):
        publish(scheme)
    assert publish(scheme, effective=later + dt.timedelta(days=1)).edition.number == 2


def test_the_past_stays_as_it_was(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    first = publish(scheme).edition
    put("city", ("A", "", box(0, 0, 0.02, 0.01)), replace=True)
    second = publish(scheme).edition
    assert codes(land_at(scheme, first.effective)) == ["A", "B"]
    assert codes(land_at(scheme, second.effective)) == ["A"]
    assert codes(land_at(scheme)) == ["A"]
    assert audit_run(scheme=scheme, edition=first).levels["city"]["cells"] == 2
    assert edition_at(scheme, first.effective) == first
    assert edition_at(scheme, first.effective - dt.timedelta(microseconds=1)) is None
    assert Cell.objects.count() == 2
    versions = CellVersion.objects.filter(code="A").order_by("valid")
    assert [version.valid.upper for version in versions] == [second.effective, None]


def test_a_cell_that_does_not_change_keeps_its_version(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.05, 0)))
    first = publish(scheme).edition
    put("city", ("A", "", square(0, 0, 0.012)))
    publish(scheme)
    assert CellVersion.objects.get(code="B").edition == first


def test_codes_may_change_hands_in_one_edition(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    publish(scheme)
    put("city", ("A", "", square(0.01, 0)), ("B", "", square(0, 0)))
    assert publish(scheme).edition.number == 2


def test_the_database_refuses_two_versions_of_a_cell_or_a_code_at_a_time(put, scheme):
    put("city", ("A", "", square(0, 0)))
    publish(scheme)
    for fields in ("cell_id, code", "gen_random_uuid(), code"):
        statement = (
            "INSERT INTO boundaries_cellversion (cell_id, code, scheme_id, level_id, edition_id, name, kind, "
            "attributes, valid) SELECT "
            + fields
            + ", scheme_id, level_id, edition_id, name, kind, attributes, "
            "valid FROM boundaries_cellversion"
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(statement)


def test_findings_of_the_edition_are_kept_after_publishing(put, scheme):
    put("city", ("A", "", box(0, 0, 0.02, 0.01)))
    put("town", ("1", "", square(0, 0)))
    publish(scheme, accept_gaps="the lake")
    (kept,) = Finding.objects.filter(scheme=scheme, draft=None)
    assert (kept.rule, kept.cells) == ("gap", ["1"])
