"""The demonstration, served by the real server from a database of the test's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.scenarios.running import MANAGE, ROOT, Database, environment_of

LINKED = ("data", "docs", "script")


@dataclass(frozen=True)
class Place:
    """A database, a folder that looks like the checkout, and what both are reached by."""

    database: Database
    folder: Path
    var: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**environment_of(self.database.connection), "GEOGRID_VAR": str(self.var)}

    @property
    def passwords(self) -> dict[str, str]:
        """The passwords of the users to begin with, as their file has them."""
        lines = (self.var / "demo_users.txt").read_text(encoding="utf-8").splitlines()
        return dict(line.split() for line in lines if not line.startswith("#"))

    def manage(self, *words: str) -> None:
        """Run a command that is to succeed."""
        command = [sys.executable, str(MANAGE), *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def place_of(database: Database, folder: Path) -> Place:
    """Lay out a folder for a database."""
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    var = folder / "var"
    var.mkdir()
    return Place(database, folder, var)


def copied(place: Place, database: Database, folder: Path) -> Place:
    """Lay out a folder for a copy of a place's database."""
    other = place_of(database, folder)
    shutil.copytree(place.var, other.var, dirs_exist_ok=True)
    return other


@contextmanager
def serving(place: Place) -> Iterator[str]:
    """Serve a place; give its address without the slash."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "geogrid.wsgi:application", "--interface", "wsgi"]
    command += [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--blocking-threads",
        "4",
        "--log-level",
        "warning",
    ]
    environment = {**place.environment, "PYTHONPATH": os.pathsep.join([str(ROOT)])}
    with subprocess.Popen(command, cwd=place.folder, env=environment) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        try:
            with urllib.request.urlopen(address):
                return
        except URLError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
