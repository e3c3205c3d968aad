"""Heirs that end in the same draft: who has the land in the end inherits."""

from __future__ import annotations

import json

import pytest
import shapely

from boundaries.models import Lineage
from boundaries.selectors.lineage import cell_heirs
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from tests.boundaries.towns import across, box, ident_of, new_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(db):
    """A published town."""
    return new_town()[0]


@pytest.fixture
def draft(scheme):
    """A draft of the first edition."""
    return draft_open(scheme=scheme, name="work")


@pytest.fixture
def lineage(scheme, draft):
    """Publish, and give who inherits what of a lot: as it is stored, and as it is told."""

    def lineage(code):
        edition = draft_publish(draft=draft).edition
        ended = ident_of(scheme, code)
        stored = {
            heir.successor_id: heir.share
            for heir in Lineage.objects.filter(edition=edition, predecessor=ended)
        }
        told = {ident_of(scheme, heir.code): heir.share for heir in cell_heirs(ended, edition.effective)}
        assert told == pytest.approx(stored)
        return stored

    return lineage


def edit(draft, action, **params):
    return edit_make(draft=draft, action=action, params=params)


def outline(draft, mode, *box_of):
    polygon = json.loads(shapely.to_geojson(box(*box_of)))
    edit(draft, "change_outline", mode=mode, polygon=polygon)


def test_land_that_goes_and_comes_back_is_that_of_who_has_it_now(scheme, draft, lineage):
    """Lot 6 goes to 8, 8 leaves the land, and its land comes back as a part of 7 and 5."""
    edit(draft, "merge_cells", codes=["6", "8"], keep="8")
    outline(draft, "remove", 3, 0, 4, 2)
    outline(draft, "add", 3, 0, 4, 1)
    assert lineage("6") == {ident_of(scheme, "5"): pytest.approx(1)}


def test_of_a_half_that_leaves_the_land_nobody_inherits(draft, lineage):
    """Lot 6 is split, and its eastern half taken from the land."""
    west, _ = sorted(
        edit(draft, "split_cell", **across("6")).change.created, key=lambda cell: cell.shape.bounds[0]
    )
    outline(draft, "remove", 3.5, 0, 4, 1)
    assert lineage("6") == {west.ident: pytest.approx(0.5)}


def test_who_has_left_the_land_has_no_heirs_though_it_went_by_way_of_another(draft, lineage):
    edit(draft, "merge_cells", codes=["6", "8"], keep="8")
    outline(draft, "remove", 3, 0, 4, 2)
    assert lineage("6") == {}
