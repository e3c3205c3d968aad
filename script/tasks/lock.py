"""`script/lock [--upgrade] [--peers]`: renew the lock files; no address of any registry may get into them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dask_packages import DASK_LOCK
from environment import NPM_LOCK, PYTHON_LOCK, ensure_environment, python, task_environment
from say import run

COMPILE = (
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-emit-options",
    "--no-header",
    "--strip-extras",
    "--allow-unsafe",
    "--annotation-style=line",
    "--quiet",
)


# What benchmarks measure the project beside (ADR 18), and what is left out of a lock.
PEERS = {"peers": (), "mapit": ("--unsafe-package", "psycopg2"), "represent": ()}


def main(root: Path, arguments: list[str]) -> int:
    """Resolve requirements/dev.in and package.json anew; `--upgrade` takes newer versions.

    `--peers` resolves those of the benchmarks' peers, and nothing else.
    """
    ensure_environment(root)
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    environment = task_environment(root)
    if "--peers" in arguments:
        for name, left_out in PEERS.items():
            _lock_peer(root, environment, name, [*upgrade, *left_out])
        return 0
    compile_command = [python(root), "-m", "piptools", "compile", *COMPILE, *upgrade]
    compile_command += ["--output-file", PYTHON_LOCK, "requirements/dev.in"]
    run(compile_command, root=root, env=environment, doing="locking the Python packages")
    compile_command[-3:] = ["--output-file", DASK_LOCK, "requirements/dask.in"]
    run(compile_command, root=root, env=environment, doing="locking dask")
    npm = ["npm", "update" if upgrade else "install", "--package-lock-only", "--ignore-scripts"]
    run(npm, root=root, env=environment, doing="locking npm's packages")
    if '"resolved"' in (root / NPM_LOCK).read_text(encoding="utf-8"):
        raise AssertionError(
            f"{NPM_LOCK} names a registry: .npmrc must say omit-lockfile-registry-resolved=true"
        )
    ensure_environment(root)
    return 0


def _lock_peer(root: Path, environment: Mapping[str, str], name: str, more: list[str]) -> None:
    words = [one for one in COMPILE if one != "--allow-unsafe" or "--unsafe-package" not in more]
    command = [python(root), "-m", "piptools", "compile", *words, *more]
    command += ["--output-file", f"requirements/{name}.lock", f"requirements/{name}.in"]
    run(command, root=root, env=environment, doing=f"locking the packages of {name}")
