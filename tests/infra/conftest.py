"""Throw-away checkouts, each with a cluster of its own, gone without a trace afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geogrid.cluster.connection import Connection
from geogrid.cluster.place import server_account
from geogrid.cluster.processes import kill_orphans
from geogrid.cluster.server import Cluster

# What a clone brings; the environment and npm's packages are linked, so that nothing is to be installed.
CLONED = (
    *("accounts", "boundaries", "data", "demo", "exporters", "geogrid", "importers", "layers", "people"),
    *("requirements", "schemes", "script", "static", "workspace"),
)
CLONED_FILES = ("manage.py", "package.json", "package-lock.json", ".npmrc")
LINKED = (".venv", "node_modules")


def _remove(root: Path) -> None:
    note = root / "var" / "db.location"
    if note.exists():
        data = Path(note.read_text(encoding="utf-8").splitlines()[0])
        kill_orphans(data)
        if not data.is_relative_to(root):
            shutil.rmtree(data.parent)
            if not any(data.parent.parent.iterdir()):
                data.parent.parent.rmdir()
    kill_orphans(root / "var" / "db.initdb")
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def new_root() -> Iterator[Callable[[], Path]]:
    """Make empty folders that stand for checkouts; the database's user can reach them."""
    made: list[Path] = []

    def make() -> Path:
        # Not under pytest's tmp_path: only its owner may enter that.
        root = Path(tempfile.mkdtemp(prefix="geogrid-test-", dir="/var/tmp"))
        root.chmod(0o755)
        made.append(root)
        return root

    yield make
    for root in made:
        _remove(root)


@pytest.fixture(scope="module")
def cluster(new_root: Callable[[], Path]) -> Cluster:
    """A cluster that the tests of one module share; each leaves it able to start."""
    return Cluster(new_root())


@pytest.fixture(scope="module")
def checkout(new_root: Callable[[], Path], repository: Path) -> Path:
    """A checkout with code and scripts."""
    root = new_root()
    for folder in CLONED:
        if (repository / folder).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(repository / folder, root / folder, ignore=ignored)
    for name in CLONED_FILES:
        shutil.copy2(repository / name, root / name)
    for name in LINKED:
        (root / name).symlink_to(repository / name)
    return root


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment of a person at a terminal: nothing of the test run's own."""
    own = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "GEOGRID_", "PYTEST_", "VIRTUAL_ENV", "NUMBA_CACHE_DIR")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


@pytest.fixture(scope="session")
def ask() -> Callable[..., object]:
    """Ask a database one question."""

    def ask_database(connection: Connection, question: str) -> object:
        with psycopg.connect(
            host=connection.host,
            port=connection.port,
            user=connection.user,
            password=connection.password,
            dbname=connection.name,
            autocommit=True,
        ) as database:
            cursor = database.execute(question)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    return ask_database


@pytest.fixture(scope="session")
def server_uid() -> int:
    """The user that servers run as on this machine."""
    return server_account().uid
