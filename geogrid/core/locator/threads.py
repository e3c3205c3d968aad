"""Compiled work on several cores at once.

Threads of Python's own, since compiled code lets go of the lock: numba's would end the process when two
requests of a server ask at the same time, or after a fork.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Piece = TypeVar("_Piece")
_Made = TypeVar("_Made")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(work: Callable[[_Piece], _Made], pieces: Sequence[_Piece]) -> list[_Made]:
    """Work on pieces, on as many at once as there are cores; give what it made of each, in order."""
    most = min(len(pieces), cores())
    if most <= 1:
        return [work(piece) for piece in pieces]
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(work, pieces))


def ranges(count: int, least: int, per_core: int = 4) -> list[slice]:
    """Cut a number of things into equal ranges, a few for each core; none smaller than `least` but the last.

    Several to a core: other processes take their share, and one range may be harder than another.
    """
    size = max(least, -(-count // (cores() * per_core)), 1)
    return [slice(begin, min(begin + size, count)) for begin in range(0, count, size)]
