"""Which server processes are ours, told by their working directory: a process id may have been re-used."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Postmaster:
    """The server process that `postmaster.pid` names and that really serves this data."""

    pid: int
    port: int
    ready: bool


def running_postmaster(data: Path) -> Postmaster | None:
    """Find the live server of `data`; None when there is none, whatever a stale file says."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not _works_in(pid, data):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0
    return Postmaster(pid, port, ready=len(lines) > 7 and lines[7].strip() == "ready")


def kill_orphans(data: Path) -> None:
    """End server processes that outlived their postmaster or their data; they would disturb a new one."""
    deadline = time.monotonic() + 30
    while orphans := [pid for pid in _all_pids() if _works_in(pid, data) or _works_in(pid, _deleted(data))]:
        for pid in orphans:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on this port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As a server would: a port is not taken by connections that linger after their server has gone.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _deleted(data: Path) -> Path:
    """Say how Linux shows the working directory of a process once that was deleted."""
    resolved = data.resolve()
    return resolved.with_name(f"{resolved.name} (deleted)")


def _works_in(pid: int, data: Path) -> bool:
    """Tell whether process `pid` is a PostgreSQL server process whose working directory is `data`."""
    try:
        if Path(f"/proc/{pid}/cwd").readlink() != data.resolve():
            return False
        return Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
    except OSError:  # gone, a zombie, or somebody else's: in no case ours
        return False
