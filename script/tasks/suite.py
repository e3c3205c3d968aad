"""`script/test [--long] [pytest arguments]`: set-up, the gate, every test; the summary comes last."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from check import run_gate
from dask_packages import ensure_dask
from database import ensure_test_database
from environment import ensure_environment, python, task_environment
from say import say
from system_packages import FOR_TESTS


def main(root: Path, arguments: list[str]) -> int:
    """Run all parts, whatever the earlier ones found; 1 when any of them failed."""
    started = time.monotonic()
    ensure_environment(root, more=FOR_TESTS)
    ensure_dask(root)
    os.environ["DATABASE_URL"] = ensure_test_database(root).url()
    results = {
        "check": run_gate(root, []),
        "node": _node_tests(root),
        "pytest": _pytest(root, arguments),
    }
    failed = [name for name, exit_code in results.items() if exit_code != 0]
    parts = ", ".join(f"{name} {'FAILED' if name in failed else 'ok'}" for name in results)
    say(f"script/test: {parts} in {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def _node_tests(root: Path) -> int:
    files = sorted(str(path.relative_to(root)) for path in (root / "tests" / "js").rglob("*.test.js"))
    if not files:
        return 0
    say(f"node --test: {len(files)} files")
    command = ["node", "--test", *files]
    done = subprocess.run(
        command, cwd=root, env=task_environment(root), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        say(done.stdout + done.stderr)
    return done.returncode


def _spread(arguments: list[str]) -> list[str]:
    """Use both cores, a file on one of them in the order of tests/conftest.py, unless told otherwise."""
    decided = any(argument.startswith(("-n", "--numprocesses", "--dist", "--pdb")) for argument in arguments)
    return [] if decided else ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


def _pytest(root: Path, arguments: list[str]) -> int:
    command = [python(root), "-m", "pytest", *_spread(arguments), *arguments]
    sys.stdout.flush()
    environment = task_environment(root)
    environment["DJANGO_SETTINGS_MODULE"] = "geogrid.settings.test"
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode
