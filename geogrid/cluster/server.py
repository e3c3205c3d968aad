"""Start, stop and describe the private cluster of one checkout; every step may be repeated after a crash."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from geogrid.cluster.configuration import configuration
from geogrid.cluster.errors import SetupError
from geogrid.cluster.locks import locked
from geogrid.cluster.place import Account, data_directory, server_account
from geogrid.cluster.processes import Postmaster, kill_orphans, port_is_free, running_postmaster
from geogrid.cluster.programs import Programs, psql, server_programs
from geogrid.cluster.state import ADMIN, DATABASE, OWNER, State, load_state, save_state

PORTS_TRIED = 200
START_SECONDS = 300
STOP_SECONDS = 60


@dataclass(frozen=True)
class Status:
    """What `db status` tells."""

    running: bool
    port: int | None
    pid: int | None
    data: str


class Cluster:
    """The private cluster of the checkout at `root`."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        """Decide where the data lies and who runs the server; nothing is started."""
        self.root = root.resolve()
        self.durable = durable
        (self.root / "var").mkdir(parents=True, exist_ok=True)
        self.account: Account = server_account()
        self.data: Path = data_directory(self.root, self.account)

    def status(self) -> Status:
        """Say whether the server runs and where."""
        postmaster = running_postmaster(self.data)
        if postmaster is None:
            return Status(running=False, port=None, pid=None, data=str(self.data))
        return Status(running=postmaster.ready, port=postmaster.port, pid=postmaster.pid, data=str(self.data))

    def start(self) -> State:
        """Make sure that the server runs with roles and database made; return how to reach it."""
        state = load_state(self.root)
        postmaster = running_postmaster(self.data)
        if _is_up(state, postmaster):
            assert state is not None
            return state
        with self._lock():
            programs = server_programs(self.data)
            state = self._make_data(programs, self._state(programs))
            state = self._run_server(programs, state)
            if not state.prepared:
                _prepare(programs, state)
                state = state.but(prepared=True)
                save_state(self.root, state)
            return state

    def stop(self) -> bool:
        """Stop the server; False when none was running."""
        with self._lock():
            postmaster = running_postmaster(self.data)
            if postmaster is None:
                return False
            self._stop_server(server_programs(self.data))
            return True

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.root / "var" / "db.lock", "the database set-up")

    def _state(self, programs: Programs) -> State:
        """Load the state; when it was lost beside existing data, give the superuser a new password."""
        state = load_state(self.root)
        if state is not None:
            return state
        state = State()
        if self._has_data():
            if running_postmaster(self.data) is not None:
                self._stop_server(programs)
            self._clear_stale_lock()
            self._reset_admin_password(programs, state)
        save_state(self.root, state)
        return state

    def _has_data(self) -> bool:
        """Tell whether there is a database; what an emptied or half-deleted one left is not one."""
        if (self.data / "PG_VERSION").exists():
            return True
        if self.data.exists():
            try:
                self.data.rmdir()
            except OSError as error:
                raise SetupError(
                    f"{self.data} is no whole database, for its PG_VERSION is missing: put the missing files "
                    "back, or delete the directory, so that the next start makes a new database"
                ) from error
        return False

    def _reset_admin_password(self, programs: Programs, state: State) -> None:
        self._configure(state.port)
        done = self.account.run(
            [programs.path("postgres"), "--single", "-D", str(self.data), "postgres"],
            input_text=f"ALTER ROLE {ADMIN} PASSWORD '{state.admin_password}'\n",
        )
        if done.returncode != 0:
            raise SetupError(f"the database's password could not be set anew: {_last_line(done.stderr)}")

    def _make_data(self, programs: Programs, state: State) -> State:
        """Make the data directory under another name and rename it, so that a half-made one is never used.

        Data that were deleted are made anew with the passwords that are still there; nothing is in them yet.
        """
        if self._has_data():
            return state
        _say("creating the private database ...")
        unfinished = self.data.with_name("db.initdb")
        kill_orphans(unfinished)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.owns(unfinished)
        password_file = self.data.with_name("db.initdb.password")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(state.admin_password, encoding="utf-8")
            self.account.owns(password_file)
            done = self.account.run(_initdb(programs, unfinished, password_file))
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode != 0:
            raise SetupError(f"the private database could not be created: {_last_line(done.stderr)}")
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("\ninclude 'geogrid.conf'\n")
        state = state.but(prepared=False)
        save_state(self.root, state)
        unfinished.rename(self.data)
        return state

    def _run_server(self, programs: Programs, state: State) -> State:
        """Start the server on the remembered port, or on the next free one; wait until it answers."""
        postmaster = running_postmaster(self.data)
        if postmaster is not None:  # started by a command that was killed while it waited
            if postmaster.port:
                state = state.but(port=postmaster.port)
                save_state(self.root, state)
            self._wait_until_ready()
            return state
        self._clear_stale_lock()
        for port in range(state.port, min(state.port + PORTS_TRIED, 65536)):
            if not port_is_free(port):
                continue
            state = state.but(port=port)
            save_state(self.root, state)
            self._configure(port)
            if self._launch(programs):
                return state
            if port_is_free(port):  # the port was not the reason
                break
        raise SetupError(f"the private database does not start; its last words: {self._last_words()}")

    def _launch(self, programs: Programs) -> bool:
        _say("starting the private database ...")
        log = str(self.data / "startup.log")
        done = self.account.run(
            [
                programs.path("pg_ctl"),
                "start",
                "-w",
                "-t",
                str(START_SECONDS),
                "-s",
                "-D",
                str(self.data),
                "-l",
                log,
            ]
        )
        return done.returncode == 0

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            postmaster = running_postmaster(self.data)
            if postmaster is None:
                raise SetupError(f"the private database ended while starting: {self._last_words()}")
            if postmaster.ready:
                return
            time.sleep(0.1)
        raise SetupError(f"the private database is not ready after {START_SECONDS} s: {self._last_words()}")

    def _stop_server(self, programs: Programs) -> None:
        for mode in ("fast", "immediate"):
            done = self.account.run(
                [
                    programs.path("pg_ctl"),
                    "stop",
                    "-w",
                    "-t",
                    str(STOP_SECONDS),
                    "-s",
                    "-D",
                    str(self.data),
                    "-m",
                    mode,
                ]
            )
            if done.returncode == 0 or running_postmaster(self.data) is None:
                return
        raise SetupError(f"the private database does not stop: {_last_line(done.stderr)}")

    def _clear_stale_lock(self) -> None:
        """Remove what a killed server left: PostgreSQL itself gives up when the process id was re-used."""
        kill_orphans(self.data)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _configure(self, port: int) -> None:
        path = self.data / "geogrid.conf"
        path.write_text(configuration(port, durable=self.durable), encoding="utf-8")
        self.account.owns(path)

    def _last_words(self) -> str:
        logs = [*self.data.glob("log/*.log"), self.data / "startup.log"]
        lines = [
            line
            for log in sorted((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime)
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
            if "FATAL" in line or "PANIC" in line or "LOG:  could not" in line
        ]
        return lines[-1] if lines else f"none (see {self.data}/startup.log)"


def _is_up(state: State | None, postmaster: Postmaster | None) -> bool:
    return (
        state is not None
        and state.prepared
        and postmaster is not None
        and postmaster.ready
        and postmaster.port == state.port
    )


def _initdb(programs: Programs, directory: Path, password_file: Path) -> list[str]:
    return [
        programs.path("initdb"),
        *("-D", str(directory)),
        *("-U", ADMIN),
        *("--auth", "scram-sha-256", f"--pwfile={password_file}"),
        *("--encoding", "UTF8", "--locale", "C.UTF-8"),
        "--data-checksums",
    ]


PREPARATION = """
SELECT 'CREATE ROLE {owner} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') \\gexec
ALTER ROLE {owner} LOGIN NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD '{password}';
\\connect template1
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
\\connect postgres
SELECT 'CREATE DATABASE {database} OWNER {owner}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""


def _prepare(programs: Programs, state: State) -> None:
    """Make the owner's role, the extensions (in the template: test databases need them) and the database."""
    script = PREPARATION.format(owner=OWNER, password=state.owner_password, database=DATABASE)
    # A failing statement would be logged, and one of them holds a password.
    quiet = {"PGOPTIONS": "-c log_min_error_statement=panic"}
    done = psql(programs, state.as_admin().libpq() | quiet, script)
    if done.returncode != 0:
        raise SetupError(f"the private database could not be prepared: {_last_line(done.stderr)}")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def _say(message: str) -> None:
    if os.environ.get("GEOGRID_QUIET") != "1":
        print(message, file=sys.stderr, flush=True)
