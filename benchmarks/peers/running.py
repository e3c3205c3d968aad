"""An engine's process, told what to do line by line; what goes wrong is a `Failed` with its reason."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from engines import Engine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failed(Exception):
    """An engine that cannot go on."""


class Running:
    """The process of an engine, its data loaded."""

    def __init__(self, engine: Engine, python: Path, folder: Path, count: int, patience: float) -> None:
        """Start it and wait until its data are there."""
        self.patience = patience
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 -- as long as it runs
        threads = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2")
        cache = os.environ.get("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))
        self.process = subprocess.Popen(
            [str(python), str(HERE / "worker.py"), engine.module, str(folder), str(count), engine.way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, **threads, "NUMBA_CACHE_DIR": cache, "PYTHONUTF8": "1"},
        )
        self.versions = self._reply()["versions"]

    def round(self) -> tuple[float, float]:
        """Measure once: seconds cold and warm."""
        reply = self._ask("round")
        return reply["build"] + reply["query"], reply["query"]

    def answer(self, file: Path) -> None:
        """Have the answer of the last round written."""
        self._ask(f"answer {file}")

    def _ask(self, command: str) -> Any:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{command}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed(self._last_words()) from None
        return self._reply()

    def _reply(self) -> Any:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            self.end()
            raise Failed(f"no answer within {self.patience:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(self._last_words())
        reply = json.loads(line)
        if "failed" in reply:
            raise Failed(reply["failed"])
        return reply

    def _last_words(self) -> str:
        code = self.process.wait()
        self.log.seek(0)
        lines = self.log.read().strip().splitlines()
        return f"ended with {code}" + (f": {lines[-1]}" if lines else "")

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.log.close()
