"""Chatter on stderr, and programs whose own chatter goes there too: stdout belongs to the answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from geogrid.cluster.errors import SetupError


def say(message: str) -> None:
    """Tell the person at the terminal."""
    print(message, file=sys.stderr, flush=True)


def run(command: list[str], *, root: Path, env: Mapping[str, str] | None = None, doing: str) -> None:
    """Run a step of the set-up; when it fails, say which and stop."""
    say(f"{doing} ...")
    done = subprocess.run(
        command, cwd=root, env=env, stdout=sys.stderr, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"{doing} failed (exit code {done.returncode}): {' '.join(command)}")
