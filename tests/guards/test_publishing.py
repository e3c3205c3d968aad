"""Publishing asks the guard, tells it of accepted gaps, and passes its no on."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from shapely.geometry import box

from boundaries.models import Acceptance, CellVersion, Edition
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.guards import guarded
from boundaries.services.publishing import draft_publish
from boundaries.services.versions import Audited
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import Refused
from tests.boundaries.schemes import three_levels
from tests.guards.raw import geos

LAKE = box(0.01, 0.01, 0.02, 0.02)


@pytest.fixture
def scheme(db):
    return three_levels()


def put(scheme, level, *cells):
    draft_cells_put(
        draft=draft_open(scheme=scheme, name="import"),
        level=scheme.levels.get(code=level),
        system=resolve_crs("EPSG:4326"),
        incoming=[
            IncomingCell(row, code, "", parent, {}, shape)
            for row, (code, parent, shape) in enumerate(cells, start=1)
        ],
    )


def publish(scheme, **options):
    return draft_publish(draft=scheme.drafts.get(state="open"), **options)


def publish_the_lake(scheme):
    put(scheme, "city", ("A", "", box(0, 0, 0.03, 0.03)))
    put(scheme, "town", ("1", "A", box(0, 0, 0.03, 0.03).difference(LAKE)))
    assert publish(scheme, accept_gaps="a lake").edition.number == 1


def test_an_accepted_gap_is_kept_with_its_land(scheme):
    publish_the_lake(scheme)
    kept = Acceptance.objects.get()
    assert (kept.level.code, kept.geom.equals(geos(LAKE))) == ("town", True)


def test_an_accepted_gap_stays_accepted_when_its_border_gains_nodes(scheme):
    """Zones divide the town around the lake; the cut ends on the shore, which gets two nodes by it."""
    publish_the_lake(scheme)
    west, east = box(0, 0, 0.0151, 0.03), box(0.0151, 0, 0.03, 0.03)
    put(scheme, "zone", ("11", "1", west.difference(LAKE)), ("12", "1", east.difference(LAKE)))
    publication = publish(scheme)
    assert publication.edition is not None, publication.sentence
    before, after = Acceptance.objects.order_by("valid")
    assert (before.valid.upper, after.valid.upper) == (publication.edition.effective, None)
    assert (after.ident, after.reason) == (before.ident, "a lake")
    assert after.geom.num_coords == before.geom.num_coords + 2


def test_a_lake_may_be_filled_and_come_back(scheme):
    publish_the_lake(scheme)
    put(scheme, "town", ("L", "A", LAKE))
    assert publish(scheme).edition.number == 2
    draft = draft_open(scheme=scheme, name="import")
    put(scheme, "town", ("L", "A", LAKE))
    lake = CellVersion.objects.get(code="L")
    draft.cells.create(cell_id=lake.cell_id, level=lake.level, code="L", retired=True)
    publication = publish(scheme)
    assert publication.edition.number == 3, publication.sentence


def test_the_guards_no_is_a_refusal_and_nothing_is_written(scheme):
    publish_the_lake(scheme)
    said = pytest.raises(Refused, match=r"^the database refuses it: gap: no cell covers land of A, .* at ")
    with said, transaction.atomic(), guarded():
        CellVersion.objects.filter(code="1").update(geom=geos(box(0, 0, 0.01, 0.01)))
    assert CellVersion.objects.get(code="1").geom.num_coords > 5


def test_an_audit_that_missed_an_overlap_is_overruled(scheme, monkeypatch):
    """The draft's audit is made blind: only the guard is left."""
    monkeypatch.setattr(Audited, "blocking", property(lambda audit: []))
    put(scheme, "city", ("A", "", box(0, 0, 0.02, 0.01)))
    put(scheme, "town", ("1", "A", box(0, 0, 0.015, 0.01)), ("2", "A", box(0.01, 0, 0.02, 0.01)))
    with pytest.raises(Refused, match="overlap: 1 and 2 claim the same land of A"):
        publish(scheme)
    assert not Edition.objects.exists()
    assert scheme.drafts.get().state == "open"


def test_the_lists_of_the_guard_are_empty_afterwards(scheme):
    publish_the_lake(scheme)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM boundaries_guardchange)"
            " + (SELECT count(*) FROM boundaries_guardevent)"
        )
        assert cursor.fetchone() == (0,)
