"""The scripts, as a person runs them in a fresh checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from geogrid.cluster.server import Cluster

pytestmark = pytest.mark.infra

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def manage(checkout: Path, clean_environment: dict[str, str]) -> Run:
    """`script/manage` in the throw-away checkout."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(checkout / "script" / "manage"), *arguments],
            cwd="/",
            env={**clean_environment, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_asking_for_the_state_or_stopping_does_not_start_the_database(manage: Run, checkout: Path) -> None:
    status = manage("db", "status")
    assert status.returncode == 1
    assert status.stdout.startswith("stopped")
    stop = manage("db", "stop")
    assert stop.returncode == 0
    assert not (checkout / "var" / "db" / "postmaster.pid").exists()


def test_two_commands_at_once_in_a_fresh_checkout_both_work(
    checkout: Path, clean_environment: dict[str, str]
) -> None:
    command = [str(checkout / "script" / "manage"), "shell", "--no-imports", "-c"]
    command += ["from accounts.models import User; print(User.objects.count())"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, env=clean_environment, **pipes) for _ in range(2)]
    for process in both:
        output, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints
        assert output == "0\n"


def test_progress_goes_to_stderr_and_one_json_document_to_stdout(manage: Run) -> None:
    manage("db", "stop")
    started = manage("db", "start", "--json")
    assert json.loads(started.stdout)["running"] is True
    assert "starting the private database" in started.stderr
    again = manage("db", "start", "--json")
    assert again.stderr == ""


def test_the_next_command_works_after_the_database_was_killed(manage: Run, checkout: Path) -> None:
    manage("db", "start")
    pid = Cluster(checkout).status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    shown = manage("showmigrations", "--plan")
    assert shown.returncode == 0, shown.stderr
    assert "[ ]" not in shown.stdout


def test_the_next_command_works_after_the_data_were_deleted(manage: Run, checkout: Path) -> None:
    manage("db", "start")
    shutil.rmtree(Cluster(checkout).data)
    token = manage("token", "bea")
    assert token.returncode == 0, token.stderr
    # An empty database, with all tables.
    assert "bringing the database up to date" in token.stderr
    assert "made the user bea" in token.stderr


def test_a_token_is_printed_alone_and_replaced_by_the_next(manage: Run) -> None:
    first, second = manage("token", "ada"), manage("token", "ada")
    assert re.fullmatch(r"[0-9a-f]{40}\n", first.stdout)
    assert re.fullmatch(r"[0-9a-f]{40}\n", second.stdout)
    assert first.stdout != second.stdout
    assert "made the user ada" in first.stderr
    assert second.stderr == ""


def test_a_name_that_no_user_can_have_is_one_sentence_and_exit_code_2(manage: Run) -> None:
    manage("token", "ada")
    refused = manage("token", "a b")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1


def test_relative_files_are_the_callers(manage: Run, checkout: Path) -> None:
    where = manage("shell", "--no-imports", "-c", "import os; print(os.getcwd())")
    assert where.stdout == "/\n"


def test_database_url_leaves_the_private_database_alone(
    manage: Run, new_root: Callable[[], Path], checkout: Path
) -> None:
    other = Cluster(new_root()).start().as_owner()
    manage("db", "stop")
    shown = manage("showmigrations", "--plan", DATABASE_URL=other.url())
    assert shown.returncode == 0, shown.stderr
    assert Cluster(checkout).status().running is False
    token = manage("token", "ada", DATABASE_URL=other.url())
    assert token.returncode == 0, token.stderr
    assert Cluster(checkout).status().running is False
    for action in ("start", "stop", "status"):
        refused = manage("db", action, DATABASE_URL=other.url())
        assert refused.returncode == 2
        assert "DATABASE_URL" in refused.stderr
    nonsense = manage("token", "ada", DATABASE_URL="nonsense")
    assert nonsense.returncode == 2
    assert len(nonsense.stderr.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_sentence(manage: Run) -> None:
    url = f"postgresql://me:secret@127.0.0.1:{_free_port()}/land"
    refused = manage("showmigrations", DATABASE_URL=url)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "secret" not in refused.stderr


def test_the_server_serves_refuses_a_taken_port_and_stops_cleanly(
    checkout: Path, clean_environment: dict[str, str]
) -> None:
    port = _free_port()
    environment = {**clean_environment, "GEOGRID_PORT": str(port)}
    server = [str(checkout / "script" / "server")]
    with subprocess.Popen(server, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert _health(port, process) == {"status": "ok", "database": "up"}
            second = subprocess.run(server, env=environment, capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert second.stderr.startswith(f"port {port} of 127.0.0.1 is taken")
            assert len(second.stderr.splitlines()) == 1
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert f"http://127.0.0.1:{port}/" in process.stderr.read()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")


def _health(port: int, process: subprocess.Popen[str]) -> object:
    for _ in range(600):
        assert process.poll() is None, process.stderr
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as response:
                assert "default-src 'self'" in response.headers["Content-Security-Policy"]
                return json.load(response)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user, which only root can become")
def test_missing_packages_are_named_with_the_command_that_installs_them(
    repository: Path, new_root: Callable[[], Path]
) -> None:
    root = new_root()
    shutil.copytree(repository / "script", root / "script")
    shutil.copytree(repository / "geogrid" / "cluster", root / "geogrid" / "cluster")
    (root / "geogrid" / "__init__.py").touch()
    for path in (root, root / "script", root / "geogrid", *root.rglob("*")):
        os.chown(path, 65534, 65534)
    done = subprocess.run(
        ["/usr/bin/python3", str(root / "script" / "tasks"), "manage", "check"],
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].split("install -y --no-install-recommends ")[1].split() == [
        "gdal-bin",
        "gettext",
        "nodejs",
        "npm",
    ]


def test_the_gate_has_every_step_that_the_house_style_names(repository: Path) -> None:
    asked = subprocess.run(
        [str(repository / "script" / "check"), "nothing-such"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    for step in (
        *("ruff-format", "ruff-lint", "mypy", "imports", "djlint", "biome", "tsc"),
        *("licences", "migrations", "deploy"),
    ):
        assert step in asked.stderr


def test_the_build_machine_runs_the_whole_suite(repository: Path) -> None:
    assert "exec script/test" in (repository / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["check", "licences", "lock", "manage", "server", "test"])
def test_every_script_can_be_run_and_says_what_it_is_for(repository: Path, script: str) -> None:
    path = repository / "script" / script
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("# ")
