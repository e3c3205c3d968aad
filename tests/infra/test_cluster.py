"""The private cluster: who runs it, who gets in, and that it comes back after anything."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from geogrid.cluster.errors import SetupError
from geogrid.cluster.place import Account, data_directory
from geogrid.cluster.processes import running_postmaster
from geogrid.cluster.server import Cluster
from geogrid.cluster.state import FIRST_PORT, load_state, save_state

pytestmark = pytest.mark.infra


def _kill_everything(cluster: Cluster) -> None:
    """What a power cut would do, as far as processes go."""
    pid = cluster.status().pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    _wait_for_the_end_of(cluster)


def _wait_for_the_end_of(cluster: Cluster) -> None:
    """A signal is on its way for a moment; then only the lock file is left."""
    while running_postmaster(cluster.data) is not None:
        time.sleep(0.01)
    assert (cluster.data / "postmaster.pid").exists()


@contextmanager
def _taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_the_first_start_makes_postgis_for_an_ordinary_role(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    owner = cluster.start().as_owner()
    assert str(ask(owner, "SELECT postgis_lib_version()")) >= "3.3"
    assert ask(owner, "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'") == 1
    assert ask(owner, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is False
    assert ask(owner, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    assert ask(owner, "SHOW timezone") == "UTC"
    assert ask(owner, "SHOW fsync") == "on"
    assert ask(owner, "SHOW listen_addresses") == "127.0.0.1"


def test_the_server_never_runs_as_root(cluster: Cluster, server_uid: int) -> None:
    cluster.start()
    facts = Path(f"/proc/{cluster.status().pid}").stat()
    assert facts.st_uid == server_uid != 0


def test_nobody_gets_in_without_the_password(cluster: Cluster) -> None:
    state = cluster.start()
    for user in ("postgres", "geogrid_owner"):
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(
                    host="127.0.0.1", port=state.port, user=user, password=password, dbname="postgres"
                )
    assert (cluster.root / "var" / "db.json").stat().st_mode & 0o077 == 0
    assert cluster.data.stat().st_mode & 0o077 == 0


def test_a_second_start_leaves_the_server_alone(cluster: Cluster) -> None:
    first = cluster.start()
    pid = cluster.status().pid
    assert Cluster(cluster.root).start() == first
    assert cluster.status().pid == pid


def test_stopping_twice_is_no_error_and_starting_again_keeps_the_data(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    owner = cluster.start().as_owner()
    ask(owner, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert cluster.stop() is True
    assert cluster.stop() is False
    assert cluster.status().running is False
    assert ask(cluster.start().as_owner(), "SELECT answer FROM kept") == 42


def test_what_was_committed_survives_the_killing_of_every_process(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    ask(cluster.start().as_owner(), "CREATE TABLE committed AS SELECT generate_series(1, 1000)")
    _kill_everything(cluster)
    assert ask(cluster.start().as_owner(), "SELECT count(*) FROM committed") == 1000


def test_orphans_of_a_killed_postmaster_do_not_keep_the_next_from_starting(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    owner = cluster.start().as_owner()
    pid = cluster.status().pid
    assert pid is not None

    def sleep() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(owner, "SELECT pg_sleep(300)")

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    while ask(owner, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != 1:
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    _wait_for_the_end_of(cluster)
    assert ask(cluster.start().as_owner(), "SELECT 1") == 1
    sleeper.join()


def test_a_lock_file_whose_process_id_was_given_to_another_program_is_stale(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    cluster.start()
    lines = (cluster.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    _kill_everything(cluster)
    same_user = {} if cluster.account.is_self else {"user": cluster.account.uid, "group": cluster.account.gid}
    with subprocess.Popen(["sleep", "300"], cwd="/", **same_user) as other:
        try:
            (cluster.data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
            assert running_postmaster(cluster.data) is None
            assert ask(cluster.start().as_owner(), "SELECT 1") == 1
            assert other.poll() is None
        finally:
            other.kill()


def test_a_start_that_was_killed_before_the_roles_were_made_is_finished(
    cluster: Cluster, ask: Callable[..., object]
) -> None:
    state = cluster.start()
    ask(state.as_admin(), "DROP DATABASE geogrid")
    save_state(cluster.root, state.but(prepared=False))
    assert ask(cluster.start().as_owner(), "SELECT postgis_version()")


def test_lost_passwords_are_replaced(cluster: Cluster, ask: Callable[..., object]) -> None:
    before = cluster.start()
    (cluster.root / "var" / "db.json").unlink()
    after = cluster.start()
    assert after.owner_password != before.owner_password
    assert ask(after.as_owner(), "SELECT 1") == 1


def _deleted(cluster: Cluster) -> None:
    shutil.rmtree(cluster.data)


def _emptied(cluster: Cluster) -> None:
    _deleted(cluster)
    cluster.data.mkdir()


@pytest.mark.parametrize("lose_data", [_deleted, _emptied])
@pytest.mark.parametrize("running", [False, True])
def test_lost_data_are_made_anew_with_the_passwords_that_are_left(
    new_root: Callable[[], Path],
    ask: Callable[..., object],
    lose_data: Callable[[Cluster], None],
    running: bool,
) -> None:
    cluster = Cluster(new_root())
    before = cluster.start()
    ask(before.as_owner(), "CREATE TABLE lost ()")
    if not running:
        cluster.stop()
    lose_data(cluster)
    after = Cluster(cluster.root).start()
    # The port as well: a server whose data are gone does not live on.
    assert after == before
    assert ask(after.as_owner(), "SELECT to_regclass('lost')") is None
    assert ask(after.as_owner(), "SELECT postgis_version()")
    assert Cluster(cluster.root).start() == after


def test_a_half_deleted_data_directory_is_told_and_left_alone(new_root: Callable[[], Path]) -> None:
    cluster = Cluster(new_root())
    cluster.data.mkdir()
    (cluster.data / "base").mkdir()
    with pytest.raises(SetupError, match="is no whole database, for its PG_VERSION is missing"):
        cluster.start()
    assert (cluster.data / "base").is_dir()


def test_a_taken_port_is_passed_over_at_the_next_start(cluster: Cluster, ask: Callable[..., object]) -> None:
    port = cluster.start().port
    cluster.stop()
    with _taken(port):
        moved = cluster.start()
        assert moved.port > port >= FIRST_PORT
        assert ask(moved.as_owner(), "SELECT 1") == 1
    assert load_state(cluster.root) == moved


def test_a_half_made_data_directory_is_never_used(
    new_root: Callable[[], Path], ask: Callable[..., object]
) -> None:
    root = new_root()
    half = root / "var" / "db.initdb"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n", encoding="ascii")
    assert ask(Cluster(root).start().as_owner(), "SELECT 1") == 1
    assert not half.exists()


def test_two_checkouts_do_not_disturb_each_other(
    cluster: Cluster, new_root: Callable[[], Path], ask: Callable[..., object]
) -> None:
    here = cluster.start()
    neighbour = Cluster(new_root())
    there = neighbour.start()
    assert there.port != here.port
    assert neighbour.data != cluster.data
    with pytest.raises(psycopg.OperationalError, match="password"):
        ask(here.as_owner().__class__(**{**vars(there.as_owner()), "port": here.port}), "SELECT 1")
    assert neighbour.stop() is True
    assert ask(here.as_owner(), "SELECT 1") == 1


def test_two_first_starts_at_once_make_one_cluster(
    new_root: Callable[[], Path], ask: Callable[..., object]
) -> None:
    root = new_root()
    ports: list[int] = []
    threads = [threading.Thread(target=lambda: ports.append(Cluster(root).start().port)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ports) == 3
    assert len(set(ports)) == 1
    assert ask(Cluster(root).start().as_owner(), "SELECT postgis_version()")


def test_a_copied_checkout_keeps_away_from_the_data_of_the_original(
    cluster: Cluster, new_root: Callable[[], Path]
) -> None:
    copy = new_root()
    (copy / "var").mkdir()
    shutil.copy2(cluster.root / "var" / "db.location", copy / "var" / "db.location")
    assert data_directory(copy, cluster.account) == copy / "var" / "db"


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root's checkout can lie where the database's user cannot go"
)
def test_a_checkout_that_only_root_can_read_has_its_data_elsewhere(
    new_root: Callable[[], Path], ask: Callable[..., object]
) -> None:
    root = new_root()
    root.chmod(0o700)
    cluster = Cluster(root)
    assert not cluster.data.is_relative_to(root)
    assert (root / "var" / "db.location").read_text(encoding="utf-8").splitlines()[0] == str(cluster.data)
    assert ask(cluster.start().as_owner(), "SELECT 1") == 1
    assert Cluster(root).data == cluster.data


def test_a_user_who_is_not_root_keeps_the_data_in_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    myself = Account("me", os.geteuid(), os.getegid())
    assert data_directory(tmp_path, myself) == tmp_path / "var" / "db"
