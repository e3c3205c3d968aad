"""A process with Django loaded that forks for every command: `manage.py` without the second of its start.

The child is given the database, the folder and the arguments, its streams are files, and it calls what
`manage.py` calls. Nothing of one command is left for the next. `test_examiner.py` holds it to the real thing.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


class Door:
    """The examiner's side."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.scenarios.door"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, arguments: list[str], folder: Path, url: str, seconds: float) -> tuple[int, str, str]:
        """Run a command; give its exit code and what it wrote on stdout and stderr."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place, "stdout"), Path(place, "stderr")
            task = {
                "arguments": arguments,
                "folder": str(folder),
                "url": url,
                "out": str(out),
                "err": str(err),
            }
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
            if not select.select([self._process.stdout], [], [], seconds)[0]:
                self.close()
                raise TimeoutError(f"{' '.join(arguments)} does not end")
            code = int(self._process.stdout.readline())
            return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")

    def close(self) -> None:
        """End the process and whatever it has forked."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _serve() -> None:
    """Fork for every line on stdin; answer with the exit code."""
    import django

    django.setup()
    _load_commands()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_child(json.loads(line)))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def _load_commands() -> None:
    """Import what the commands import, once for all."""
    from django.core.management import get_commands, load_command_class

    for name, app in get_commands().items():
        if not str(app).startswith("django."):
            load_command_class(app, name)


def _child(task: dict[str, Any]) -> int:
    for name, flags, descriptor in (
        (os.devnull, os.O_RDONLY, 0),
        (task["out"], os.O_WRONLY | os.O_CREAT, 1),
        (task["err"], os.O_WRONLY | os.O_CREAT, 2),
    ):
        os.dup2(os.open(name, flags, 0o600), descriptor)
    os.chdir(task["folder"])
    try:
        return _manage(task)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 -- what the interpreter does with what nobody catches
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _manage(task: dict[str, Any]) -> int:
    from django.db import connections

    import manage
    from geogrid.settings.environment import database

    os.environ["DATABASE_URL"] = task["url"]
    connections.settings["default"].update(database(ROOT))
    sys.argv = ["manage.py", *task["arguments"]]
    return manage.main()


if __name__ == "__main__":
    _serve()
