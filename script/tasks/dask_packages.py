"""`script/dask`: install dask for `assign --engine dask` into `var/dask`, where only that command looks."""

from __future__ import annotations

from pathlib import Path

from environment import ensure_environment, python
from say import run

DASK_LOCK = "requirements/dask.lock"


def main(root: Path, arguments: list[str]) -> int:
    """Install what is locked."""
    ensure_environment(root)
    install = [
        python(root),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-deps",
    ]
    install += ["-qq", "--no-input", "--disable-pip-version-check", "--upgrade"]
    run([*install, "--target", "var/dask", "-r", DASK_LOCK], root=root, doing="installing dask")
    return 0
