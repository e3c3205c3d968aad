"""backup and restore: the same rows come back, or everything stays as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from geogrid.cluster.connection import Connection
from geogrid.cluster.server import Cluster
from geogrid.core.errors import BadInput, Refused, UnreadableFile
from geogrid.db.archive import open_archive, write_archive
from geogrid.db.backup import write_backup
from geogrid.db.restore import restore_backup

pytestmark = pytest.mark.infra

Ask = Callable[..., object]
MANAGE = Path(__file__).resolve().parent.parent.parent / "manage.py"


@pytest.fixture(scope="module")
def server(new_root: Callable[[], Path]) -> Connection:
    """A server with nothing in it."""
    return Cluster(new_root()).start().as_owner()


@pytest.fixture(scope="module")
def migrated(server: Connection, ask: Ask) -> str:
    """A migrated database with some rows of our own, to be copied."""
    land = server.to("migrated")
    ask(server, "CREATE DATABASE migrated")
    subprocess.run(
        [sys.executable, str(MANAGE), "migrate", "--noinput", "--verbosity", "0"],
        env={**os.environ, "DATABASE_URL": land.url(), "DJANGO_SETTINGS_MODULE": "geogrid.settings.dev"},
        check=True,
    )
    ask(land, "CREATE TABLE plot (id int PRIMARY KEY, geom geometry(Polygon, 4326) NOT NULL)")
    ask(
        land,
        "INSERT INTO plot SELECT i, ST_MakeEnvelope(i / 100.0, 0, (i + 1) / 100.0, 0.01, 4326) "
        "FROM generate_series(1, 500) i",
    )
    return land.name


@pytest.fixture
def land(server: Connection, ask: Ask, migrated: str) -> Iterator[Connection]:
    """A copy of that database."""
    ask(server, f"CREATE DATABASE land TEMPLATE {migrated}")
    yield server.to("land")
    for name in ("land", "land_before_restore", "land_restoring"):
        ask(server, f"DROP DATABASE IF EXISTS {name}")


def _rows(ask: Ask, land: Connection) -> object:
    return ask(
        land, "SELECT count(*) || ' ' || md5(string_agg(id || ST_AsEWKT(geom), ',' ORDER BY id)) FROM plot"
    )


def test_what_was_saved_comes_back_to_the_last_coordinate(land: Connection, ask: Ask, tmp_path: Path) -> None:
    before = _rows(ask, land)
    manifest = write_backup(tmp_path / "land.backup", land)
    assert manifest.tables["public.plot"] == 500
    ask(land, "DELETE FROM plot WHERE id > 100")
    ask(land, "CREATE TABLE later ()")
    restore_backup(tmp_path / "land.backup", land, manage=MANAGE)
    assert _rows(ask, land) == before
    assert ask(land, "SELECT to_regclass('later')") is None


def test_the_replaced_database_is_kept(land: Connection, ask: Ask, tmp_path: Path) -> None:
    write_backup(tmp_path / "land.backup", land)
    ask(land, "DELETE FROM plot")
    for _ in range(2):
        restore_backup(tmp_path / "land.backup", land, manage=MANAGE)
    assert ask(land.to("land_before_restore"), "SELECT count(*) FROM plot") == 500
    assert ask(land, "SELECT count(*) FROM pg_database WHERE datname LIKE 'land%'") == 2


def test_a_backup_is_for_its_owner_and_appears_only_whole(land: Connection, tmp_path: Path) -> None:
    target = tmp_path / "land.backup"
    write_backup(target, land)
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(Exception, match="nowhere"):
        write_backup(tmp_path / "other.backup", land.to("nowhere"))
    assert [path.name for path in tmp_path.iterdir()] == ["land.backup"]
    with pytest.raises(BadInput, match="not a folder"):
        write_backup(tmp_path / "none" / "land.backup", land)


def test_a_damaged_a_cut_and_a_foreign_file_change_nothing(
    land: Connection, ask: Ask, tmp_path: Path
) -> None:
    good = tmp_path / "land.backup"
    write_backup(good, land)
    before = _rows(ask, land)
    content = bytearray(good.read_bytes())
    content[5000] ^= 1
    files = {
        "flipped": (bytes(content), "check sum"),
        "cut": (good.read_bytes()[:9000], "no whole backup|manifest"),
        "foreign": (b"PK\x03\x04 something else", "not a backup"),
        "empty": (b"", "not a backup"),
    }
    for name, (data, sentence) in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UnreadableFile, match=sentence):
            restore_backup(tmp_path / name, land, manage=MANAGE)
    with pytest.raises(UnreadableFile, match="does not exist"):
        restore_backup(tmp_path / "missing", land, manage=MANAGE)
    assert _rows(ask, land) == before


def test_a_backup_of_a_newer_program_is_refused_with_the_next_step(
    land: Connection, ask: Ask, tmp_path: Path
) -> None:
    ask(land, "INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '9999_later', now())")
    write_backup(tmp_path / "newer", land)
    with pytest.raises(BadInput, match=r"auth\.9999_later.*update the program"):
        restore_backup(tmp_path / "newer", land, manage=MANAGE)


def test_an_older_backup_is_brought_up_to_date(land: Connection, ask: Ask, tmp_path: Path) -> None:
    ask(land, "DROP TABLE authtoken_token")
    ask(land, "DELETE FROM django_migrations WHERE app = 'authtoken'")
    write_backup(tmp_path / "older", land)
    restore_backup(tmp_path / "older", land, manage=MANAGE)
    assert ask(land, "SELECT count(*) FROM authtoken_token") == 0


def test_other_counts_than_promised_leave_the_present_database(
    land: Connection, ask: Ask, tmp_path: Path
) -> None:
    write_backup(tmp_path / "true", land)
    with open_archive(tmp_path / "true") as archive, (tmp_path / "false").open("w+b") as stream:
        promised = replace(archive.manifest, tables={**archive.manifest.tables, "public.plot": 501})
        write_archive(stream, archive.chunks(), lambda _size, _sha256: promised)
    ask(land, "DELETE FROM plot WHERE id <= 7")
    with pytest.raises(Refused, match=r"public\.plot: 500 instead of 501"):
        restore_backup(tmp_path / "false", land, manage=MANAGE)
    assert ask(land, "SELECT count(*) FROM plot") == 493
    assert ask(land, "SELECT count(*) FROM pg_database WHERE datname = 'land_restoring'") == 0


def test_the_file_is_an_ordinary_tar_that_other_programs_open(land: Connection, tmp_path: Path) -> None:
    manifest = write_backup(tmp_path / "land.backup", land)
    with tarfile.open(tmp_path / "land.backup") as tar:
        assert tar.getnames() == ["database.dump", "manifest.json"]
        dump = tar.extractfile("database.dump")
        assert dump is not None
        assert dump.read(5) == b"PGDMP"
        text = tar.extractfile("manifest.json")
        assert text is not None
        assert json.load(text)["dump_sha256"] == manifest.dump_sha256
