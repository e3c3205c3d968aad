"""Load: as much as the server takes, by h2load, and at a fixed rate with random arrivals, by `opening.py`.

h2load's own scripts of moments drift: each pause begins when the one before has ended, however late. Here
latency counts from when a request was due, not from when a connection was free for it, so that a server that
stalls cannot hide it (no coordinated omission).
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from opening import open_load

H2LOAD = ("h2load", "--h1", "-m", "1", "-t", "1")
SENDERS = 4


@dataclass(frozen=True)
class Load:
    """What was measured: latencies in ms, sorted."""

    rate: float
    latencies: np.ndarray
    errors: int

    def percentile(self, share: float) -> float:
        """Give a percentile in ms."""
        return float(np.percentile(self.latencies, share))


def full_load(base: str, paths: list[str], *, clients: int, seconds: int, folder: Path) -> Load:
    """Keep so many connections busy all the time; each of four processes asks in an order of its own."""
    rng = np.random.default_rng(1)
    commands, logs = [], []
    for number in range(SENDERS):
        urls, log = folder / f"urls_{number}", folder / f"full_{number}.tsv"
        urls.write_text("".join(f"{base}{paths[one]}\n" for one in rng.permutation(len(paths))), "ascii")
        log.unlink(missing_ok=True)
        each = max(clients // SENDERS, 1)
        commands.append([*H2LOAD, "-c", str(each), "-D", str(seconds), "-i", str(urls), f"--log-file={log}"])
        logs.append(log)
    _run_all(commands)
    rows = np.concatenate([_read(log) for log in logs])
    spent = (rows[:, 0] + rows[:, 2]).max() - rows[:, 0].min()
    return Load(len(rows) / spent * 1e6, np.sort(rows[:, 2]) / 1000, int((rows[:, 1] != 200).sum()))


def steady_load(port: int, paths: list[str], *, rate: float, seconds: int) -> Load:
    """Ask at a rate, at random moments, whatever the server does; see `open_load`."""
    rng = np.random.default_rng(2)
    due = np.sort(rng.uniform(0, seconds, int(rng.poisson(rate * seconds)) or 1))
    asked = [paths[one] for one in rng.integers(0, len(paths), len(due))]
    latencies, errors, spent = open_load(port, asked, due.tolist())
    return Load(len(due) / spent, np.sort(latencies) * 1000, errors)


def _run_all(commands: list[list[str]]) -> None:
    running = [
        subprocess.Popen(one, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for one in commands
    ]
    for process in running:
        if process.wait() != 0:
            raise SystemExit(f"h2load ended with {process.returncode}")


def _read(log: Path) -> np.ndarray:
    """Read the moment sent (µs since 1970), the status and the µs of each answer."""
    if not log.exists() or not log.stat().st_size:
        return np.empty((0, 3), dtype=np.int64)
    return np.loadtxt(log, dtype=np.int64, delimiter="\t", usecols=(0, 1, 2), ndmin=2)
