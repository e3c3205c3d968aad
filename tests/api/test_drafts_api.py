"""Drafts over HTTP, with a token: as design.md 7 writes it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from boundaries.models import Draft, Edit
from tests.api.test_problems import problem_of
from tests.api.town import make_user
from tests.boundaries.towns import across, box, line, new_town, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db):
    """A published town."""
    return new_town()[0]


@pytest.fixture
def draft(town, done):
    """The address of a draft that was just opened."""
    return f"drafts/{done('schemes/town/drafts', {'name': 'work'}, status=201)['id']}"


@pytest.fixture
def edit(done, draft):
    """Do an action; the version is the draft's."""

    def edit(action="split_cell", preview="", **params):
        version = Draft.objects.get(pk=int(draft.split("/")[1])).version
        body = {"action": action, "params": params, "version": version}
        return done(f"{draft}/edits{preview}", body)

    return edit


def test_a_draft_is_opened_on_the_latest_edition_and_found_again_by_its_name(town, done, get):
    opened = done("schemes/town/drafts", {"name": "work"}, status=201)
    assert (opened["base_edition"], opened["version"], opened["state"]) == (1, 0, "open")
    assert opened["created_by"] == "planner"
    assert done("schemes/town/drafts", {"name": "work"})["id"] == opened["id"]
    listed = get("schemes/town/drafts", by=Role.LEADER)
    assert [one["id"] for one in listed["results"]] == [opened["id"]]
    assert get("schemes/town/drafts") == {"count": 0, "next": None, "previous": None, "results": []}


def test_an_edit_answers_with_the_patch_the_findings_and_the_impact(draft, edit):
    told = edit(**across("1"))
    patch = told["patch"]
    assert (told["edit"], told["version"], told["findings"]) == (1, 1, [])
    assert patch["removed"] == ["1"]
    assert len(patch["created"]) == 2
    assert {cell["code"] for cell in patch["changed"]} == {*patch["created"], "3", "W", "C"}
    assert {cell["code"]: cell["noded"] for cell in patch["changed"]}["3"] is True
    assert all(cell["geometry"]["type"] == "MultiPolygon" for cell in patch["changed"])
    assert {cell["level"] for cell in patch["changed"]} == {"lot", "street", "city"}
    assert {one["successor"] for one in told["heirs"]} == set(patch["created"])
    assert {one["code"] for one in told["impact"]["areas"]} == {"1", *patch["created"]}


def test_each_action_of_the_design_is_done(town, draft, edit, get):
    one, *_ = edit(**across("1"))["patch"]["created"]
    edit("edit_attributes", code=one, name="west piece", new_code="1W")
    edit("merge_cells", codes=["2", "4"], keep="2")
    bent = line((3, 0), (3.2, 0.5), (3, 1))
    edit("redraw_edge", **{"level": "lot", "from": [0.03, 0], "to": [0.03, 0.01], "line": bent})
    edit("move_node", at=[0.03, 0.01], to=[0.032, 0.011])
    edit("cut_out", level="lot", polygon=shape(2.2, 1.2, 2.6, 1.6), name="park")
    edit("retire_cell", code="8", into="7")
    edit("transfer_part", **{"from": "5", "to": "6", "polygon": shape(2.7, 0, 3.3, 0.4)})
    journal = get(f"{draft}/edits", by=Role.PLANNER)
    assert journal["count"] == 8
    assert [one["number"] for one in journal["results"]] == list(range(8, 0, -1))
    assert {one["state"] for one in journal["results"]} == {"made"}
    audit = get("schemes/town/audit", by=Role.PLANNER, draft="work")
    assert (audit["verdict"], audit["findings"]) == ("full", [])


def test_a_preview_changes_nothing_and_tells_the_same(draft, edit, get):
    told = edit(preview="?preview=1", **across("1"))
    assert (told["edit"], told["version"]) == (None, 0)
    assert get(draft, by=Role.PLANNER)["version"] == 0
    assert not Edit.objects.filter(action="split_cell").exists()
    made = edit(**across("1"))
    assert (made["patch"]["created"], made["impact"]) == (told["patch"]["created"], told["impact"])


