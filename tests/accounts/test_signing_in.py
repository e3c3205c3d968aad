"""Signing in and out: who gets in, who has to wait, where one is sent, what the cookies are."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from axes.models import AccessAttempt, AccessLog
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Role, User
from tests.accounts.conftest import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def sign_in(client: Client, password: str = PASSWORD, *, user: str = "planner", **extra):
    return client.post(LOGIN, {"username": user, "password": password, **extra.pop("data", {})}, **extra)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_signs_in_and_leads_to_the_map(client: Client, planner: User) -> None:
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(planner.pk)


def test_signing_in_changes_the_session(client: Client, planner: User) -> None:
    session = client.session
    session["kept"] = "from before"
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before
    assert client.session["kept"] == "from before"


@pytest.mark.parametrize(
    ("user", "password"), [("planner", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)]
)
def test_what_is_wrong_is_one_sentence_that_does_not_tell_which(
    client: Client, planner: User, user: str, password: str
) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    response = sign_in(client, password, user=user, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    errors = re.findall(r'role="alert">(.*?)</p>', response.text)
    assert errors == ["The user name or the password is not right."]
    assert not is_signed_in(client)
    assert password not in response.text


@pytest.mark.parametrize("user", ["", "\x00", "a" * 151, "' OR 1=1 --", "<script>alert(1)</script>"])
def test_a_name_that_is_none_is_only_wrong(client: Client, planner: User, user: str) -> None:
    response = sign_in(client, user=user)
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        "\thttps://evil.example",
        "/accounts/login/?next=/x",
    ],
)
def test_nobody_is_sent_to_another_site(client: Client, planner: User, target: str) -> None:
    form = re.search(
        r'<form class="sign-in-form".*?</form>', client.get(LOGIN, {"next": target}).text, re.DOTALL
    )
    assert 'name="next" value=""' in form.group()
    assert sign_in(client, data={"next": target}).url == "/"


def test_one_goes_on_to_where_one_wanted_to_go(client: Client, planner: User) -> None:
    assert (
        'name="next" value="/lookup/?lon=118.3&amp;lat=29.7"'
        in client.get(LOGIN, {"next": "/lookup/?lon=118.3&lat=29.7"}).text
    )
    assert sign_in(client, data={"next": "/lookup/?lon=118.3&lat=29.7"}).url == "/lookup/?lon=118.3&lat=29.7"


def test_one_signs_out_by_post_and_never_by_a_link(client: Client, planner: User) -> None:
    client.force_login(planner)
    assert client.get("/accounts/logout/").status_code == 405
    assert is_signed_in(client)
    response = client.post("/accounts/logout/", {"next": "//evil.example/"})
    assert (response.status_code, response.url) == (302, "/")
    assert not is_signed_in(client)


@pytest.mark.parametrize("path", [LOGIN, "/accounts/logout/", "/accounts/password/"])
def test_no_form_is_taken_without_its_token(planner: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(planner)
    assert client.post(path, {"username": "planner", "password": PASSWORD}).status_code == 403


def test_the_form_with_its_token_is_taken(planner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(LOGIN).text).group(1)
    assert sign_in(client, data={"csrfmiddlewaretoken": token}).status_code == 302


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client: Client, planner: User) -> None:
    cookies = {**client.get(LOGIN).cookies, **sign_in(client).cookies}
    assert set(cookies) == {"csrftoken", "sessionid"}
    for cookie in cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"


def test_the_page_is_never_kept_in_a_cache(client: Client) -> None:
    assert "no-store" in client.get(LOGIN).headers["Cache-Control"]


def fail(client: Client, times: int, **extra) -> list[int]:
    return [sign_in(client, "wrong", **extra).status_code for _ in range(times)]


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client: Client, planner: User) -> None:
    assert fail(client, 5) == [200, 200, 200, 200, 429]
    response = sign_in(client, headers={"Accept-Language": "en"})
    assert response.status_code == 429
    assert not is_signed_in(client)
    wait = int(response.headers["Retry-After"])
    assert 590 <= wait <= 600
    assert "try again in 10 minutes" in " ".join(response.text.split())
    assert "Content-Security-Policy" in response.headers


def test_the_time_that_is_told_is_the_time_it_takes(client: Client, planner: User) -> None:
    fail(client, 5)
    told = int(sign_in(client, "wrong").headers["Retry-After"])
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(seconds=600 - told + 590))
    again = int(sign_in(client, "wrong").headers["Retry-After"])
    assert again <= 20, "guessing on while locked does not prolong it"
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(seconds=601))
    assert sign_in(client).status_code == 302


def test_only_the_guessed_user_at_the_guessing_address_has_to_wait(client: Client, planner: User) -> None:
    make_user("leader", Role.LEADER)
    fail(client, 5)
    assert sign_in(Client(), user="leader").status_code == 302
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9")).status_code == 302
    assert sign_in(Client()).status_code == 429


def test_another_browser_or_a_forged_header_is_no_way_round(client: Client, planner: User) -> None:
    for number in range(5):
        sign_in(client, "wrong", headers={"User-Agent": f"b{number}", "X-Forwarded-For": f"192.0.2.{number}"})
    assert sign_in(client, headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429


def test_behind_a_proxy_of_ours_its_word_counts_and_not_the_browsers(
    client: Client, planner, settings
) -> None:
    settings.BEHIND_PROXY = True
    fail(client, 5, headers={"X-Forwarded-For": "203.0.113.1, 192.0.2.1"})
    assert sign_in(client, headers={"X-Forwarded-For": "203.0.113.77, 192.0.2.1"}).status_code == 429
    assert sign_in(Client(), headers={"X-Forwarded-For": "203.0.113.1, 192.0.2.2"}).status_code == 302


def test_success_forgives_what_was_wrong_before(client: Client, planner: User) -> None:
    fail(client, 4)
    sign_in(client)
    assert fail(Client(), 4) == [200] * 4


def test_many_names_from_one_address_have_to_wait_too(client: Client, settings, tmp_path) -> None:
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    rates = {"DEFAULT_THROTTLE_RATES": {"sign-in": "3/min"}}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **rates}
    answers = [sign_in(client, user=f"guess{number}").status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert client.get(LOGIN).status_code == 200


def test_no_password_is_written_down(client: Client, planner: User, caplog) -> None:
    with caplog.at_level("DEBUG"):
        sign_in(client, "s3cret-guess")
        sign_in(client)
    attempts = [str(vars(row)) for model in (AccessAttempt, AccessLog) for row in model.objects.all()]
    assert AccessLog.objects.count() == 1
    for secret in ("s3cret-guess", PASSWORD):
        assert secret not in caplog.text
        assert secret not in "".join(attempts)


def test_a_password_is_changed_by_who_knows_it(client: Client, planner: User) -> None:
    elsewhere = Client()
    for one in (client, elsewhere):
        sign_in(one)
    new = {"new_password1": "quiet-river-99", "new_password2": "quiet-river-99"}
    refused = client.post("/accounts/password/", {"old_password": "wrong", **new})
    assert refused.status_code == 200
    assert User.objects.get(pk=planner.pk).check_password(PASSWORD)
    done = client.post("/accounts/password/", {"old_password": PASSWORD, **new}, follow=True)
    assert 'role="status"' in done.text
    assert User.objects.get(pk=planner.pk).check_password("quiet-river-99")
    assert elsewhere.get("/accounts/password/").status_code == 302, "sessions elsewhere have ended"


def test_a_password_is_only_changed_by_who_is_signed_in(client: Client) -> None:
    response = client.get("/accounts/password/")
    assert response.url == f"{reverse('accounts:login')}?next=/accounts/password/"


@pytest.mark.parametrize(("language", "word"), [("zh-CN,zh", "登录"), ("en", "Sign in"), ("fr", "登录")])
def test_the_pages_speak_the_language_of_the_browser(client: Client, language: str, word: str) -> None:
    with translation.override(None):
        page = client.get(LOGIN, headers={"Accept-Language": language}).text
    assert re.search(rf'<h1 id="card-title">{word}</h1>', page)
