"""How often one may ask, counted over all processes of the service."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from geogrid.cluster.errors import SetupError
from geogrid.settings.environment import rates
from geogrid.web import rate_store
from geogrid.web.clients import client_address, client_network
from geogrid.web.rate_store import RateStore
from geogrid.web.rates import rate_parse, rate_take


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> RateStore:
    return RateStore(tmp_path / "var" / "rates.sqlite3", clock)


@pytest.fixture
def limits(settings, tmp_path: Path):
    """Set the rates of the test."""
    settings.RATES_FILE = tmp_path / "rates.sqlite3"

    def limit(**numbers: str) -> None:
        numbers = {name.replace("_", "."): rate for name, rate in numbers.items()}
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": numbers}

    return limit


class Place(APIView):
    permission_classes = ()
    authentication_classes = ()
    throttle_scope = "locate"

    def get(self, request):
        return Response({})


def test_all_may_be_taken_at_once_and_come_back_one_by_one(store: RateStore, clock: Clock) -> None:
    assert [store.take("a", count=5, seconds=60) for _ in range(5)] == [0.0] * 5
    assert store.take("a", count=5, seconds=60) == pytest.approx(12)
    assert store.take("b", count=5, seconds=60) == 0, "others do not wait"
    clock.now += 11.9
    assert store.take("a", count=5, seconds=60) == pytest.approx(0.1)
    clock.now += 0.1
    assert store.take("a", count=5, seconds=60) == 0
    assert store.take("a", count=5, seconds=60) == pytest.approx(12)
    clock.now += 3600
    assert [store.take("a", count=5, seconds=60) > 0 for _ in range(6)] == [False] * 5 + [True]


@pytest.mark.parametrize("count", [1, 7, 600, 3000])
def test_exactly_so_many_are_taken(store: RateStore, count: int) -> None:
    allowed = [store.take("a", count=count, seconds=60) == 0 for _ in range(count + 3)]
    assert allowed == [True] * count + [False] * 3


def test_a_clock_that_is_put_back_locks_nobody_out(store: RateStore, clock: Clock) -> None:
    store.take("a", count=2, seconds=60)
    clock.now -= 6 * 3600
    assert [store.take("a", count=2, seconds=60) > 0 for _ in range(3)] == [False, False, True]


_WORKER = """
import sys
from pathlib import Path
from geogrid.web.rate_store import RateStore
store = RateStore(Path(sys.argv[1]))
store.take("warm", count=1, seconds=1)
print("ready", flush=True)
sys.stdin.readline()
print(sum(store.take("a", count=3000, seconds=86400) == 0 for _ in range(2500)))
"""


def test_two_processes_count_as_one(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-c", _WORKER, str(tmp_path / "rates.sqlite3")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": repository}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        workers = (first, second)
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 2
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        counts = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(counts) == 3000
    assert min(counts) > 0, "both took part"


def test_threads_count_as_one(store: RateStore) -> None:
    gate = threading.Barrier(4)

    def take(_: int) -> int:
        gate.wait(20)
        return sum(store.take("a", count=100, seconds=86400) == 0 for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(4))) == 100


def test_what_is_long_past_is_swept_out(store: RateStore, clock: Clock, monkeypatch) -> None:
    monkeypatch.setattr(rate_store, "_SWEEP_ONE_IN", 1)
    for number in range(50):
        store.take(f"asker {number}", count=5, seconds=60)
    clock.now += 120
    store.take("a", count=5, seconds=60)
    rows = store._open().execute("SELECT who FROM taken").fetchall()
    assert rows == [("a",)]


def test_the_addresses_are_for_the_owner_only(store: RateStore) -> None:
    store.take("locate 192.0.2.1", count=5, seconds=60)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in store.path.parent.iterdir()}
    assert modes == dict.fromkeys(("rates.sqlite3", "rates.sqlite3-wal", "rates.sqlite3-shm"), 0o600)


def test_a_file_that_is_broken_is_started_anew(store: RateStore, caplog) -> None:
    store.path.parent.mkdir()
    store.path.write_bytes(b"this is no database, however long one looks at it" * 100)
    assert store.take("a", count=1, seconds=60) == 0
    assert "starting" in caplog.text
    assert [store.take("a", count=1, seconds=60) > 0 for _ in range(2)] == [False, True]


def test_where_no_file_can_be_nobody_is_refused_and_the_log_says_so(tmp_path: Path, caplog) -> None:
    (tmp_path / "rates.sqlite3").mkdir()
    store = RateStore(tmp_path / "rates.sqlite3")
    assert [store.take("a", count=1, seconds=60) for _ in range(3)] == [0, 0, 0]
    assert caplog.text.count("rates are not limited") == 3


def test_a_view_of_the_api_refuses_beyond_its_scopes_rate_and_says_how_long(limits) -> None:
    limits(locate="2/min", read="1/min")
    ask = APIRequestFactory()
    answers = [Place.as_view()(ask.get("/")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30


def test_a_view_that_names_no_scope_is_read(limits) -> None:
    limits(read="1/min")

    class Other(Place):
        throttle_scope = None

    ask = APIRequestFactory()
    assert [Other.as_view()(ask.get("/")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.django_db
def test_strangers_are_counted_by_address_and_users_by_themselves(limits, planner, inspector) -> None:
    limits(locate="1/min", locate_user="2/min")

    def ask(address: str, user=None) -> int:
        request = APIRequestFactory().get("/", REMOTE_ADDR=address)
        force_authenticate(request, user=user)
        return Place.as_view()(request).status_code

    assert [ask("192.0.2.1") for _ in range(2)] == [200, 429]
    assert ask("192.0.2.2") == 200
    assert [ask(f"192.0.2.{number}", planner) for number in (1, 2, 3)] == [200, 200, 429]
    assert ask("192.0.2.1", inspector) == 200


def test_a_forged_header_makes_nobody_another_asker(limits) -> None:
    limits(locate="1/min")
    ask = APIRequestFactory()
    answers = [
        Place.as_view()(ask.get("/", headers={"X-Forwarded-For": f"192.0.2.{number}"})).status_code
        for number in range(2)
    ]
    assert answers == [200, 429]


@pytest.mark.parametrize(
    ("behind", "direct", "forwarded", "address", "network"),
    [
        (False, "192.0.2.1", "198.51.100.1", "192.0.2.1", "192.0.2.1"),
        (True, "10.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1", "198.51.100.1"),
        (True, "10.0.0.1", "", "10.0.0.1", "10.0.0.1"),
        (True, "10.0.0.1", "unknown", "10.0.0.1", "10.0.0.1"),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1", "192.0.2.1"),
        (False, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (False, "fe80::1%eth0", "", "fe80::1", "fe80::/64"),
        (False, "", "", "", ""),
    ],
)
def test_who_asks_is_told_by_the_connection_or_by_our_own_proxy(
    settings, behind: bool, direct: str, forwarded: str, address: str, network: str
) -> None:
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR=direct, headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == address
    assert client_network(request.META) == network


def test_a_scope_without_a_number_is_not_limited(limits) -> None:
    limits(locate="1/min")
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert [rate_take("search", request) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("text", ["", "many/min", "0/min", "5", "5/fortnight", "-5/min", "5 / min"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        rate_parse(text)


def test_the_environment_changes_rates(monkeypatch) -> None:
    standard = {"locate": "600/min", "read": "3000/min", "search": "600/min"}
    monkeypatch.setenv("GEOGRID_RATES", "locate=9000/min, read=off")
    assert rates(standard) == {"locate": "9000/min", "read": None, "search": "600/min"}
    monkeypatch.delenv("GEOGRID_RATES")
    assert rates(standard) == standard
    for wrong in ("locate", "locate=", "locate=0/min", "locate=5/week", "lookup=5/min"):
        monkeypatch.setenv("GEOGRID_RATES", wrong)
        with pytest.raises(SetupError, match=re.escape(repr(wrong))):
            rates(standard)
