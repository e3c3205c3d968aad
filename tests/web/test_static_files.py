"""How static files are named, found, kept and compressed."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles.finders import find
from django.templatetags.static import static
from django.test import override_settings

from geogrid.web.importmap import import_map
from geogrid.web.vendor import PACKAGES, package_version, vendor_name

MAP = "maplibre-gl/dist/maplibre-gl.mjs"


def fetch(site, address, **options):
    """Ask for a static file and read it to its end."""
    answer = site.get(address, **options)
    body = b"".join(answer) if answer.streaming else answer.content
    return answer, body


@pytest.fixture
def imports(collected):
    return json.loads(import_map().text)["imports"]


def test_every_module_of_ours_has_a_hashed_address_that_serves_it(site, imports, repository):
    folder = repository / "static" / "geogrid" / "js"
    for source in folder.rglob("*.js"):
        address = imports[f"/static/geogrid/js/{source.relative_to(folder).as_posix()}"]
        assert re.search(r"\.[0-9a-f]{12}\.js$", address)
        answer, body = fetch(site, address)
        assert answer.status_code == 200
        assert body == source.read_bytes()
        assert "immutable" in answer["Cache-Control"]
        assert answer["Content-Type"].startswith("text/javascript")


def test_packages_keep_their_names_under_an_address_with_their_version(site, imports):
    version = package_version("maplibre-gl")
    assert imports["maplibre-gl"] == f"/static/vendor/maplibre-gl-{version}/dist/maplibre-gl.mjs"
    assert static(vendor_name(MAP)) == imports["maplibre-gl"]
    for name in ("maplibre-gl", "lit-html"):
        answer, _ = fetch(site, imports[name])
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/javascript")
        assert "immutable" in answer["Cache-Control"]
    assert fetch(site, imports["lit-html/"] + "directives/repeat.js")[0].status_code == 200


def test_what_the_map_loads_beside_itself_is_there(site, imports):
    _, source = fetch(site, imports["maplibre-gl"])
    named = set(re.findall(r"maplibre-gl-[a-z]+\.mjs", source.decode()))
    assert "maplibre-gl-worker.mjs" in named
    for name in named:
        assert fetch(site, imports["maplibre-gl"].replace("maplibre-gl.mjs", name))[0].status_code == 200


def test_packages_are_compressed(site, imports):
    answer, packed = fetch(site, imports["maplibre-gl"], headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(packed) < 0.4 * len(fetch(site, imports["maplibre-gl"])[1])


def test_a_plain_name_is_served_but_not_kept_for_ever(site):
    answer, _ = fetch(site, "/static/geogrid/css/base.css")
    assert answer.status_code == 200
    assert "immutable" not in answer["Cache-Control"]


def test_only_allowed_files_of_packages_are_found(site):
    version = package_version("lit-html")
    assert find(f"vendor/lit-html-{version}/lit-html.js")
    for path in ("package.json", "development/lit-html.js", "../typescript/package.json"):
        assert not find(f"vendor/lit-html-{version}/{path}")
        assert site.get(f"/static/vendor/lit-html-{version}/{path}").status_code == 404


def test_every_served_package_brings_its_licence(collected):
    for package in PACKAGES:
        folder = collected / vendor_name(package)
        assert list(folder.glob("LICENSE*")), package


def test_without_hashes_only_packages_are_mapped():
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=plain):
        assert set(json.loads(import_map().text)["imports"]) == {"maplibre-gl", "lit-html", "lit-html/"}
