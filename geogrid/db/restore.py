"""`restore`: a backup into a fresh database, checked there, then put in place of the present one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from django.db.migrations.loader import MigrationLoader
from psycopg import errors, sql

from geogrid.cluster.connection import Connection
from geogrid.cluster.errors import SetupError
from geogrid.cluster.programs import client_programs
from geogrid.core.errors import BadInput, Refused
from geogrid.db.archive import Archive, Manifest, open_archive
from geogrid.db.census import differences, take_census
from geogrid.db.target import psycopg_arguments

SWAP_ATTEMPTS = 5
# Entries of a dump's listing that belong to the server's administrator: PostGIS's own table, the extensions.
NOT_OURS = (" EXTENSION ", " TABLE DATA public spatial_ref_sys ")
MAINTENANCE = "postgres"


def restore_backup(path: Path, target: Connection, *, manage: Path) -> Manifest:
    """Put the backup in place of `target`; until the last moment a failure leaves `target` as it is.

    The replaced database stays as NAME_before_restore until the next restore.
    """
    fresh = target.to(f"{target.name}_restoring")
    with open_archive(path) as archive:
        archive.verify()
        _refuse_newer(archive)
        with _server(target) as server:
            _drop(server, fresh.name)
            _execute(server, "CREATE DATABASE {}", fresh.name)
            try:
                _make_extensions(fresh, archive.manifest)
                _load(archive, fresh)
                _compare(archive, fresh)
                _migrate(fresh, manage)
                _swap(server, target.name, fresh.name)
            finally:
                _drop(server, fresh.name)
        return archive.manifest


def _server(target: Connection) -> psycopg.Connection[Any]:
    """Connect beside the database that is to be replaced."""
    return psycopg.connect(**psycopg_arguments(target.to(MAINTENANCE)), autocommit=True)


def _execute(server: psycopg.Connection[Any], statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _exists(server: psycopg.Connection[Any], name: str) -> bool:
    return server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    # Not WITH (FORCE): that fails where the server itself is at work there (autovacuum), which a DROP stops.
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = %s AND usename = current_user",
        [name],
    )
    _execute(server, "DROP DATABASE IF EXISTS {}", name)


def _refuse_newer(archive: Archive) -> None:
    """Refuse what this code would not understand: migrations that it does not have."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    for migration in loader.disk_migrations.values():
        known |= {f"{app}.{name}" for app, name in migration.replaces}
    unknown = sorted(set(archive.manifest.migrations) - known)
    if unknown:
        raise BadInput(
            f"{archive.path} was made by a newer version of this program (it has {', '.join(unknown[:3])}"
            f"{' and others' if len(unknown) > 3 else ''}): update the program, then restore again"
        )


def _make_extensions(fresh: Connection, manifest: Manifest) -> None:
    with psycopg.connect(**psycopg_arguments(fresh), autocommit=True) as connection:
        for extension in manifest.extensions:
            try:
                _execute(connection, "CREATE EXTENSION IF NOT EXISTS {}", extension)
            except errors.InsufficientPrivilege as error:
                raise SetupError(
                    f"the role {fresh.user} may not make the extension {extension}: have an administrator "
                    f"run CREATE EXTENSION {extension} in the database template1, then restore again"
                ) from error


def _load(archive: Archive, fresh: Connection) -> None:
    restore = [client_programs().path("pg_restore"), "--no-owner", "--no-privileges"]
    environment = {**os.environ, **fresh.libpq()}
    listing = _feed([*restore, "--list"], archive.chunks(), environment)
    wanted = [line for line in listing.splitlines() if not any(part in line for part in NOT_OURS)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as contents:
        contents.write("\n".join(wanted))
        contents.flush()
        load = [*restore, "--exit-on-error", "--no-password", f"--dbname={fresh.name}"]
        _feed([*load, f"--use-list={contents.name}"], archive.chunks(), environment)


def _feed(command: list[str], chunks: Iterable[bytes], environment: dict[str, str]) -> str:
    """Run a program on the dump; it may stop reading before the end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=complaints
        ) as process:
            assert process.stdin is not None
            # Enough for a listing; a failed load says so by its exit code.
            with suppress(BrokenPipeError):
                for chunk in chunks:
                    process.stdin.write(chunk)
            # What is still in the buffer finds no reader either, and the pipe is closed all the same.
            with suppress(BrokenPipeError):
                process.stdin.close()
        if process.returncode != 0:
            complaints.seek(0)
            raise SetupError(f"pg_restore failed: {complaints.read().decode(errors='replace').strip()}")
        output.seek(0)
        return output.read().decode()


def _compare(archive: Archive, fresh: Connection) -> None:
    with psycopg.connect(**psycopg_arguments(fresh)) as connection:
        found = take_census(connection)
    unequal = differences(archive.manifest.tables, found.tables)
    if unequal:
        raise Refused(f"what was restored is not what was saved; nothing was replaced: {'; '.join(unequal)}")


def _migrate(fresh: Connection, manage: Path) -> None:
    """Bring an older backup to this code's migrations, before it takes the place of the present database."""
    done = subprocess.run(
        [sys.executable, str(manage), "migrate", "--noinput", "--verbosity", "0"],
        env={**os.environ, "DATABASE_URL": fresh.url()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Refused(f"the backup cannot be brought up to date; nothing was replaced: {done.stderr.strip()}")


def _swap(server: psycopg.Connection[Any], name: str, fresh: str) -> None:
    """Rename both databases in one transaction: there is the old one or the new one, whatever happens."""
    former = f"{name}_before_restore"
    _drop(server, former)
    for attempt in range(1, SWAP_ATTEMPTS + 1):
        try:
            with server.transaction():
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (%s, %s)",
                    [name, fresh],
                )
                if (
                    server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
                    is not None
                ):
                    _execute(server, "ALTER DATABASE {} RENAME TO {}", name, former)
                _execute(server, "ALTER DATABASE {} RENAME TO {}", fresh, name)
        except errors.ObjectInUse as error:
            if attempt == SWAP_ATTEMPTS:
                raise Refused(
                    "the database is in use and was not replaced: stop script/server, then restore again"
                ) from error
        else:
            return
