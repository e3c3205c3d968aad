"""The files of an edition made of those of the one before answer like files made of all of its land."""

from __future__ import annotations

import datetime as dt
from random import Random

import numpy as np
import pytest
import shapely

from boundaries.lookup import files
from boundaries.lookup.files import edition_open
from boundaries.lookup.places import EditionPlaces
from boundaries.selectors import land_print
from boundaries.selectors.grounds import ground_at
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.lattice import snap
from geogrid.core.locator.cells import GONE
from layers.selectors.kept_land import KeptLand
from tests.boundaries.lands import coverage_of, publish_start
from tests.edits import making
from tests.property.strategies import Start, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def renewed(monkeypatch):
    """Tell of which editions the files were made of those of the one before."""
    told = {}
    renew = files._renewed

    def watched(edition, fingerprint):
        made = renew(edition, fingerprint)
        told[edition.number] = made is not None
        return made

    monkeypatch.setattr(files, "_renewed", watched)
    return told


@pytest.fixture
def published():
    """Publish a land of three levels with fifty cells or so."""
    coverage = making.coverage_of(4, 8, 8)
    return publish_start(Start(World("here", (0, 0), (0, 0), Tolerance()), coverage))


def edited(scheme, random, number):
    """Publish an edition with one edit, which begins when the one before has."""
    draft = draft_open(scheme=scheme, name=f"edit {number}")
    while True:
        base = coverage_of(ground_at(scheme, draft.base.effective))
        action, params = making.random_edit(random, base)
        try:
            edit_make(draft=draft, action=action, params=params, version=draft.version)
        except (EditRefused, BadInput):
            continue
        draft.refresh_from_db()
        later = draft.base.effective + dt.timedelta(hours=1)
        try:
            return draft_publish(draft=draft, effective=later, accept_gaps="lakes").edition
        except BadInput:
            draft = draft_open(scheme=scheme, name=f"edit {number} again")


def told(places, lonlat):
    """Give all that is told of points, by idents instead of numbers."""
    answers = []
    for lon, lat in lonlat.tolist():
        found = places.find(lon, lat)
        chain = places.chain(found.leaf) if found.leaf >= 0 else None
        nearest, metres = places.nearest(lon, lat) if found.leaf < 0 else (found.leaf, 0.0)
        answers.append(
            (
                found.on_edge,
                found.reason,
                [one["code"] for one in places.told(found.touching)],
                chain and (chain.idents, chain.told),
                places.around(lon, lat),
                places.beside(lon, lat, set()),
                nearest >= 0 and places.told([nearest]),
                metres,
                found.leaf >= 0 and places.border_metres(found.leaf, lon, lat),
            )
        )
    return answers


def chains(places):
    """Give the chain of each cell, as it is read with its neighbours."""
    count = len(places.facts)
    return {one.idents: one.told for cell in range(0, count, 3) for one in places.chains_around(cell, 3)}


def in_bulk(land, points):
    """Give the identities of the cells of points, and the code of the nearest leaf with the metres to it."""
    land.prepare()
    idents = land.packed_idents[land.locator.points(points).leaf].tolist()
    nearest, metres = land.locator.nearest_to(shapely.points(points))
    return idents, [land.codes[leaf] for leaf in nearest.tolist()], metres.tolist()


@pytest.mark.parametrize("seed", [0, 1, 4])
def test_renewed_files_answer_like_those_made_of_all(published, folder, renewed, seed) -> None:
    scheme, first = published
    random, chance = Random(seed), np.random.default_rng(seed)
    edition_open(first)
    gone = 0
    for number in range(8):
        edition = edited(scheme, random, number)
        index, facts = edition_open(edition)
        gone += np.count_nonzero(index.cells.level == GONE)
        fingerprint = land_print(scheme, edition.effective)
        assert index.fingerprint == fingerprint
        assert len(index.cells) == len(facts)
        corners = shapely.get_coordinates(
            [c.shape for c in coverage_of(ground_at(scheme, edition.effective)).cells.values()]
        )
        bounds = corners.min(axis=0), corners.max(axis=0)
        points = [*chance.uniform(*bounds, (60, 2)), *corners[chance.integers(0, len(corners), 60)]]
        anew = EditionPlaces(edition, *files._made_of_all(edition, fingerprint))
        points = snap(np.array(points))
        places = EditionPlaces(edition, index, facts)
        assert told(places, points) == told(anew, points)
        assert chains(places) == chains(anew)
        kept, all_anew = KeptLand(index, facts), KeptLand(anew.index, anew.facts)
        assert in_bulk(kept, points) == in_bulk(all_anew, points)
    assert sum(renewed.values()) >= 2
    assert gone


def test_files_of_another_land_are_not_built_upon(published, folder, renewed) -> None:
    scheme, first = published
    edition_open(first)
    for path in folder.glob("*.cells"):
        path.write_bytes(b"damaged")
    edition = edited(scheme, Random(3), 1)
    index, _ = edition_open(edition)
    assert renewed[edition.number] is False
    assert index.fingerprint == land_print(scheme, edition.effective)
