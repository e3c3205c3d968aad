"""The peers' own Python environments, made from their own locks: nothing of them comes into the project's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path


def ensure_python(root: Path, name: str) -> Path:
    """Give the Python of `var/NAME`, installed when and only when `requirements/NAME.lock` has changed."""
    lock, folder = root / "requirements" / f"{name}.lock", root / "var" / name
    python, stamp = folder / "bin" / "python", folder / "geogrid.stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return python
    print(f"installing {lock.name} into var/{name} ...", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    install = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    _run([*install, "-qq", "--no-input", "--disable-pip-version-check", "-r", str(lock)])
    stamp.write_text(wanted, encoding="ascii")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        raise RuntimeError(f"not installed: {lines[-1]}")
