"""The lean door answers with the bytes and headers of the whole service; what is odd it leaves to it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from django.utils import timezone

from boundaries import locating
from boundaries.api import lean_places
from boundaries.api.lean_places import lean_door
from tests.layers.lands import at

pytestmark = pytest.mark.django_db

NOW = timezone.now() + dt.timedelta(hours=1)
ASKED = "lon=118.025&lat=30.005"


@pytest.fixture
def frozen(monkeypatch):
    """One moment for all answers."""
    monkeypatch.setattr(locating, "timezone", SimpleNamespace(now=lambda: NOW))


PLAIN = [
    *(f"lon={x:.8f}&lat={y:.8f}" for x, y in (at(0.5, 0.5), at(1, 1), at(2.5, 1.5), at(2.5, 0.5), at(9, 9))),
    "lat=30.005&lon=118.025",
    "lon=118.025&lat=30.005&scheme=small",
    "lon=118&lat=30",
    "lon=-0.0&lat=0",
    "lon=180&lat=90",
    "lon=118.0250000000000004&lat=30.005",
]
ODD = [
    "",
    "lon=118",
    "lon=118&lat=95",
    "lon=30&lat=118",
    "lon=118&lat=30&scheme=none",
    "lon=118&lat=30&lon=119",
    "lon=118&lat=30&",
    "lon=118&lat=30&colour=red",
    "lon=1e2&lat=30",
    "lon=%2B118&lat=30",
    "lon=nan&lat=30",
    "lon=118&lat=30&crs=gcj02",
    "lon=118&lat=30&at=2001-01-01",
    "lon=118&lat=30&at=2036-01-01",
    "lon=١١٨&lat=30",
    "lon=118&lat=30&scheme=",
    "lon=118&lat=30=",
]


class Doors:
    """The whole service, and the lean door before it; `lean` counts what that answered itself."""

    def __init__(self, monkeypatch) -> None:
        self.whole = WSGIHandler()
        self.door = lean_door(self.whole)
        self.lean = 0
        answer = lean_places._answer
        monkeypatch.setattr(lean_places, "_answer", lambda *asked: self._counted(answer(*asked)))

    def _counted(self, text):
        self.lean += text is not None
        return text

    def ask(self, application, query, method="GET", headers=None):
        request = RequestFactory().generic(method, f"/api/v1/locate?{query}", headers=headers)
        sent = []
        body = application(request.environ, lambda status, headers, *_: sent.append((status, headers)))
        text = b"".join(body)
        getattr(body, "close", int)()
        ((status, headers),) = sent
        return status, headers, text

    def both(self, query, **how):
        """Ask both after the kind of asker is known, and compare."""
        self.ask(self.door, ASKED, headers=how.get("headers"))
        self.lean = 0
        mine = self.ask(self.door, query, **how)
        assert mine == self.ask(self.whole, query, **how)
        return mine


@pytest.fixture
def doors(monkeypatch):
    """The end of a request would close the connection of the test's transaction."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield Doors(monkeypatch)
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("query", [*PLAIN, *ODD])
def test_both_doors_answer_the_same(town, doors, frozen, query) -> None:
    doors.both(query)
    assert doors.lean == (query in PLAIN)


@pytest.mark.parametrize(
    ("headers", "lean"),
    [
        ({"Authorization": "Token wrong"}, 0),
        ({"Accept": "text/html"}, 0),
        ({"Accept": "application/json; indent=4"}, 0),
        ({"Accept": "application/json"}, 1),
        ({"Cookie": "sessionid=none"}, 0),
        ({"Cookie": "theme=dark"}, 1),
        ({"Accept-Language": "en"}, 1),
    ],
)
def test_both_doors_answer_every_asker_the_same(town, doors, frozen, headers, lean) -> None:
    doors.both(ASKED, headers=headers)
    assert doors.lean == lean


def test_what_was_said_to_one_asker_is_not_said_to_another(town, doors, frozen) -> None:
    _, chinese, _ = doors.both(ASKED, headers={"Accept-Language": "zh"})
    _, english, _ = doors.both(ASKED, headers={"Accept-Language": "en"})
    assert (dict(chinese)["Content-Language"], dict(english)["Content-Language"]) == ("zh-hans", "en")


def test_a_host_that_is_not_ours_is_refused_each_time(town, doors) -> None:
    headers = {"Host": "stranger.example"}
    answers = [doors.ask(doors.door, ASKED, headers=headers)[0] for _ in range(2)]
    assert answers == ["400 Bad Request"] * 2


def test_over_plain_http_where_https_is_asked_for_nobody_is_answered(town, doors, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    doors = SimpleNamespace(ask=doors.ask, door=lean_door(WSGIHandler()))
    answers = [doors.ask(doors.door, ASKED)[0] for _ in range(2)]
    assert answers == ["301 Moved Permanently"] * 2


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE"])
def test_other_methods_come_by_the_whole_door(town, doors, frozen, method) -> None:
    doors.both(ASKED, method=method)
    assert doors.lean == 0


def test_who_asks_too_often_is_told_by_both_doors(town, doors, settings) -> None:
    rates = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"locate": "3/day"}}
    settings.REST_FRAMEWORK = rates
    answers = [doors.ask(doors.door, ASKED) for _ in range(5)]
    assert [status[:3] for status, _, _ in answers] == ["200", "200", "200", "429", "429"]
    assert doors.lean == 2
    assert b'"too-many-requests"' in answers[3][2]
    assert int(dict(answers[3][1])["Retry-After"]) > 0
