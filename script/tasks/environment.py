"""The Python environment (`.venv`) and npm's packages, renewed when and only when their locks change."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from geogrid.cluster.locks import locked

from say import run
from system_packages import Need, ensure_packages
from translations import ensure_translations

PYTHON_LOCK = "requirements/dev.lock"
NPM_LOCK = "package-lock.json"


def ensure_environment(root: Path, *, more: Sequence[Need] = ()) -> None:
    """Do whatever of the set-up is not done yet; concurrent callers wait for one another."""
    with locked(root / "var" / "setup.lock", "the set-up"):
        ensure_packages(root, more=more)
        _when_changed(root, PYTHON_LOCK, root / ".venv" / "geogrid.stamp", _install_python)
        _when_changed(root, NPM_LOCK, root / "node_modules" / ".geogrid.stamp", _install_npm)
        ensure_translations(root)


def python(root: Path) -> str:
    """Give the project's own Python."""
    return str(root / ".venv" / "bin" / "python")


def task_environment(root: Path) -> dict[str, str]:
    """Give the environment of every program that the scripts start."""
    own = {
        "PATH": f"{root}/.venv/bin:{root}/node_modules/.bin:{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(root / ".venv"),
        "PYTHONUTF8": "1",
    }
    environment = {**os.environ, **own}
    environment.setdefault("NUMBA_CACHE_DIR", str(root / "var" / "numba"))
    environment.pop("PYTHONHOME", None)
    return environment


def _when_changed(root: Path, lock: str, stamp: Path, install: Callable[[Path], None]) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = f"{hashlib.sha256((root / lock).read_bytes()).hexdigest()} {version}\n"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    stamp.unlink(missing_ok=True)  # an installation that is killed half-way must not look finished
    install(root)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")


def _install_python(root: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if not (root / ".venv" / "bin" / version).exists() or not (root / ".venv" / "bin" / "pip").exists():
        command = [sys.executable, "-m", "venv", "--clear", str(root / ".venv")]
        run(command, root=root, doing="making the Python environment")
    install = [python(root), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    quiet = ["-qq", "--no-input", "--disable-pip-version-check"]
    run([*install, *quiet, "-r", PYTHON_LOCK], root=root, doing="installing the Python packages")


def _install_npm(root: Path) -> None:
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    run(command, root=root, doing="installing npm's packages")
