"""Who may do what: each role, nobody, and the operator, at the services that write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Role, User
from accounts.selectors import roles_of
from accounts.services.roles import user_role_give, user_role_take
from boundaries import policies
from boundaries.models import Draft, DraftVisibility, Edition, ImportRun, Scheme
from boundaries.policies import ACTIONS, allowed, may_see_private, require, rights_of
from boundaries.role_policy import RIGHTS
from boundaries.selectors import draft_readable, drafts_visible
from boundaries.services.drafts import draft_cells_put, draft_open, draft_show
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import NotAllowed, NotSignedIn
from importers.services.cells import CellFields, cells_import
from importers.services.features import Reading, features_import
from layers.models import Feature, Layer
from layers.services.assignments import features_assign
from layers.services.features import FeatureRow, features_upsert
from people.models import Appointment, Person, Post
from people.services import appointment_add, appointment_end
from schemes.loader import read_document
from schemes.services.load import scheme_load
from tests.accounts.conftest import make_user
from tests.layers.lands import Land, five_lots, lot, new_layer, new_scheme, point
from tests.scenarios.making import box, write_csv, write_geojson, write_scheme

pytestmark = pytest.mark.django_db

ALL = set(Role)
PLANNING = {Role.PLANNER, Role.ANALYST, Role.ADMINISTRATOR}
DECIDING = {Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR}

#: Written out once more on purpose: whoever changes a right has to say so twice.
MATRIX = {
    "draft.read": {Role.PLANNER, Role.ANALYST, Role.LEADER, Role.ADMINISTRATOR},
    "draft.edit": PLANNING,
    "draft.approve": DECIDING,
    "draft.publish": DECIDING,
    "scheme.load": {Role.ADMINISTRATOR},
    "cells.import": PLANNING,
    "features.import": {Role.ANALYST, Role.ADMINISTRATOR},
    "features.assign": PLANNING,
    "features.private": ALL,
    "finding.accept": DECIDING,
    "people.appoint": {Role.LEADER, Role.ADMINISTRATOR},
    "people.private": {Role.PLANNER, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR},
    "export": {Role.PLANNER, Role.ANALYST, Role.LEADER, Role.ADMINISTRATOR},
}


@dataclass
class Setting:
    """A published land, a draft of it, and what else the services need."""

    land: Land
    folder: Path
    draft: Draft
    things: Layer

    @property
    def scheme(self) -> Scheme:
        return self.land.scheme

    def edit(self, by: Any) -> None:
        level = self.scheme.levels.get(code="lot")
        draft_cells_put(draft=self.draft, level=level, system=resolve_crs("4326"), incoming=[], by=by)

    def import_cells(self, by: Any) -> None:
        path = write_geojson(self.folder / "lots.geojson", [(lot(0, 0), {"code": "10"})])
        cells_import(scheme=self.scheme.code, path=path, level="lot", fields=CellFields(code="code"), by=by)

    def import_features(self, by: Any) -> None:
        path = write_csv(self.folder / "things.csv", ["key", "lon", "lat"], [["a", 118.001, 30.001]])
        features_import(layer="thing", path=path, reading=Reading(key_field="key"), by=by)

    def upsert(self, by: Any) -> None:
        features_upsert(layer=self.things, rows=[FeatureRow("k", point(0.5, 0.5), {})], by=by)

    def load(self, by: Any) -> None:
        scheme_load(loaded=read_document(str(write_scheme(self.folder, "loaded", ["city"]))), by=by)

    def appoint(self, by: Any) -> Appointment:
        post, _ = Post.objects.get_or_create(
            scheme=self.scheme, level=self.scheme.levels.get(code="lot"), code="worker"
        )
        return appointment_add(
            person=Person.objects.create(name="甲"),
            post=post,
            cell=self.land.cells["10"],
            since=timezone.now(),
            by=by,
        )

    def end(self, by: Any) -> None:
        appointment_end(appointment=self.appoint(None), at=timezone.now() + dt.timedelta(days=1), by=by)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    land = new_scheme()
    land.publish(five_lots())
    return Setting(land, tmp_path, draft_open(scheme=land.scheme, name="plan"), new_layer("thing"))


WRITING: dict[str, tuple[str, Callable[[Setting, Any], Any]]] = {
    "draft_open": ("draft.edit", lambda s, by: draft_open(scheme=s.scheme, name="new", by=by)),
    "draft_cells_put": ("draft.edit", lambda s, by: s.edit(by)),
    "draft_show": (
        "draft.publish",
        lambda s, by: draft_show(draft=s.draft, visibility=DraftVisibility.PUBLIC, by=by),
    ),
    "cells_import": ("cells.import", lambda s, by: s.import_cells(by)),
    "features_import": ("features.import", lambda s, by: s.import_features(by)),
    "features_upsert": ("features.import", lambda s, by: s.upsert(by)),
    "features_assign": ("features.assign", lambda s, by: features_assign(scheme=s.scheme, by=by)),
    "scheme_load": ("scheme.load", lambda s, by: s.load(by)),
    "appointment_add": ("people.appoint", lambda s, by: s.appoint(by)),
    "appointment_end": ("people.appoint", lambda s, by: s.end(by)),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_matrix_says_and_nothing_else(user_of, role: Role, action: str) -> None:
    assert allowed(user_of(role), action) is (role in MATRIX[action])


def test_the_matrix_knows_every_action() -> None:
    assert set(MATRIX) == set(ACTIONS)
    assert set().union(*RIGHTS.values()) <= set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_who_has_no_role_is_not_signed_in_or_not_active_may_nothing(action: str) -> None:
    assert not allowed(AnonymousUser(), action)
    assert not allowed(make_user("guest"), action)
    gone = make_user("gone", Role.ADMINISTRATOR)
    gone.is_active = False
    assert not allowed(gone, action)
    assert allowed(None, action), "the operator at the command line"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("service", WRITING)
def test_a_service_that_writes_asks_for_the_right(
    setting: Setting, user_of, service: str, role: Role
) -> None:
    action, call = WRITING[service]
    user = user_of(role)
    if role in MATRIX[action]:
        call(setting, user)
        return
    with pytest.raises(NotAllowed) as refused:
        call(setting, user)
    assert role.value in refused.value.message
    assert not isinstance(refused.value, NotSignedIn)
    assert refused.value.context["action"] == action


@pytest.mark.parametrize("service", WRITING)
def test_a_service_that_writes_refuses_who_is_not_signed_in_and_obeys_the_operator(
    setting: Setting, service: str
) -> None:
    _, call = WRITING[service]
    with pytest.raises(NotSignedIn, match="sign in to"):
        call(setting, AnonymousUser())
    call(setting, None)


def test_a_refused_import_leaves_nothing_behind(setting: Setting, inspector: User) -> None:
    for refused in (setting.import_cells, setting.import_features):
        with pytest.raises(NotAllowed):
            refused(inspector)
    assert not ImportRun.objects.exists()
    assert not Feature.objects.exists()
    assert [draft.name for draft in setting.scheme.drafts.all()] == ["plan"]


def test_an_import_notes_who_did_it(setting: Setting, user_of) -> None:
    analyst = user_of(Role.ANALYST)
    setting.import_features(analyst)
    setting.import_cells(analyst)
    assert {run.by for run in ImportRun.objects.all()} == {analyst}


@pytest.fixture
def plain(db):
    """Two levels that divide land, with nothing in them."""
    return new_scheme("plain").scheme


def _draft_with(scheme: Scheme, tmp_path: Path, *, gap: bool) -> Draft:
    city, lots = [(box(0, 0, 2, 1), {"code": "C"})], [(box(0, 0, 1, 1), {"code": "W"})]
    if not gap:
        lots.append((box(1, 0, 2, 1), {"code": "E"}))
    for level, rows in (("city", city), ("lot", lots)):
        path = write_geojson(tmp_path / f"{level}.geojson", rows)
        cells_import(scheme=scheme.code, path=path, level=level, fields=CellFields(code="code"))
    return scheme.drafts.get()


@pytest.mark.parametrize("role", Role)
def test_publishing_takes_the_right_to(plain: Scheme, tmp_path: Path, user_of, role: Role) -> None:
    draft, user = _draft_with(plain, tmp_path, gap=False), user_of(role)
    if role in DECIDING:
        assert draft_publish(draft=draft, by=user).edition.published_by == user
    else:
        with pytest.raises(NotAllowed, match="may not publish drafts in the scheme plain"):
            draft_publish(draft=draft, by=user)
        assert not Edition.objects.exists()


def test_accepting_gaps_takes_a_right_of_its_own(
    plain: Scheme, tmp_path: Path, planner: User, monkeypatch
) -> None:
    draft = _draft_with(plain, tmp_path, gap=True)
    monkeypatch.setitem(RIGHTS, Role.PLANNER, frozenset({"draft.publish"}))
    with pytest.raises(NotAllowed, match="may not accept findings"):
        draft_publish(draft=draft, accept_gaps="a lake", by=planner)
    assert not Edition.objects.exists()
    monkeypatch.undo()
    assert draft_publish(draft=draft, accept_gaps="a lake", by=planner).accepted


def test_drafts_are_the_teams_until_they_are_put_out_for_comment(
    setting: Setting, planner: User, inspector: User
) -> None:
    shown = draft_show(
        draft=draft_open(scheme=setting.scheme, name="asked"), visibility=DraftVisibility.PUBLIC
    )
    assert shown.visibility == "public"
    for stranger in (AnonymousUser(), inspector):
        assert [draft.name for draft in drafts_visible(setting.scheme, stranger)] == ["asked"]
        assert not draft_readable(setting.draft, stranger)
    for colleague in (planner, None):
        assert [draft.name for draft in drafts_visible(setting.scheme, colleague)] == ["asked", "plan"]
        assert draft_readable(setting.draft, colleague)


def test_the_drafts_of_a_scheme_are_listed_in_two_queries(
    setting: Setting, inspector: User, django_assert_num_queries
) -> None:
    for number in range(5):
        draft_open(scheme=setting.scheme, name=f"more {number}")
    with django_assert_num_queries(2):  # the drafts, and the roles of the user
        assert drafts_visible(setting.scheme, inspector) == []


def test_all_policies_have_to_agree(planner: User, monkeypatch) -> None:
    class OnlyOwnScheme:
        def may(self, user, action, *, scheme=None, **_where):
            return scheme is not None and scheme.code == "own"

    monkeypatch.setattr(policies, "_policies", [*policies.registered(), OnlyOwnScheme()])
    assert allowed(planner, "draft.edit", scheme=Scheme(code="own"))
    assert not allowed(planner, "draft.edit", scheme=Scheme(code="foreign"))
    assert not allowed(planner, "scheme.load", scheme=Scheme(code="own")), "no policy adds to the roles"
    monkeypatch.setattr(policies, "_policies", [])
    assert not allowed(planner, "draft.edit"), "without policies nobody may anything"


def test_an_action_that_is_none_is_a_programmers_mistake(planner: User) -> None:
    for user in (planner, None):
        with pytest.raises(ValueError, match=r"draft\.raed"):
            allowed(user, "draft.raed")


def test_rights_are_listed_for_the_page(user_of) -> None:
    assert rights_of(user_of(Role.INSPECTOR)) == ["features.private", "people.private"]
    assert rights_of(AnonymousUser()) == []
    assert rights_of(User(username="root", is_superuser=True, is_active=True)) == list(ACTIONS)


def test_private_phones_are_for_four_of_the_five_roles(user_of) -> None:
    assert {role for role in Role if may_see_private(user_of(role))} == ALL - {Role.ANALYST}
    assert not may_see_private(AnonymousUser())


def test_a_role_is_given_and_taken() -> None:
    user = make_user("somebody", Role.PLANNER, Role.INSPECTOR)
    user.groups.add(Group.objects.create(name="a club"))
    assert roles_of(user) == {Role.PLANNER, Role.INSPECTOR}
    user_role_take(user=user, role=Role.PLANNER)
    assert roles_of(user) == roles_of(User.objects.get(pk=user.pk)) == {Role.INSPECTOR}
    with pytest.raises(NotAllowed, match="somebody may not edit drafts"):
        require(user, "draft.edit")
    user_role_give(user=user, role=Role.PLANNER)
    require(user, "draft.edit")


@pytest.mark.django_db(transaction=True)
def test_the_roles_are_there_again_after_everything_was_deleted() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    call_command("migrate", verbosity=0)
    assert Group.objects.count() == len(Role)
