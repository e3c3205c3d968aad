"""`script/dask`: install dask for `assign --engine dask` into `var/dask`, where only that command looks."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from environment import ensure_environment, python
from say import run

DASK_LOCK = "requirements/dask.lock"


def main(root: Path, arguments: list[str]) -> int:
    """Install what is locked."""
    ensure_environment(root)
    ensure_dask(root)
    return 0


def ensure_dask(root: Path) -> None:
    """Install what is locked, unless it is there."""
    target = root / "var" / "dask"
    stamp = target / "geogrid.stamp"
    wanted = hashlib.sha256((root / DASK_LOCK).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    shutil.rmtree(target, ignore_errors=True)
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
    install += ["-qq", "--no-input", "--disable-pip-version-check"]
    run([*install, "--target", str(target), "-r", DASK_LOCK], root=root, doing="installing dask")
    stamp.write_text(wanted, encoding="ascii")
