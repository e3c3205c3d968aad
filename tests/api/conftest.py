"""A town for the tests of the API, made once a module, and those who ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from rest_framework.authtoken.models import Token

from accounts.models import Role
from tests.api.town import Town, make_town, make_user

Ask = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def unlimited(settings, tmp_path):
    """Nobody is told to wait, unless a test is about that."""
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {}}


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def ask(client: Client) -> Ask:
    """Ask an address below /api/v1/ as somebody, or as nobody; parameters by name."""

    def ask(path: str, /, by: Role | None = None, headers: dict[str, str] | None = None, **parameters: Any):
        sent = dict(headers or {})
        if by is not None:
            token = Token.objects.filter(user__username=by.value).first()
            token = token or Token.objects.create(user=make_user(by))
            sent["Authorization"] = f"Token {token.key}"
        return client.get(f"/api/v1/{path}", parameters, headers=sent)

    return ask


@pytest.fixture
def get(ask: Ask) -> Callable[..., Any]:
    """Ask, and give the document of an answer that is one."""

    def get(path: str, /, **options: Any) -> Any:
        response = ask(path, **options)
        assert response.status_code == 200, response.content
        return response.json()

    return get


@pytest.fixture
def post(client: Client) -> Ask:
    """Post a body to an address below /api/v1/ as somebody; None is nobody."""

    def post(
        path: str,
        body: Any = None,
        /,
        by: Role | None = Role.PLANNER,
        raw: Any = None,
        content_type: str = "application/json",
    ) -> HttpResponse:
        headers = {}
        if by is not None:
            token = Token.objects.filter(user__username=by.value).first()
            token = token or Token.objects.create(user=make_user(by))
            headers["Authorization"] = f"Token {token.key}"
        sent = json.dumps(body) if raw is None else raw
        return client.post(f"/api/v1/{path}", sent, content_type=content_type, headers=headers)

    return post


@pytest.fixture
def done(post: Ask) -> Callable[..., Any]:
    """Post, and give the document of an answer that is one."""

    def done(path: str, body: Any = None, /, status: int = 200, **options: Any) -> Any:
        response = post(path, {} if body is None else body, **options)
        assert response.status_code == status, response.content
        return response.json()

    return done
