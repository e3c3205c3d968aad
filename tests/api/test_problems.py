"""Every "no" is a problem document of one shape, with a stable code, below /api/ and the tiles."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.test import Client
from rest_framework import exceptions as drf

from geogrid.core import errors as core
from geogrid.web.errors import BadParameter, NoSuchPage, error_response

KEYS = ["type", "title", "status", "detail", "code", "context"]

CASES = [
    (core.GeogridError("no"), 400, "error"),
    (core.BadInput("no"), 400, "bad-input"),
    (core.UnreadableFile("no"), 400, "unreadable-file"),
    (core.TooLarge("no"), 413, "too-large"),
    (core.UnknownCrs("no"), 400, "unknown-crs"),
    (core.BadCoordinates("no"), 400, "bad-coordinates"),
    (core.BadDocument("no"), 400, "bad-document"),
    (core.NotFound("no"), 404, "not-found"),
    (core.NothingInForce("no"), 404, "nothing-in-force"),
    (core.Refused("no"), 422, "refused"),
    (core.FindingsInTheWay("no"), 422, "findings-in-the-way"),
    (core.EditRefused("no-such-gap", "no"), 422, "no-such-gap"),
    (core.Conflict("no"), 409, "conflict"),
    (core.DraftNotOpen("no"), 409, "draft-not-open"),
    (core.DraftConflict("no"), 409, "draft-conflict"),
    (core.StaleVersion("no"), 412, "stale-version"),
    (core.NotAllowed("no"), 403, "not-allowed"),
    (core.NotSignedIn("no"), 401, "not-signed-in"),
    (core.NotReady("no"), 503, "not-ready"),
    (BadParameter("no"), 400, "bad-parameter"),
    (NoSuchPage("no"), 404, "no-such-page"),
    (drf.ParseError(), 400, "unreadable-request"),
    (drf.AuthenticationFailed(), 401, "bad-token"),
    (drf.NotAuthenticated(), 401, "not-signed-in"),
    (drf.PermissionDenied(), 403, "not-allowed"),
    (drf.NotFound(), 404, "not-found"),
    (drf.MethodNotAllowed("POST"), 405, "method-not-allowed"),
    (drf.NotAcceptable(), 406, "not-acceptable"),
    (drf.UnsupportedMediaType("text/x"), 415, "unsupported-media-type"),
    (drf.ValidationError({"lat": ["too far"]}), 400, "bad-parameter"),
    (drf.Throttled(1.2), 429, "too-many-requests"),
    (Http404("secret"), 404, "not-found"),
    (PermissionDenied("secret"), 403, "not-allowed"),
    (SuspiciousOperation("secret"), 400, "bad-request"),
    (RequestDataTooBig("secret"), 413, "too-large"),
    (RuntimeError("secret"), 500, "internal-error"),
]


def problem_of(response, status, code):
    """The document of a response that is a problem of this status and code."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert [name for name in document if name != "geometry"] == KEYS
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]
    assert (document["status"], document["code"]) == (status, code)
    assert isinstance(document["context"], dict)
    return document


@pytest.mark.parametrize(
    ("error", "status", "code"), CASES, ids=[f"{type(c[0]).__module__}.{type(c[0]).__name__}" for c in CASES]
)
def test_an_error_of_each_class_has_its_status_and_code(error, status, code):
    document = problem_of(error_response(error), status, code)
    assert "secret" not in document["detail"]


def test_every_class_of_the_error_tree_is_among_the_cases():
    def below(kind):
        return {kind}.union(
            *(below(child) for child in kind.__subclasses__() if child.__module__ == core.__name__)
        )

    assert below(core.GeogridError) <= {type(error) for error, *_ in CASES}


def test_what_an_error_knows_is_in_the_context_and_its_sentence_in_the_detail():
    document = problem_of(error_response(core.Refused("no room", cells=["1"])), 422, "refused")
    assert (document["detail"], document["context"]) == ("no room", {"cells": ["1"]})


def test_a_validation_error_names_the_parameter():
    document = problem_of(error_response(drf.ValidationError({"lat": ["too far"]})), 400, "bad-parameter")
    assert (document["detail"], document["context"]) == ("lat: too far", {"parameter": "lat"})


def test_who_is_throttled_is_told_when_to_come_again():
    response = error_response(drf.Throttled(1.2))
    assert response["Retry-After"] == "2"
    assert problem_of(response, 429, "too-many-requests")["context"] == {"retry_after_s": 2}


@pytest.mark.django_db
class TestOverHttp:
    def test_an_unknown_address_of_the_api(self, client: Client):
        for path in ("/api/", "/api/v1/nothing", "/api/v1/schemes/", "/tiles/x/y", "/feature-tiles/x"):
            problem_of(client.get(path), 404, "not-found")

    def test_an_unknown_address_of_the_pages_is_no_problem_document(self, client: Client):
        response = client.get("/nothing")
        assert response.status_code == 404
        assert response["Content-Type"].startswith("text/html")

    def test_a_scheme_that_is_not_there(self, client: Client):
        document = problem_of(client.get("/api/v1/schemes/nope"), 404, "not-found")
        assert "nope" in document["detail"]

    def test_a_method_that_is_not_taken(self, client: Client):
        for ask in (client.post, client.put, client.delete, client.options):
            problem_of(ask("/api/v1/schemes"), 405, "method-not-allowed")

    def test_a_form_that_is_not_given(self, client: Client):
        problem_of(client.get("/api/v1/schemes", headers={"Accept": "text/html"}), 406, "not-acceptable")

    def test_a_wrong_token(self, client: Client):
        for token in ("Token wrong", "Token", "Token a b"):
            response = client.get("/api/v1/schemes", headers={"Authorization": token})
            problem_of(response, 401, "bad-token")
            assert response["WWW-Authenticate"] == "Token"

    def test_a_host_that_is_not_ours(self, client: Client):
        problem_of(client.get("/api/v1/schemes", headers={"Host": "evil.example"}), 400, "bad-request")

    def test_an_error_that_nobody_foresaw_tells_nothing(self, settings, caplog):
        settings.ROOT_URLCONF = "tests.api.broken_urls"
        client = Client(raise_request_exception=False)
        for path in ("/api/rest", "/api/plain"):
            document = problem_of(client.get(path), 500, "internal-error")
            assert "secret" not in str(document)
        assert "secret" in caplog.text

    def test_plain_views_below_the_roots_are_translated_too(self, settings):
        settings.ROOT_URLCONF = "tests.api.broken_urls"
        client = Client(raise_request_exception=False)
        assert problem_of(client.get("/tiles/refused"), 422, "refused")["detail"] == "no room"
        problem_of(client.get("/tiles/denied"), 403, "not-allowed")
        response = client.post("/tiles/refused")
        problem_of(response, 405, "method-not-allowed")
        assert response["Allow"] == "GET"
        limited = client.get("/tiles/limited")
        problem_of(limited, 429, "too-many-requests")
        assert limited["Retry-After"] == "7"
