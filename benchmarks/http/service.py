"""A server of the checkout's own, as `script/server` runs it, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_S = 300
# Counted as in production, only never too many.
RATES = "locate=60000000/min"


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """Serve, and give the port and the session of the processes; the server is stopped at the end."""
    port = free_port()
    environment = {**os.environ, "GEOGRID_PORT": str(port), "GEOGRID_RATES": RATES}
    with server_of([str(ROOT / "script" / "server")], environment, port, "/healthz") as session:
        yield port, session


@contextmanager
def server_of(
    command: list[str], environment: dict[str, str], port: int, path: str, *, cwd: Path = ROOT
) -> Iterator[int]:
    """Start a server in a session of its own, wait until it answers, and stop it at the end."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        server = subprocess.Popen(
            command, env=environment, cwd=cwd, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + LONGEST_S
            while not _answers(port, path):
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(f"the server does not answer: {log.read()[-2000:]}")
                time.sleep(0.2)
            yield server.pid
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def _answers(port: int, path: str) -> bool:
    asked = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", path)
        return asked.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()
