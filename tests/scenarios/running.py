"""The commands as a person at a terminal runs them, against a database of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg import sql

from geogrid.cluster.connection import Connection
from tests.scenarios.door import Door

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = ROOT / "manage.py"
LONGEST_SECONDS = 300
# What the test run itself is configured by; the commands are to see a plain terminal.
_OWN = ("DATABASE_URL", "DJANGO_", "GEOGRID_", "PYTEST_", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Result:
    """What one command did.

    Attributes
    ----------
    command : str
        As typed.
    code : int
        Its exit code.
    stdout, stderr : str
    """

    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; NaN and Infinity are no JSON."""
        return json.loads(self.stdout, parse_constant=_no_json)

    @property
    def sentence(self) -> str:
        """The last line on stderr: what a refusal says."""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def __str__(self) -> str:
        """Show everything in a failed assertion."""
        streams = f"--- stdout\n{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-3000:]}"
        return f"$ {self.command}\nexit {self.code}\n{streams}"


def _no_json(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def environment_of(connection: Connection) -> dict[str, str]:
    """Give the environment of a command that works on a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    return {
        **kept,
        "DATABASE_URL": connection.url(),
        "DJANGO_SETTINGS_MODULE": "geogrid.settings.dev",
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba")),
        "PYTHONUTF8": "1",
    }


@dataclass(frozen=True)
class Database:
    """A database with the project's tables, and the commands that work on it."""

    connection: Connection
    folder: Path
    door: Door

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """Start a command as a process of its own and leave it running."""
        return subprocess.Popen(
            [sys.executable, str(MANAGE), *map(str, arguments)],
            cwd=self.folder,
            env=environment_of(self.connection),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> Result:
        """Run a command to its end, whatever that is."""
        words = list(map(str, arguments))
        done = self.door.run(words, self.folder, self.connection.url(), LONGEST_SECONDS)
        return Result(" ".join(words), *done)

    def done(self, *arguments: object) -> Result:
        """Run a command that is to succeed."""
        result = self.run(*arguments)
        assert result.code == 0, str(result)
        assert "Traceback" not in result.stderr, str(result)
        return result

    def told(self, *arguments: object) -> Any:
        """Run a command that is to succeed with `--json` and give its document."""
        return self.done(*arguments, "--json").json

    def refused(self, *arguments: object) -> Result:
        """Run a command with bad input: exit 2, one sentence after a line of progress, nothing written."""
        before = self.rows()
        result = self.run(*arguments)
        assert result.code == 2, str(result)
        assert "Traceback" not in result.stderr, str(result)
        assert 1 <= len(result.stderr.strip().splitlines()) <= 2, str(result)
        assert not result.stdout or result.json, str(result)
        assert self.rows() == before, str(result)
        return result

    def ask(self, question: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        with connected(self.connection) as database:
            cursor = database.execute(question.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def rows(self) -> dict[str, int]:
        """Count the rows of every table."""
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        with connected(self.connection) as database:
            names = [str(row[0]) for row in database.execute(tables)]
            count = sql.SQL("SELECT count(*) FROM {}")
            return {
                name: database.execute(count.format(sql.Identifier(name))).fetchall()[0][0] for name in names
            }


@contextmanager
def connected(connection: Connection) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Open a connection whose every statement is a transaction."""
    with psycopg.connect(
        host=connection.host,
        port=connection.port,
        user=connection.user,
        password=connection.password,
        dbname=connection.name,
        autocommit=True,
    ) as database:
        yield database


def create_database(server: Connection, name: str, *, template: str | None = None) -> None:
    """Make a database, empty or as a copy of another; one of that name left by a killed run is dropped."""
    drop_database(server, name)
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with connected(server) as database:
        database.execute(create)


def drop_database(server: Connection, name: str) -> None:
    """Drop a database, whoever of us is still connected.

    Not WITH (FORCE): that fails where the server itself is at work in the database, which a plain DROP stops.
    """
    with connected(server) as database:
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND usename = current_user",
            [name],
        )
        database.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