def test_a_stale_version_is_412_with_the_difference(draft, edit, post):
    created = edit(**across("1"))["patch"]["created"]
    response = post(f"{draft}/edits", {"action": "split_cell", "params": across("2"), "version": 0})
    context = problem_of(response, 412, "stale-version")["context"]
    assert context["version"] == 1
    (since,) = context["edits"]
    assert (since["number"], since["action"], since["by"]) == (1, "split_cell", "planner")
    assert (since["removed"], since["created"]) == (["1"], sorted(created))
    for step in ("undo", "redo", "submit", "discard", "publish", "rebase"):
        problem_of(post(f"{draft}/{step}", {"version": 0}), 412, "stale-version")


def test_a_refusal_is_422_with_its_code_a_sentence_and_the_place(draft, post):
    body = {"action": "split_cell", "params": {"code": "1", "lines": line((5, 5), (6, 6))}, "version": 0}
    problem = problem_of(post(f"{draft}/edits", body), 422, "line-does-not-split")
    assert problem["geometry"]["type"] in {"LineString", "MultiLineString"}
    assert "1" in problem["detail"]


def test_undo_and_redo_tell_what_to_draw_anew(draft, edit, done, post):
    made = edit(**across("1"))
    undone = done(f"{draft}/undo", {"version": 1})
    assert undone["patch"]["created"] == ["1"]
    assert set(undone["patch"]["removed"]) == set(made["patch"]["created"])
    redone = done(f"{draft}/redo")
    assert sorted(redone["patch"]["created"]) == sorted(made["patch"]["created"])
    assert redone["version"] == 3
    problem_of(post(f"{draft}/redo", {}), 422, "nothing-to-do")


def test_it_is_submitted_returned_approved_and_then_published(draft, edit, done, post, get):
    edit(**across("1"))
    assert done(f"{draft}/submit", {"version": 1, "note": "please look"})["state"] == "submitted"
    body = {"action": "split_cell", "params": across("2"), "version": 1}
    assert problem_of(post(f"{draft}/edits", body), 409, "draft-not-open")["context"]["state"] == "submitted"
    problem_of(post(f"{draft}/approve", {}), 403, "not-allowed")
    returned = done(f"{draft}/return", {"note": "name the pieces"}, by=Role.LEADER)
    assert (returned["state"], returned["note"]) == ("open", "name the pieces")
    done(f"{draft}/submit")
    assert done(f"{draft}/approve", by=Role.LEADER)["approved_by"] == "leader"
    published = done(f"{draft}/publish", by=Role.LEADER)
    assert (published["published"], published["edition"]) == (True, 2)
    told = get(draft, by=Role.PLANNER)
    assert (told["state"], told["edition"]) == ("published", 2)
    problem_of(post(f"{draft}/publish", {}), 409, "draft-not-open")


def test_an_edition_takes_effect_later_and_look_up_answers_for_both_sides_of_that_moment(
    draft, edit, done, get
):
    created = edit(**across("1"))["patch"]["created"]
    moment = timezone.now() + dt.timedelta(days=2)
    assert done(f"{draft}/publish", {"effective": moment.isoformat()})["edition"] == 2

    def lot(at):
        answer = get("locate", lon=0.0025, lat=0.005, scheme="town", at=at.isoformat())
        return answer["schemes"][0]["cells"][-1]["code"]

    assert lot(timezone.now()) == "1"
    assert lot(moment - dt.timedelta(seconds=1)) == "1"
    assert lot(moment) in created


def test_a_time_in_the_past_is_refused(draft, edit, post):
    edit(**across("1"))
    response = post(f"{draft}/publish", {"effective": "2020-01-01"})
    assert "past" in problem_of(response, 400, "bad-input")["detail"]


def test_findings_in_the_way_are_422_and_gaps_are_accepted_with_a_reason(town, draft, post, done):
    work = Draft.objects.get(name="work")
    put(work, "lot", {"1": ("W", box(0, 0, 1, 0.5))})
    problem = problem_of(post(f"{draft}/publish", {}), 422, "findings-in-the-way")
    (finding,) = problem["context"]["findings"]
    assert (finding["rule"], [finding["id"]]) == ("gap", problem["context"]["blocking"])
    problem_of(post(f"{draft}/publish", {"accept_gaps": "  "}), 400, "bad-parameter")
    assert done(f"{draft}/publish", {"accept_gaps": "a lake"})["accepted"] == [finding["id"]]


