"""A hundred tiles at once: the server as it is served, with two processes of two threads each."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests
from django.db import connection

from boundaries.models import TileSet
from boundaries.selectors import land_at
from tests.tiles.conftest import tiles_over

PROCESSES, THREADS, ASKERS = 2, 2, 100
PATIENCE_S = 60

COUNT = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name = 'geogrid-served'"


class Watch:
    """Counts the server's connections until it is told to stop; keeps the most there were."""

    def __init__(self) -> None:
        settings = connection.get_connection_params()
        self.name = settings["dbname"]
        self.most, self._over = 0, threading.Event()
        keys = ("host", "port", "user", "password", "dbname")
        self._reach = {key: settings[key] for key in keys}
        self._thread = threading.Thread(target=self._count)

    def _count(self) -> None:
        with psycopg.connect(**self._reach, autocommit=True) as watching:
            while not self._over.wait(0.02):
                self.most = max(self.most, watching.execute(COUNT, [self.name]).fetchone()[0])

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def address() -> Iterator[str]:
    """The served product on the test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = connection.get_connection_params()
    place = "postgis://{user}:{password}@{host}:{port}/{dbname}?application_name=geogrid-served".format(
        **settings
    )
    command = [sys.executable, "-m", "granian", "geogrid.wsgi:application", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(PROCESSES)]
    command += ["--blocking-threads", str(THREADS), "--log-level", "warning", "--no-ws"]
    environment = {**os.environ, "DATABASE_URL": place, "DJANGO_SETTINGS_MODULE": "geogrid.settings.dev"}
    with subprocess.Popen(command, env=environment) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_for(f"{base}/healthz")
            yield base
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            assert requests.get(address, timeout=PATIENCE_S).status_code == 200
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "the server does not come up"


@pytest.mark.infra
@pytest.mark.django_db(transaction=True)
def test_a_hundred_askers_share_the_connections_of_the_threads(published, address):
    # The set is made by the first of them, while all others wait.
    TileSet.objects.all().delete()
    shapes = land_at(published).shapes
    paths = [
        f"{address}/tiles/plain/zone/{zoom}/{x}/{y}.mvt"
        for zoom in (10, 12, 13, 14)
        for x, y in tiles_over(shapes, zoom)
    ]
    paths = (paths * (3 * ASKERS // len(paths) + 1))[: 3 * ASKERS]
    with Watch() as watch, ThreadPoolExecutor(ASKERS) as askers:
        codes = list(askers.map(lambda path: requests.get(path, timeout=PATIENCE_S).status_code, paths))
    assert set(codes) <= {200, 204}
    assert 200 in codes
    assert TileSet.objects.count() == 1
    assert 0 < watch.most <= PROCESSES * THREADS
