"""Whose own phone is shown to whom: the doors ask the policies, and the answer holds for every door."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Role
from boundaries.locating import place_locate
from boundaries.policies import may_see_private
from people.models import Organisation, Person, Post
from people.services import appointment_add
from tests.accounts.conftest import make_user
from tests.layers.lands import Land, at, five_lots, new_scheme

pytestmark = pytest.mark.django_db

PRIVATE, OFFICE = "13800138000", "0559-2510000"


@pytest.fixture
def land() -> Land:
    """A lot whose worker has an office phone and his own, and one whose worker has only his own."""
    land = new_scheme()
    land.publish(five_lots())
    post = Post.objects.create(scheme=land.scheme, level=land.scheme.levels.get(code="lot"), code="worker")
    office = Organisation.objects.create(name="a bureau")
    for cell, phone in (("10", OFFICE), ("9", "")):
        person = Person.objects.create(
            name=f"person {cell}", organisation=office, office_phone=phone, private_phone=PRIVATE
        )
        appointment_add(person=person, post=post, cell=land.cells[cell], since=timezone.now())
    return land


def phones(user) -> list[str | None]:
    """The phones that somebody is told in the two lots."""
    told = []
    for x in (0.5, 1.5):
        lon, lat = at(x, 0.5)
        answer = place_locate(lon=lon, lat=lat, private=may_see_private(user)).as_json()
        told += [one["phone"] for one in answer["schemes"][0]["responsible"]]
    return told


@pytest.mark.parametrize("role", [Role.PLANNER, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR])
def test_who_works_with_people_sees_their_own_phones(land: Land, user_of, role: Role) -> None:
    assert phones(user_of(role)) == [PRIVATE, PRIVATE]


@pytest.mark.parametrize("who", ["nobody", "analyst", "without a role", "not active"])
def test_nobody_else_sees_them(land: Land, user_of, who: str) -> None:
    leader = make_user("former", Role.LEADER)
    leader.is_active = False
    askers = {
        "nobody": AnonymousUser,
        "analyst": lambda: user_of(Role.ANALYST),
        "without a role": lambda: make_user("guest"),
        "not active": lambda: leader,
    }
    assert phones(askers[who]()) == [OFFICE, None]


def test_the_command_tells_public_fields_only(land: Land, capsys) -> None:
    call_command("locate", *map(str, at(0.5, 0.5)), "--json")
    shown = capsys.readouterr().out
    assert PRIVATE not in shown
    assert json.loads(shown)["schemes"][0]["responsible"][0]["phone"] == OFFICE
