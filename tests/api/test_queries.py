"""A list costs the same number of queries however long it is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from boundaries.describing import cell_describe
from boundaries.selectors.cells import cell_chains, cells_list, cells_search
from boundaries.selectors.findings import findings_counted, findings_list
from boundaries.selectors.moments import as_of_time
from boundaries.selectors.schemes import schemes_all, schemes_describe
from boundaries.services.kept_audits import audit_current
from geogrid.web.pagination import Page
from layers.selectors.features import (
    feature_assignments,
    features_list,
    features_search,
    layers_all,
)
from layers.selectors.privacy import layers_seen
from tests.api.town import new_scheme

pytestmark = pytest.mark.django_db


def queries(call):
    with CaptureQueriesContext(connection) as asked:
        answer = call()
    return len(asked), answer


def test_cells(town):
    as_of = as_of_time(town.scheme)
    for size in (1, 100):
        count, listed = queries(lambda size=size: cells_list(as_of, Page(1, size), geometry=True))
        assert (count, listed.count, len(listed.rows)) == (1, 5, min(size, 5))


def test_the_number_is_told_beyond_the_last_page(town):
    listed = cells_list(as_of_time(town.scheme), Page(7, 100))
    assert (listed.count, listed.rows) == (5, [])


def test_cells_found_and_their_chains(town):
    as_of = as_of_time(town.scheme)
    count, hits = queries(lambda: cells_search(as_of, "1", 10))
    assert (count, len(hits)) == (1, 2)
    count, chains = queries(lambda: cell_chains(as_of, [hit.ident for hit in hits]))
    assert (count, len(chains)) == (1, 2)


def test_schemes(town):
    for code in ("a", "b", "c"):
        new_scheme(code)
    count, schemes = queries(schemes_all)
    assert (count, len(schemes)) == (3, 4)
    count, facts = queries(lambda: schemes_describe(schemes))
    assert (count, len(facts)) == (2, 4)


def test_findings(town):
    audit_current(scheme=town.scheme)
    for size in (1, 100):
        count, listed = queries(lambda size=size: findings_list(town.scheme, Page(1, size)))
        assert (count, listed.count, len(listed.rows)) == (2, 6, min(size, 6))
    assert queries(lambda: findings_counted([town.team, town.public]))[0] == 1


def test_features(town):
    (clinic,) = layers_seen([town.clinics], private=True)
    for size in (1, 100):
        call = lambda size=size: features_list(  # noqa: E731 -- one call, twice
            clinic, Page(1, size), at=timezone.now(), scheme=town.scheme, cell="C"
        )
        count, listed = queries(call)
        assert (count, listed.count, len(listed.rows)) == (1, 2, min(size, 2))
    assert queries(layers_all)[0] == 2
    assert queries(lambda: layers_seen([one.layer for one in layers_all()], private=False))[0] == 3
    count, hits = queries(
        lambda: features_search([clinic], "诊所", at=timezone.now(), scheme=town.scheme, limit=10)
    )
    assert (count, len(hits)) == (1, 2)
    assert queries(lambda: feature_assignments(town.clinics.features.first().pk, timezone.now()))[0] == 2


def test_one_cell(town):
    as_of = as_of_time(town.scheme)
    count, _ = queries(lambda: cell_describe(as_of, "C"))
    assert count == 7
