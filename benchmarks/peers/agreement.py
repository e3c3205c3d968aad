"""Whether the answers agree: each point's cell by the tie rule (lowest code), and the points of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Answer:
    """The cell of each point, -1 where there is none, and how many points had several to choose from."""

    cell: np.ndarray
    ties: int


def read_answer(file: Path, count: int) -> Answer:
    """Apply the tie rule to pairs: cells are numbered in the order of their codes."""
    with np.load(file) as held:
        point, cell = held["point"], held["cell"]
    lowest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(lowest, point, cell)
    lowest[lowest == np.iinfo(np.int64).max] = -1
    return Answer(lowest, int((np.bincount(point, minlength=count) > 1).sum()))


def differences(ours: Answer, peer: Answer) -> tuple[str, int]:
    """Say in words how a peer's answer differs from ours, and count the points that do."""
    points = int((ours.cell != peer.cell).sum())
    cells = int((np.bincount(ours.cell + 1) != _counts(peer, ours)).sum())
    if not points and not cells:
        return f"all the same ({peer.ties:,} ties)" if peer.ties else "all the same", 0
    return f"{points:,} points and the counts of {cells:,} cells DIFFER", points


def _counts(peer: Answer, ours: Answer) -> np.ndarray:
    """Count the points of each cell, for as many cells as ours has."""
    length = int(ours.cell.max()) + 2
    return np.bincount(np.minimum(peer.cell + 1, length - 1), minlength=length)