def test_a_conflict_is_409_shown_side_by_side_and_decided(town, draft, edit, done, post, get):
    edit(**across("1", 0.3))
    other = f"drafts/{done('schemes/town/drafts', {'name': 'other'}, status=201)['id']}"
    done(f"{other}/edits", {"action": "split_cell", "params": across("1", 0.7), "version": 0})
    done(f"{other}/publish")
    problem = problem_of(post(f"{draft}/publish", {}), 409, "draft-conflict")
    assert [one["edit"] for one in problem["context"]["conflicts"]] == [1]
    (conflict,) = get(f"{draft}/conflicts", by=Role.PLANNER)
    (cell,) = conflict["cells"]
    assert (cell["code"], cell["base"]["code"], cell["mine"], cell["theirs"]) == ("1", "1", None, None)
    problem_of(post(f"{draft}/rebase", {"resolutions": {"1": "ours"}}), 400, "bad-parameter")
    problem_of(post(f"{draft}/rebase", {"resolutions": {"1": "mine"}}), 409, "draft-conflict")
    rebased = done(f"{draft}/rebase", {"resolutions": {"1": "theirs"}})
    assert (rebased["base_edition"], rebased["head"]) == (2, 0)
    (dropped,) = get(f"{draft}/edits", by=Role.PLANNER)["results"]
    assert dropped["state"] == "dropped"
    assert get(f"{draft}/conflicts", by=Role.PLANNER) == []


def test_the_impact_of_a_draft_is_that_of_all_its_edits(draft, edit, get):
    edit(**across("1"))
    edit(**across("5"))
    impact = get(f"{draft}/impact", by=Role.LEADER)
    assert {one["code"] for one in impact["areas"] if one["after_m2"] is None} == {"1", "5"}
    assert len(impact["heirs"]) == 4


def test_an_edition_is_taken_back(draft, edit, done, get):
    edit(**across("1"))
    done(f"{draft}/publish")
    assert done("schemes/town/revert", {"to": 1})["edition"] == 3
    assert get("schemes/town/cells/1")["valid"]["to"] is None


def test_a_discarded_draft_stays_readable(draft, edit, done, get):
    edit(**across("1"))
    assert done(f"{draft}/discard", {"note": "not now"})["state"] == "discarded"
    assert get(draft, by=Role.PLANNER)["note"] == "not now"
    assert get(f"{draft}/cells", by=Role.PLANNER)["count"] == 12
    assert get(f"{draft}/edits", by=Role.PLANNER)["count"] == 1
    assert get("schemes/town/drafts", by=Role.PLANNER)["count"] == 0
    assert get("schemes/town/drafts", by=Role.PLANNER, state="discarded")["count"] == 1


def shape(*box_of):
    return json.loads(shapely.to_geojson(box(*box_of)))


STEPS = [
    ("edits", {"action": "split_cell", "params": {}, "version": 0}),
    *((step, {}) for step in ("undo", "redo", "submit", "approve", "return", "discard", "publish", "rebase")),
]


@pytest.mark.parametrize(("step", "body"), STEPS, ids=[step for step, _ in STEPS])
def test_a_stranger_is_asked_to_sign_in_and_who_may_not_is_refused(draft, post, step, body):
    problem_of(post(f"{draft}/{step}", body, by=None), 401, "not-signed-in")
    problem_of(post(f"{draft}/{step}", body, by=Role.INSPECTOR), 404, "not-found")
    Draft.objects.update(visibility="public")
    problem_of(post(f"{draft}/{step}", body, by=None), 401, "not-signed-in")
    problem_of(post(f"{draft}/{step}", body, by=Role.INSPECTOR), 403, "not-allowed")


