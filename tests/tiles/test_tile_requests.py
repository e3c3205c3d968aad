"""What tiles say to browsers, caches and strangers."""

from __future__ import annotations

import gzip

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from boundaries.models import Level, Scheme, TileSet, TileShape
from boundaries.selectors import QUERIES, land_at
from boundaries.services.publishing import draft_publish
from boundaries.tiles.selectors import source_in_force
from boundaries.tiles.services import EDITIONS_KEPT, tile_set_ensure
from geogrid.web.tiles import TileBody, TileCache
from tests.core.test_simplifying import block
from tests.tiles.conftest import tiles_over

TILE = "/tiles/plain/zone/11/1695/842.mvt"


@pytest.fixture
def path(published):
    """A tile with something on it."""
    land = land_at(published)
    x, y = tiles_over([land.shapes[0].representative_point()], 11)[4]
    return f"/tiles/plain/zone/11/{x}/{y}.mvt"


def test_compressed_once_for_who_accepts_it(path, client):
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "br, gzip"})
    assert plain.status_code == packed.status_code == 200
    assert plain.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content)
    assert "Accept-Encoding" in packed.headers["Vary"]
    refused = client.get(path, headers={"accept-encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_an_edition_is_for_ever_and_the_present_for_a_moment(path, client):
    assert client.get(f"{path}?edition=1").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(path).headers["Cache-Control"] == "public, max-age=30"


def test_what_has_not_changed_is_not_sent_again(published, put, path, client):
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert draft_publish(draft=put(block(3, 4, seed=2), draft="next")).edition is not None
    anew = client.get(path, headers={"if-none-match": first.headers["ETag"]})
    assert anew.status_code == 200
    assert anew.content != first.content
    assert client.get(f"{path}?edition=1").content == first.content


def test_an_answer_that_is_current_costs_no_drawing(path, client, django_assert_max_num_queries):
    etag = client.get(path).headers["ETag"]
    with django_assert_max_num_queries(4):
        client.get(path, headers={"if-none-match": etag})


def test_no_land_is_no_content(published, client):
    response = client.get("/tiles/plain/zone/11/0/0.mvt")
    assert (response.status_code, response.content) == (204, b"")
    assert "ETag" in response.headers


def test_a_scheme_without_an_edition_has_empty_tiles(scheme, client):
    assert client.get(TILE).status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/plain/zone/25/0/0.mvt",
        "/tiles/plain/zone/3/8/0.mvt",
        "/tiles/plain/zone/3/0/8.mvt",
        "/tiles/plain/zone/-1/0/0.mvt",
        "/tiles/plain/zone/3/1.5/0.mvt",
        "/tiles/plain/zone/a/b/c.mvt",
        "/tiles/plain/zone/03/0/0.mvt",
        "/tiles/plain/zone/3/٣/0.mvt",
        "/tiles/plain/zone/99999999999999999999/0/0.mvt",
        "/tiles/plain/nothing/3/0/0.mvt",
        "/tiles/nothing/zone/3/0/0.mvt",
        "/tiles/plain/zone/3/0/0.mvt?edition=7",
        "/tiles/plain/zone/3/0/0.mvt?draft=99999",
        "/feature-tiles/nothing/3/0/0.mvt",
        "/feature-tiles/enterprise/25/0/0.mvt",
        "/feature-tiles/enterprise/3/0/0.mvt?scheme=nothing",
    ],
)
def test_nonsense_is_not_found(published, client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not-found"


@pytest.mark.parametrize(
    "query", ["edition=x", "edition=", "edition=-1", "edition=1&draft=1", "draft=%00", "edition=1e3"]
)
def test_parameters_that_are_none_are_refused(published, client, query):
    response = client.get(f"{TILE}?{query}")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"


def test_only_reading_is_allowed(published, client):
    assert client.post(TILE).status_code == 405


@pytest.fixture
def draft(published, put):
    return put(block(3, 4, seed=3), draft="next")


def test_a_draft_is_for_who_may_read_it(draft, client):
    path = f"{TILE}?draft={draft.pk}&v={draft.version}"
    missing = client.get(path.replace(f"draft={draft.pk}", "draft=99999"))
    hidden = client.get(path)
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["detail"].replace(str(draft.pk), "N") == missing.json()["detail"].replace(
        "99999", "N"
    )
    user = User.objects.create_user("nobody")
    client.force_login(user)
    assert client.get(path).status_code == 404
    user.groups.add(Group.objects.get(name="planner"))
    response = client.get(path)
    assert response.status_code in {200, 204}
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Cookie" in response.headers["Vary"]
    assert client.get(f"{TILE}?draft={draft.pk}").headers["Cache-Control"] == "private, no-cache"


def test_a_draft_out_for_comment_is_for_everybody(draft, client):
    draft.visibility = "public"
    draft.save()
    assert client.get(f"{TILE}?draft={draft.pk}&v={draft.version}").status_code in {200, 204}


def test_a_draft_that_went_on_says_so_and_drops_its_old_tiles(draft, put, admin_client):
    old = f"/tiles/plain/zone/0/0/0.mvt?draft={draft.pk}&v={draft.version}"
    assert admin_client.get(old).status_code == 200
    first = TileSet.objects.get(draft=draft)
    draft = put(block(3, 4, seed=4), draft="next")
    response = admin_client.get(old)
    assert response.status_code == 412
    assert response.json()["context"] == {"version": draft.version}
    assert (
        admin_client.get(f"/tiles/plain/zone/0/0/0.mvt?draft={draft.pk}&v={draft.version}").status_code == 200
    )
    assert not TileSet.objects.filter(pk=first.pk).exists()
    assert not TileShape.objects.filter(tile_set_id=first.pk).exists()


def test_a_draft_of_another_scheme_is_not_found(draft, admin_client):
    other = Scheme.objects.create(code="other", name_zh="x", name_en="x", document={})
    Level.objects.create(scheme=other, code="zone", ordinal=0, name_zh="x", name_en="x", rule="partition")
    assert admin_client.get(f"/tiles/other/zone/0/0/0.mvt?draft={draft.pk}").status_code == 404


def test_the_tiles_of_old_editions_are_dropped_and_made_again(published, put, client):
    first = client.get("/tiles/plain/zone/0/0/0.mvt?edition=1")
    for seed in range(2, EDITIONS_KEPT + 3):
        assert draft_publish(draft=put(block(3, 4, seed=seed), draft="next")).edition is not None
        tile_set_ensure(source_in_force(published))
    assert TileSet.objects.count() == EDITIONS_KEPT
    assert not TileSet.objects.filter(edition__number=1).exists()
    assert client.get("/tiles/plain/zone/0/0/0.mvt?edition=1").content == first.content


@pytest.mark.django_db(transaction=True)
def test_who_finds_the_tiles_being_made_for_long_is_told_when_to_ask_again(published, client, monkeypatch):
    TileSet.objects.all().delete()
    monkeypatch.setattr("boundaries.tiles.services.PATIENCE_MS", 50)
    settings = connection.get_connection_params()
    reach = {key: settings[key] for key in ("host", "port", "user", "password", "dbname")}
    with psycopg.connect(**reach) as other:
        other.execute(QUERIES["tiles_lock"], {"scheme": published.pk})
        response = client.get("/tiles/plain/zone/0/0/0.mvt")
    assert response.status_code == 503
    assert response.json()["code"] == "not-ready"
    assert response.headers["Retry-After"] == "2"
    assert client.get("/tiles/plain/zone/0/0/0.mvt").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_publishing_makes_the_tiles_after_the_commit(published):
    assert TileSet.objects.get().edition == published.editions.get()


def test_the_cache_holds_what_was_asked_for_last():
    bodies = [TileBody(bytes(40)) for _ in range(3)]
    cache = TileCache(100)
    cache.put(0, bodies[0])
    cache.put(1, bodies[1])
    assert cache.get(0) is bodies[0]
    cache.put(2, bodies[2])
    assert cache.get(1) is None
    assert cache.get(0) is bodies[0]
    cache.put(3, TileBody(bytes(101)))
    assert cache.get(3) is None
