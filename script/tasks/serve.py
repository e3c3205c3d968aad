"""`script/server`: everything made ready, then the product served until Ctrl-C or SIGTERM."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from geogrid.cluster.errors import SetupError
from geogrid.cluster.processes import port_is_free

from database import ensure_database, ensure_migrated
from environment import ensure_environment, python, task_environment
from say import run, say


def main(root: Path, arguments: list[str]) -> int:
    """Prepare and serve."""
    if arguments:
        raise SetupError(
            "script/server takes no arguments; GEOGRID_HOST and GEOGRID_PORT say where it serves"
        )
    host, port = os.environ.get("GEOGRID_HOST", "127.0.0.1"), _port()
    _refuse_taken_port(host, port)
    ensure_environment(root)
    ensure_migrated(root, ensure_database(root))
    environment = task_environment(root)
    environment.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")
    _collect_static(root, environment)
    run([python(root), "manage.py", "first_start"], root=root, env=environment, doing="looking at the data")
    _refuse_taken_port(host, port)
    shown = f"[{host}]" if ":" in host else host
    say(f"\nGeoGrid serves on http://{shown}:{port}/ (stop with Ctrl-C)\n")
    os.chdir(root)
    # What a publication leaves to be assigned is done beside the server, and ends with it.
    subprocess.Popen([python(root), "manage.py", "assign", "--pending", "--watch"], env=environment)
    os.execve(python(root), [python(root), *_granian(host, port)], environment)  # noqa: S606
    return 0


def _port() -> int:
    text = os.environ.get("GEOGRID_PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SetupError(f"GEOGRID_PORT is {text!r}, but a port is a number from 1 to 65535")
    return int(text)


def _refuse_taken_port(host: str, port: int) -> None:
    """Ask before granian starts: it shares a port silently, and the other server would answer."""
    if not port_is_free(port, host):
        raise SetupError(
            f"port {port} of {host} is taken or not allowed: stop what serves there, or set GEOGRID_PORT"
        )


def _granian(host: str, port: int) -> list[str]:
    return [
        *("-m", "granian", "--factory", "geogrid.wsgi:warmed"),
        *("--interface", "wsgi"),
        *("--host", host, "--port", str(port)),
        *("--workers", os.environ.get("GEOGRID_WORKERS", "2")),
        *("--blocking-threads", os.environ.get("GEOGRID_THREADS", "2")),
        *("--workers-kill-timeout", "10"),
        *("--log-level", "warning", "--no-ws", "--respawn-failed-workers"),
    ]


def _collect_static(root: Path, environment: dict[str, str]) -> None:
    """Collect the static files when one of them, or what says how they are collected, has changed."""
    stamp = root / "var" / "static.stamp"
    sources = [path for folder in _static_folders(root) for path in folder.rglob("*") if path.is_file()]
    sources += [
        *root.glob("geogrid/settings/*.py"),
        *root.glob("geogrid/web/*.py"),
        root / "requirements/dev.lock",
        root / "package-lock.json",
        root / "node_modules/.geogrid.stamp",
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(sources):
        facts = path.stat()
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest.hexdigest():
        return
    command = [python(root), "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
    run(command, root=root, env=environment, doing="collecting the static files")
    stamp.write_text(digest.hexdigest(), encoding="ascii")


def _static_folders(root: Path) -> list[Path]:
    return [root / "static", *root.glob("*/static")]
