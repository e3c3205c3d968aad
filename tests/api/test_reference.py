"""The page about the API names every address, every parameter and every code."""

from __future__ import annotations

import re

import pytest

from geogrid.core import errors as core
from geogrid.web.errors import CODES, SENTENCES, BadParameter, NoSuchPage


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def codes():
    """The codes of all problems that the service can answer with."""

    def below(kind):
        # Classes of the importers are there when another test has loaded them; no address raises those.
        children = [child for child in kind.__subclasses__() if child.__module__.startswith("geogrid.")]
        return {kind.code}.union(*(below(child) for child in children))

    codes = below(core.GeogridError) | {BadParameter.code, NoSuchPage.code}
    codes |= set(core.EDIT_REFUSALS)
    return codes | set(CODES.values()) | {code for code, _ in SENTENCES.values()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_have_words_for_every_code(repository, codes, language):
    table = repository / "static" / "geogrid" / "js" / "i18n" / language / "common.js"
    assert codes <= set(re.findall(r'"problem\.([a-z-]+)":', table.read_text(encoding="utf-8")))


def test_every_code_is_explained(page, codes):
    assert codes == set(re.findall(r"`([a-z-]+)`(?=[^|]*\| \d{3} \|)", page))


@pytest.mark.django_db
def test_every_address_is_there_with_its_parameters(page, client):
    described = client.get("/api/schema/?format=json").json()["paths"]
    written = {
        (method or "GET", address): parameters
        for method, address, parameters in re.findall(r"\| `(?:(POST) )?(/api/v1/[^?`]+)\??([^`]*)` \|", page)
    }
    there = {
        (method.upper(), address): operation
        for address, item in described.items()
        for method, operation in item.items()
        if address != "/api/v1/"
    }
    assert written.keys() == there.keys()
    for address, parameters in written.items():
        names = {one["name"] for one in there[address].get("parameters", ()) if one["in"] == "query"}
        assert set(filter(None, parameters.split("&"))) == names - {"page", "page_size"}, address