def test_the_journal_and_the_impact_are_for_who_may_read_drafts(draft, ask):
    Draft.objects.update(visibility="public")
    for path in ("edits", "impact", "conflicts"):
        problem_of(ask(f"{draft}/{path}"), 401, "not-signed-in")
        problem_of(ask(f"{draft}/{path}", by=Role.INSPECTOR), 403, "not-allowed")
    assert ask(draft).json()["created_by"] is None


def test_a_session_needs_its_csrf_token(town):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.PLANNER), backend="django.contrib.auth.backends.ModelBackend")
    sent = {"data": {"name": "work"}, "content_type": "application/json"}
    problem_of(client.post("/api/v1/schemes/town/drafts", **sent), 403, "not-allowed")
    client.cookies["csrftoken"] = "a" * 32
    response = client.post("/api/v1/schemes/town/drafts", **sent, headers={"X-CSRFToken": "a" * 32})
    assert response.status_code == 201


BODIES = [
    ({"action": 5, "params": {}, "version": 0}, "action"),
    ({"action": "split_cell", "params": [], "version": 0}, "params"),
    ({"action": "split_cell", "params": {}, "version": "0"}, "version"),
    ({"action": "split_cell", "params": {}, "version": True}, "version"),
    ({"action": "split_cell", "params": {}, "version": -1}, "version"),
    ({"action": "split_cell", "params": {}}, "version"),
    ({"action": "split_cell", "params": {}, "version": None}, "version"),
    ({"action": "split_cell", "params": {}, "version": 0, "force": True}, "force"),
    ({"action": "split_cell", "params": {"code": "\x00"}, "version": 0}, "params"),
    ({"action": "split_cell", "params": {"a\ud800": 1}, "version": 0}, "params"),
    ([], ""),
    (None, "action"),
]


@pytest.mark.parametrize(("body", "name"), BODIES, ids=[f"{n}-{name}" for n, (_, name) in enumerate(BODIES)])
def test_a_member_of_a_wrong_type_is_400_and_named(draft, post, body, name):
    problem = problem_of(post(f"{draft}/edits", body), 400, "bad-parameter")
    assert problem["context"]["parameter"] == name


@pytest.mark.parametrize(
    "params",
    [
        {"code": 5, "lines": line((0, 0), (1, 1))},
        {"code": "1"},
        {"code": "1", "lines": "LINESTRING (0 0, 1 1)"},
        {"code": "1", "lines": {"type": "LineString", "coordinates": [["a", 0], [1, 1]]}},
        {"code": "1", "lines": {"type": "Point", "coordinates": [1, 1]}},
        {"code": "1", "lines": line((0, 0), (1, 1)), "colour": "red"},
    ],
)
def test_params_of_a_wrong_type_are_400_and_named(draft, post, params):
    body = {"action": "split_cell", "params": params, "version": 0}
    assert problem_of(post(f"{draft}/edits", body), 400, "bad-input")["detail"].startswith("params.")


def test_a_body_that_is_no_json_too_long_too_deep_or_of_another_form_is_refused(draft, post):
    path = f"{draft}/edits"
    problem_of(post(path, raw=""), 400, "bad-parameter")
    for raw in ("{", '{"version": NaN}', "[" * 100_000, "\xff".encode("latin-1")):
        problem_of(post(path, raw=raw), 400, "unreadable-request")
    deep = {"a": 1}
    for _ in range(100):
        deep = {"a": deep}
    problem_of(post(path, {"action": "split_cell", "params": deep, "version": 0}), 400, "bad-parameter")
    problem_of(post(path, raw='{"action": "' + "x" * 9_000_000 + '"}'), 413, "too-large")
    form = post(path, raw="a=1", content_type="application/x-www-form-urlencoded")
    problem_of(form, 415, "unsupported-media-type")
    problem_of(post(f"{path}?colour=red", {}), 400, "bad-parameter")


def test_writing_is_limited_apart_from_reading(draft, post, ask, settings):
    rates = {"write.user": "2/min", "read.user": "1000/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    for _ in range(2):
        problem_of(post(f"{draft}/redo", {}), 422, "nothing-to-do")
    assert post(f"{draft}/redo", {}).status_code == 429
    assert ask(draft, by=Role.PLANNER).status_code == 200
