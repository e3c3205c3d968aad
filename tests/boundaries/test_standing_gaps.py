"""Accepted gaps beside land that is edited."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from boundaries.models import Acceptance, Scheme
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from tests.boundaries.schemes import partition_levels
from tests.boundaries.towns import box, line, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def lake() -> Scheme:
    """A street of three lots around a lake that is nobody's, and that somebody has accepted.

    +---+---+
    | b | c |
    +---+---+
    | a | ~ |
    +---+---+
    """
    scheme = Scheme.objects.create(code="lake", name_zh="湖", name_en="Lake", document={})
    partition_levels(scheme, ("street", "lot"))
    draft = draft_open(scheme=scheme, name="first")
    put(draft, "street", {"S": ("", box(0, 0, 2, 2))})
    lots = {"a": (0, 0), "b": (0, 1), "c": (1, 1)}
    put(draft, "lot", {code: ("S", box(x, y, x + 1, y + 1)) for code, (x, y) in lots.items()})
    assert draft_publish(draft=draft).edition is None
    assert draft_publish(draft=draft, accept_gaps="a lake").edition is not None
    return scheme


def split_beside_the_lake(scheme: Scheme):
    """Split c from west to east in two bends: the line ends at neither corner of the lake."""
    draft = draft_open(scheme=scheme, name="edits")
    edit_make(draft=draft, action="split_cell", params={"code": "c", "lines": line((1.5, 0.9), (1.5, 2.1))})
    return draft


def test_a_split_beside_an_accepted_gap_is_published_and_the_gap_stays_accepted(lake):
    published = draft_publish(draft=split_beside_the_lake(lake))
    assert published.edition is not None, published.sentence
    report = audit_run(scheme=lake)
    assert [(one.finding.rule, one.state) for one in report.findings] == [("gap", "accepted")]
    assert report.verdict == "full"
    assert len(published.edition.certificate["faces"]) == 1
    assert published.edition.certificate == {**report.certificate, **published.edition.certificate}
    now = Acceptance.objects.filter(scheme=lake, valid__contains=timezone.now()).get()
    assert now.geom.num_coords == 6  # the node of the new border is on it
    assert now.reason == "a lake"


def test_a_gap_that_is_accepted_no_more_keeps_a_draft_from_being_published(lake):
    draft = draft_open(scheme=lake, name="far")
    edit_make(draft=draft, action="split_cell", params={"code": "b", "lines": line((0.5, 0.9), (0.5, 2.1))})
    soon = timezone.now() + dt.timedelta(days=1)
    row = Acceptance.objects.get(scheme=lake)
    row.valid = (row.valid.lower, soon)
    row.save()
    later = draft_publish(draft=draft, effective=soon + dt.timedelta(days=1))
    assert later.edition is None
    assert [one.finding.rule for one in later.blocking] == ["gap"]
    assert draft_publish(draft=draft).edition is not None


def test_a_gap_that_an_edit_fills_is_no_face_of_the_certificate_any_more(lake):
    draft = draft_open(scheme=lake, name="fill")
    (gap,) = [one for one in audit_run(scheme=lake, draft=draft).findings if one.finding.rule == "gap"]
    edit_make(draft=draft, action="fill_gap", params={"finding": gap.ident, "into": "a"})
    published = draft_publish(draft=draft)
    assert published.edition is not None, published.sentence
    assert published.edition.certificate["faces"] == []
    assert audit_run(scheme=lake).findings == ()
