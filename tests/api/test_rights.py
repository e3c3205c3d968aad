"""Who may read what: the published everybody, drafts of the team who has the right."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Role, User
from tests.api.test_problems import problem_of
from tests.api.town import make_user

pytestmark = pytest.mark.django_db

READERS = {Role.PLANNER, Role.ANALYST, Role.LEADER, Role.ADMINISTRATOR}


def draft_addresses(draft):
    return [f"drafts/{draft.pk}{rest}" for rest in ("", "/cells", "/findings")]


@pytest.mark.parametrize("by", [None, *Role])
def test_the_published_needs_no_right(town, get, by):
    for path in ("schemes", "schemes/small", "schemes/small/cells", "schemes/small/cells/9", "layers"):
        get(path, by=by)


@pytest.mark.parametrize("by", [None, *Role])
def test_a_draft_of_the_team_is_there_for_its_readers_only(town, ask, by):
    for path in draft_addresses(town.team):
        response = ask(path, by=by)
        if by in READERS:
            assert response.status_code == 200
        else:
            problem_of(response, 404, "not-found")


def test_a_draft_that_may_not_be_read_is_answered_like_one_that_is_not_there(town, ask):
    hidden = problem_of(ask(f"drafts/{town.team.pk}"), 404, "not-found")
    missing = problem_of(ask("drafts/999999"), 404, "not-found")
    assert hidden["detail"].replace(str(town.team.pk), "N") == missing["detail"].replace("999999", "N")
    hidden = problem_of(ask("schemes/small/cells", draft="overlapping"), 400, "bad-parameter")
    missing = problem_of(ask("schemes/small/cells", draft="nope"), 400, "bad-parameter")
    assert hidden["detail"].replace("overlapping", "N") == missing["detail"].replace("nope", "N")


def test_a_draft_out_for_comment_is_everybodys(town, get):
    for path in draft_addresses(town.public):
        get(path)
    assert get(f"drafts/{town.public.pk}")["visibility"] == "public"


def test_who_asks_is_told_what_they_may(get):
    assert get("me") == {"signed_in": False, "name": "", "roles": [], "may": []}
    analyst = get("me", by=Role.ANALYST)
    assert (analyst["signed_in"], analyst["name"], analyst["roles"]) == (True, "analyst", ["analyst"])
    assert {"draft.read", "features.private"} <= set(analyst["may"])
    assert "people.private" not in analyst["may"]


def test_a_session_is_as_good_as_a_token(town):
    client = Client()
    client.force_login(make_user(Role.PLANNER), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/me").json()["name"] == "planner"
    assert client.get(f"/api/v1/drafts/{town.team.pk}").status_code == 200


def test_who_is_no_longer_active_is_refused(town, ask):
    ask("me", by=Role.PLANNER)
    User.objects.update(is_active=False)
    problem_of(ask("me", by=Role.PLANNER), 401, "bad-token")


def test_answers_to_readers_are_not_kept_for_strangers(town, ask):
    for path in ("locate?lon=118&lat=30", "schemes/small/cells/100", "layers/clinic/features"):
        response = ask(path, by=Role.PLANNER)
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Accept", "Authorization", "Cookie"} <= set(response["Vary"].split(", "))
    response = ask("schemes/small/cells", draft="overlapping", by=Role.PLANNER)
    assert response["Cache-Control"] == "private, no-cache"
    again = ask("schemes/small/cells", draft="overlapping", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 400
