"""What every page has: language, import map and its policy, error pages."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import include, path

MISSING = "/no/such/page"


def forbidden(request: HttpRequest) -> None:
    raise PermissionDenied


def suspicious(request: HttpRequest) -> None:
    raise SuspiciousOperation


def broken(request: HttpRequest) -> None:
    raise RuntimeError("on purpose")


urlpatterns = [
    path("", include("geogrid.urls")),
    path("forbidden", forbidden),
    path("suspicious", suspicious),
    path("broken", broken),
]


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_policy_allows_the_one_inline_script_by_its_hash(site):
    answer = site.get(MISSING)
    inline = re.findall(r"<script type=\"importmap\">(.*?)</script>", answer.content.decode(), re.DOTALL)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";") if part.strip()
    )
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_a_response_without_the_map_allows_no_inline_script(client, db):
    assert "script-src 'self';" in client.get("/healthz")["Content-Security-Policy"]


def test_pages_have_no_inline_style_and_no_inline_handler(site):
    page = site.get(MISSING).content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=", page)


def test_the_import_map_comes_before_every_module(site):
    page = site.get(MISSING).content.decode()
    assert 0 < page.index('type="importmap"') < page.index('type="module"')


@pytest.mark.parametrize(
    ("accepted", "lang", "words"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans", "这个网址没有内容"),
        ("zh-TW", "zh-Hans", "这个网址没有内容"),
        ("en-GB,en;q=0.8", "en", "There is nothing at this address"),
        ("", "zh-Hans", "这个网址没有内容"),
    ],
)
def test_the_browser_chooses_the_language(site, accepted, lang, words):
    answer = site.get(MISSING, headers={"accept-language": accepted} if accepted else {})
    assert answer.status_code == 404
    assert f'<html lang="{lang}">' in text_of(answer)
    assert words in text_of(answer)


def test_the_language_is_switched_and_kept(site):
    answer = site.post("/i18n/setlang/", {"language": "en", "next": MISSING})
    assert (answer.status_code, answer["Location"]) == (302, MISSING)
    assert '<html lang="en">' in text_of(site.get(MISSING, headers={"accept-language": "zh-CN"}))


def test_switching_the_language_never_leads_elsewhere(site):
    answer = site.post("/i18n/setlang/", {"language": "en", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in answer["Location"]


def test_switching_the_language_needs_the_forms_token(collected):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/i18n/setlang/", {"language": "en"}).status_code == 403


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/forbidden", 403, "You may not see this"),
        ("/suspicious", 400, "This request cannot be understood"),
        ("/broken", 500, "Something went wrong here"),
    ],
)
def test_every_error_has_a_page(collected, address, status, words):
    with override_settings(ROOT_URLCONF=__name__):
        site = Client(raise_request_exception=False, headers={"accept-language": "en"})
        answer = site.get(address)
    assert answer.status_code == status
    assert words in text_of(answer)
    assert '<html lang="en">' in text_of(answer)
    assert "Traceback" not in text_of(answer)


def test_no_page_loads_anything_from_elsewhere(site):
    page = site.get(MISSING).content.decode()
    loaded = re.findall(r"<(?:link|script|img)[^>]*?(?:href|src)=\"([^\"]+)\"", page)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded), loaded
