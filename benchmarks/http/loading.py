"""Load from h2load: as much as the server takes, and at a fixed rate with random arrivals.

At a fixed rate each connection is a process of its own with a list of moments and addresses, drawn from a
Poisson process: together they are one. Latency counts from when a request was due, not from when the
connection was free for it, so that a server that stalls cannot hide it (no coordinated omission).
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

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


def steady_load(
    base: str, paths: list[str], *, rate: float, connections: int, seconds: int, folder: Path
) -> Load:
    """Ask at a rate, whatever the server does."""
    rng = np.random.default_rng(2)
    commands, logs, due = [], [], []
    for number in range(connections):
        count = int(rng.poisson(rate / connections * seconds)) or 1
        moments = np.sort(rng.uniform(0, seconds * 1000, count))
        script, log = folder / f"script_{number}", folder / f"steady_{number}.tsv"
        chosen = rng.integers(0, len(paths), count)
        lines = (f"{moment:.3f}\t{base}{paths[one]}\n" for moment, one in zip(moments, chosen, strict=True))
        script.write_text("".join(lines), "ascii")
        log.unlink(missing_ok=True)
        more = ["-c", "1", "-n", str(count), f"--timing-script-file={script}", f"--log-file={log}"]
        commands.append([*H2LOAD, *more])
        logs.append(log)
        due.append(moments * 1000)
    _run_all(commands)
    latencies, errors, answered, ends = [], 0, 0, [seconds * 1e6]
    for log, planned in zip(logs, due, strict=True):
        rows = _read(log)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        moments = planned[: len(rows)]
        if not len(rows):
            continue
        # The clock of a connection began at the latest where no request was sent before it was due.
        began = (rows[:, 0] - moments).min()
        latencies.append((rows[:, 0] + rows[:, 2] - began - moments) / 1000)
        errors += int((rows[:, 1] != 200).sum())
        answered += len(rows)
        ends.append(float((rows[:, 0] + rows[:, 2]).max() - began))
    missing = sum(len(moments) for moments in due) - answered
    return Load(answered / max(ends) * 1e6, np.sort(np.concatenate(latencies)), errors + missing)


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
