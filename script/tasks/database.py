"""The database: started, and brought to the code's migrations; nothing when it is there already."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from geogrid.cluster.connection import Connection
from geogrid.cluster.locks import locked
from geogrid.cluster.programs import client_programs, psql
from geogrid.cluster.server import Cluster

from environment import PYTHON_LOCK, python, task_environment
from say import run


def ensure_database(root: Path) -> Connection:
    """Start the private cluster unless DATABASE_URL names another database."""
    if url := os.environ.get("DATABASE_URL"):
        return Connection.from_url(url)
    return Cluster(root).start().as_owner()


def ensure_test_database(root: Path) -> Connection:
    """Start a cluster for tests only, which waits for no disk, unless DATABASE_URL names another database."""
    if url := os.environ.get("DATABASE_URL"):
        return Connection.from_url(url)
    return Cluster(root / "var" / "tests", durable=False).start().as_owner()


def ensure_migrated(root: Path, connection: Connection) -> None:
    """Run `migrate` unless this very code's migrations are all recorded in this very database."""
    stamp = root / "var" / "migrations.json"
    if _is_migrated(root, stamp, connection):
        return
    with locked(root / "var" / "migrate.lock", "the migrations"):
        if _is_migrated(root, stamp, connection):
            return
        command = [python(root), "manage.py", "migrate", "--noinput", "--verbosity", "0"]
        run(command, root=root, env=task_environment(root), doing="bringing the database up to date")
        applied = _applied(connection)
        if applied is not None:
            temporary = stamp.with_suffix(".new")
            temporary.write_text(
                json.dumps({"code": _code(root), "migrations": sorted(applied)}), encoding="utf-8"
            )
            temporary.replace(stamp)


def _is_migrated(root: Path, stamp: Path, connection: Connection) -> bool:
    """Compare with what `migrate` left in the database: the stamp alone would not notice another database."""
    try:
        recorded = json.loads(stamp.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    if recorded["code"] != _code(root):
        return False
    applied = _applied(connection)
    return applied is not None and applied.issuperset(recorded["migrations"])


def _code(root: Path) -> str:
    """Sum up everything that can bring a migration: our files, the packages, the settings."""
    files = [*root.glob("*/migrations/*.py"), *root.glob("*/sql/**/*.sql"), root / PYTHON_LOCK]
    files += [*root.glob("geogrid/settings/*.py"), *root.glob("*/apps.py")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(root)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _applied(connection: Connection) -> set[str] | None:
    """List the migrations recorded in the database; None when it has none or cannot be asked."""
    done = psql(client_programs(), connection.libpq(), "SELECT app || '.' || name FROM django_migrations")
    return set(done.stdout.split()) if done.returncode == 0 else None
