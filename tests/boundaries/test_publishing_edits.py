"""Drafts of edits become editions: only what changed is written, for now or for later, all or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading

import pytest
import shapely
from django.db import connection, connections
from django.utils import timezone

from boundaries.models import CellVersion, Draft, Finding, Lineage
from boundaries.selectors import edition_at, land_at
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.edits import draft_undo, edit_make
from boundaries.services.publishing import draft_publish
from geogrid.core.errors import BadInput, EditRefused
from tests.boundaries.towns import LOTS, across, box, ident_of, new_town, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(db):
    """A published town."""
    return new_town()[0]


@pytest.fixture
def draft(scheme):
    """A draft of the first edition."""
    return draft_open(scheme=scheme, name="work")


def edit(draft, action="split_cell", **params):
    return edit_make(draft=draft, action=action, params=params)


def publish(draft, **options):
    publication = draft_publish(draft=draft, **options)
    assert publication.edition is not None, publication.sentence
    return publication.edition


def test_only_what_changed_is_written_and_nodes_are_told_from_changes(draft):
    created = {cell.code for cell in edit(draft, **across("1")).change.created}
    edition = publish(draft)
    written = {version.code: version for version in CellVersion.objects.filter(edition=edition)}
    assert written.keys() == {*created, "3", "W", "C"}
    assert {code for code, version in written.items() if version.noded} == {"3", "W", "C"}
    for version in written.values():
        wkb = shapely.to_wkb(shapely.from_wkb(bytes(version.geom.wkb)), byte_order=1)
        assert version.sha256 == hashlib.sha256(wkb).hexdigest()


def test_what_came_back_to_what_it_was_is_not_written(draft):
    edit(draft, "edit_attributes", code="5", name="five")
    edit(draft, "edit_attributes", code="5", name="cell 5")
    edit(draft, "edit_attributes", code="6", name="six")
    edition = publish(draft)
    assert [version.code for version in CellVersion.objects.filter(edition=edition)] == ["6"]


def test_heirs_are_followed_through_all_edits_of_the_draft(scheme, draft):
    """Lot 1 is split; one half is merged into 3, the other ends in a new cell: both inherit from 1."""
    west, east = sorted(edit(draft, **across("1")).change.created, key=lambda c: c.shape.bounds[0])
    edit(draft, "merge_cells", codes=["3", west.code], keep="3")
    (new,) = edit(draft, "merge_cells", codes=["2", east.code]).change.created
    edition = publish(draft)
    found = {
        (heir.predecessor_id, heir.successor_id): heir.share
        for heir in Lineage.objects.filter(edition=edition)
    }
    lot = {code: ident_of(scheme, code) for code in ("1", "2", "3")}
    assert found == {
        (lot["1"], lot["3"]): pytest.approx(0.5),
        (lot["1"], new.ident): pytest.approx(0.5),
        (lot["2"], new.ident): pytest.approx(1.0),
    }


def test_the_edition_audited_nearby_is_as_full_as_one_audited_whole(scheme, draft):
    for code in LOTS:
        edit(draft, **across(code, 0.3 + 0.05 * int(code)))
    edition = publish(draft)
    report = audit_run(scheme=scheme)
    assert (report.verdict, report.findings) == ("full", ())
    told, whole = dict(edition.certificate), dict(report.certificate)
    assert told.pop("bound_m2") > whole.pop("bound_m2") == 0
    # Sums of areas in another order differ in their last digits.
    assert {name: told[name] for name in ("sha256", "cells", "faces")} == {
        name: whole[name] for name in ("sha256", "cells", "faces")
    }


def test_a_certificate_knows_the_accepted_gaps_beside_what_was_audited(scheme, draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 0.5))})
    publish(draft, accept_gaps="a lake")
    later = draft_open(scheme=scheme, name="far away")
    edit(later, **across("6"))
    edition = publish(later)
    (face,) = edition.certificate["faces"]
    assert (face["level"], face["kind"]) == ("lot", "nobodys")
    assert edition.certificate["faces"] == audit_run(scheme=scheme).certificate["faces"]


def test_findings_that_an_edit_ends_are_gone_from_the_editions(scheme, draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 0.5))})
    publish(draft, accept_gaps="a lake")
    (gap,) = Finding.objects.filter(scheme=scheme, draft=None)
    assert gap.rule == "gap"
    later = draft_open(scheme=scheme, name="dry")
    (found,) = audit_run(scheme=scheme, draft=later).findings
    edit(later, "fill_gap", finding=found.ident, into="1")
    publish(later)
    assert not Finding.objects.filter(scheme=scheme, draft=None).exists()
    assert audit_run(scheme=scheme).findings == ()


def test_editions_of_the_future_follow_one_another(scheme, draft):
    now = timezone.now()
    days = [now + dt.timedelta(days=number) for number in (1, 2, 3)]
    created = [{cell.code for cell in edit(draft, **across("1")).change.created}]
    publish(draft, effective=days[0])
    for number, code in ((1, "5"), (2, "6")):
        after = draft_open(scheme=scheme, name=f"work {number}")
        created.append({cell.code for cell in edit(after, **across(code)).change.created})
        publish(after, effective=days[number])
    assert edition_at(scheme, now).number == 1
    for number, day in enumerate(days):
        assert edition_at(scheme, day).number == number + 2
        codes = set(land_at(scheme, day).code)
        for which, those in enumerate(created):
            assert (those <= codes) == (which <= number)
    late = draft_open(scheme=scheme, name="late")
    edit(late, **across("7"))
    with pytest.raises(BadInput, match="can only follow"):
        draft_publish(draft=late, effective=days[1])


def test_a_draft_whose_edits_were_all_undone_changes_nothing(draft):
    edit(draft, **across("1"))
    draft_undo(draft=draft)
    with pytest.raises(BadInput, match="changes nothing"):
        draft_publish(draft=draft)


def _in_threads(*jobs):
    """Run jobs at once, each with a connection of its own; give what they answered or raised."""
    answers = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(number, job):
        try:
            start.wait()
            answers[number] = job()
        except Exception as error:  # noqa: BLE001  # handed to the test
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, job)) for number, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_drafts_edited_and_published_at_once_lose_no_edit():
    scheme, _ = new_town()

    def job(code):
        def work():
            draft = draft_open(scheme=scheme, name=f"of {code}")
            created = {cell.code for cell in edit(draft, **across(code)).change.created}
            publish(Draft.objects.get(pk=draft.pk))
            return created

        return work

    answers = _in_threads(*(job(code) for code in LOTS))
    assert all(isinstance(answer, set) for answer in answers), answers
    report = audit_run(scheme=scheme)
    assert (report.verdict, report.findings, report.edition) == ("full", (), 9)
    assert set(report.land.code) == {"C", "W", "E"}.union(*answers)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_one_draft_at_one_version_the_second_is_told_the_difference():
    scheme, _ = new_town()
    draft = draft_open(scheme=scheme, name="work")

    def job(code):
        return lambda: edit_make(draft=draft, action="split_cell", params=across(code), version=0)

    answers = _in_threads(job("1"), job("6"))
    (refusal,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert refusal.code == "stale-version"
    assert len(refusal.context["edits"]) == 1
    assert Draft.objects.get(pk=draft.pk).version == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_a_draft_of_one_name_both_get_the_same():
    scheme, _ = new_town()
    answers = _in_threads(*[lambda: draft_open(scheme=scheme, name="work").pk] * 4)
    assert len(set(answers)) == 1
    assert Draft.objects.filter(name="work").count() == 1


def test_editing_does_not_wait_for_who_publishes(scheme, draft):
    """A draft is opened and edited while somebody else holds the lock of the scheme."""
    # The same connection may take the lock as often as it likes, so what is asked for is looked at.
    with connection.execute_wrapper(_refuse_scheme_lock):
        other = draft_open(scheme=scheme, name="other")
        edit(other, **across("1"))
        draft_undo(draft=other)
    with pytest.raises(AssertionError), connection.execute_wrapper(_refuse_scheme_lock):
        draft_publish(draft=draft)


def _refuse_scheme_lock(execute, sql, params, many, context):
    assert "hashtext('scheme')" not in sql
    return execute(sql, params, many, context)


def test_opening_a_draft_takes_a_fixed_number_of_queries(scheme, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        draft_open(scheme=scheme, name="another")


def test_a_cell_is_split_along_the_lines_of_a_layer(draft):
    from layers.models import Layer
    from layers.services.features import FeatureRow, features_upsert

    roads = Layer.objects.create(
        code="road", name_zh="路", name_en="Road", geometry_type="line", key_fields=["no"], schema={}
    )
    features_upsert(
        layer=roads,
        rows=[
            FeatureRow("A", shapely.LineString([(0.005, -0.01), (0.005, 0.03)]), {"class": "main"}),
            FeatureRow("B", shapely.LineString([(-0.01, 0.002), (0.03, 0.002)]), {"class": "path"}),
        ],
    )
    chosen = edit(draft, "split_by_layer", code="1", layer="road", filter={"class": "main"})
    assert len(chosen.change.created) == 2
    draft_undo(draft=draft)
    every = edit(draft, "split_by_layer", code="1", layer="road")
    assert len(every.change.created) == 4
    with pytest.raises(BadInput, match=r"params\.layer"):
        edit(draft, "split_by_layer", code="2", layer="river")
    with pytest.raises(EditRefused):
        edit(draft, "split_by_layer", code="none", layer="road")
