"""An edition is taken back by a new one; cells that come back are the ones that went."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from boundaries.models import CellVersion, Edition, Lineage
from boundaries.selectors import land_at
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from boundaries.services.reverting import edition_revert
from geogrid.core.errors import BadInput, NotFound
from tests.boundaries.towns import across, ident_of, new_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(db):
    """A town whose second edition has lot 1 in two pieces."""
    scheme, _ = new_town()
    draft = draft_open(scheme=scheme, name="work")
    edit_make(draft=draft, action="split_cell", params=across("1"))
    draft_publish(draft=draft)
    return scheme


def test_the_cells_of_an_earlier_edition_come_back_as_they_were(scheme):
    before = land_at(scheme, Edition.objects.get(number=1).effective)
    pieces = set(land_at(scheme).code) - set(before.code)
    publication = edition_revert(scheme=scheme, to=1)
    assert (publication.edition.number, publication.draft.name) == (3, "revert to 1")
    after = land_at(scheme)
    assert list(after.code) == list(before.code)
    assert list(after.ident) == list(before.ident)
    assert [shape.wkb for shape in after.shapes] == [shape.wkb for shape in before.shapes]
    assert audit_run(scheme=scheme).verdict == "full"
    heirs = Lineage.objects.filter(edition=publication.edition)
    assert {heir.successor_id for heir in heirs} == {ident_of(scheme, "1")}
    assert {heir.predecessor_id for heir in heirs} == {ident_of(scheme, code) for code in pieces}
    assert [heir.share for heir in heirs] == pytest.approx([1.0, 1.0])


def test_what_only_gained_nodes_and_loses_them_again_is_noded(scheme):
    edition = edition_revert(scheme=scheme, to=1).edition
    noded = {version.code for version in CellVersion.objects.filter(edition=edition) if version.noded}
    assert noded == {"3", "W", "C"}


def test_it_may_take_effect_later(scheme):
    later = timezone.now() + dt.timedelta(days=3)
    edition_revert(scheme=scheme, to=1, effective=later)
    assert "1" not in land_at(scheme).code
    assert "1" in land_at(scheme, later).code


def test_the_latest_edition_cannot_be_reverted_to_nor_one_that_is_none(scheme):
    with pytest.raises(BadInput, match="latest"):
        edition_revert(scheme=scheme, to=2)
    with pytest.raises(NotFound):
        edition_revert(scheme=scheme, to=9)


def test_a_revert_can_be_reverted(scheme):
    codes = list(land_at(scheme).code)
    edition_revert(scheme=scheme, to=1)
    edition_revert(scheme=scheme, to=2)
    assert list(land_at(scheme).code) == codes
    with pytest.raises(BadInput, match="are those"):
        edition_revert(scheme=scheme, to=2)
