"""Programs say who they are by a token: 401 for a wrong one, 403 for a right one that may not."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.models import Role, User
from boundaries.policies import allowed

pytestmark = pytest.mark.django_db


class Closed(APIView):
    """A view that takes whoever may appoint persons."""

    def get(self, request):
        if not allowed(request.user, "people.appoint"):
            self.permission_denied(request)
        return Response({"user": request.user.get_username()})

    post = get


class Open(APIView):
    permission_classes = ()

    def get(self, request):
        return Response({"user": request.user.get_username()})


urlpatterns = [path("api/closed", Closed.as_view()), path("api/open", Open.as_view())]


@pytest.fixture(autouse=True)
def views():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def token_of(capsys):
    def make(user: User) -> str:
        call_command("token", user.get_username())
        return capsys.readouterr().out.strip()

    return make


def ask(address: str, authorization: str | None = None):
    headers = {"Authorization": authorization} if authorization is not None else {}
    return Client().get(address, headers=headers)


def test_a_token_says_who_asks(user_of, token_of) -> None:
    token = token_of(user_of(Role.LEADER))
    assert ask("/api/closed", f"Token {token}").json() == {"user": "leader"}
    assert ask("/api/open", f"Token {token}").json() == {"user": "leader"}
    assert ask("/api/open").json() == {"user": ""}


@pytest.mark.parametrize(
    "authorization",
    [
        "Token 0123456789abcdef",
        "Token",
        "Token a b",
        "Token \xff",
        "Token ' OR 1=1 --",
        "token " + "x" * 5000,
    ],
)
@pytest.mark.parametrize("address", ["/api/closed", "/api/open"])
def test_a_wrong_token_is_refused_everywhere(address: str, authorization: str) -> None:
    answer = ask(address, authorization)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert "token" in answer.text


def test_the_code_of_the_refusal_is_bad_token(settings) -> None:
    codes = []
    handler = api_settings.EXCEPTION_HANDLER

    def note(error, context):
        codes.append(error.get_codes())
        return handler(error, context)

    with override_settings(REST_FRAMEWORK={**settings.REST_FRAMEWORK, "EXCEPTION_HANDLER": note}):
        ask("/api/open", "Token nonsense")
    assert codes == ["bad-token"]


def test_the_token_of_who_is_not_active_any_more_is_wrong(user_of, token_of) -> None:
    leader = user_of(Role.LEADER)
    token = token_of(leader)
    User.objects.filter(pk=leader.pk).update(is_active=False)
    assert ask("/api/open", f"Token {token}").status_code == 401


def test_who_is_not_signed_in_is_told_401_and_who_may_not_403(user_of, token_of) -> None:
    assert ask("/api/closed").status_code == 401
    assert ask("/api/closed", f"Token {token_of(user_of(Role.INSPECTOR))}").status_code == 403


def test_a_session_needs_the_forms_token_and_an_api_token_does_not(user_of, token_of) -> None:
    leader = user_of(Role.LEADER)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(leader)
    assert browser.get("/api/closed").status_code == 200
    assert browser.post("/api/closed").status_code == 403
    program = Client(enforce_csrf_checks=True, headers={"Authorization": f"Token {token_of(leader)}"})
    assert program.post("/api/closed").status_code == 200


def test_who_sends_one_wrong_token_after_the_other_has_to_wait(settings, tmp_path, user_of, token_of) -> None:
    token = token_of(user_of(Role.LEADER))
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    rates = {"DEFAULT_THROTTLE_RATES": {"bad-token": "2/min"}}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **rates}
    answers = [ask("/api/open", f"Token wrong{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    assert ask("/api/open", f"Token {token}").status_code == 200, "a right one is not slowed down"


def test_nobody_is_anonymous_and_never_none() -> None:
    # `None` is the operator, who may everything: it must not come in over HTTP.
    assert api_settings.UNAUTHENTICATED_USER is not None
    assert api_settings.UNAUTHENTICATED_USER().is_authenticated is False
