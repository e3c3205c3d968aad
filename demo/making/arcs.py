"""From labelled pixels to smooth border lines that meet in the same nodes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from demo.making.plane import FloatArray, IntArray
from demo.making.terrain import gradient_noise

Corner = tuple[int, int]

#: Wavelength and reach of the bends, in pixels. Their slopes add up to less than 1: lines do not cross.
_WAVES = ((11.0, 0.9), (4.5, 0.3))


@dataclass(frozen=True)
class Bends:
    """A shift of every place, smooth and the same for all lines, that bends them as brooks are bent.

    Attributes
    ----------
    down, along : (rows, columns) float64
        In pixels, at the corners of pixels.
    """

    down: FloatArray
    along: FloatArray

    @classmethod
    def over(cls, shape: tuple[int, int], rng: np.random.Generator) -> Bends:
        """Make bends for a raster."""
        down, along = (
            sum((reach * gradient_noise(shape, wave, rng) for wave, reach in _WAVES), np.zeros(shape))
            for _ in range(2)
        )
        return cls(down, along)

    def bent(self, line: FloatArray) -> FloatArray:
        """Shift the (n, 2) corners of a line; between corners the shift is in between."""
        return line + np.stack([self._at(self.down, line), self._at(self.along, line)], axis=1)

    @staticmethod
    def _at(field: FloatArray, line: FloatArray) -> FloatArray:
        row, column = np.floor(line).astype(int).T
        row, column = np.clip(row, 0, field.shape[0] - 2), np.clip(column, 0, field.shape[1] - 2)
        s, t = (line - np.stack([row, column], axis=1)).T
        near = field[row, column] * (1 - t) + field[row, column + 1] * t
        far = field[row + 1, column] * (1 - t) + field[row + 1, column + 1] * t
        shift: FloatArray = near * (1 - s) + far * s
        return shift


def arcs_of(label: IntArray) -> list[FloatArray]:
    """Give the lines between different labels as corners of pixels.

    Parameters
    ----------
    label : (rows, columns) int64
        Negative where there is nothing; borders with nothing are left out.

    Returns
    -------
    list of (n, 2) float64
        Rows and columns of corners.
    """
    beside = (label[:, 1:] != label[:, :-1]) & (label[:, 1:] >= 0) & (label[:, :-1] >= 0)
    above = (label[1:] != label[:-1]) & (label[1:] >= 0) & (label[:-1] >= 0)
    steps = [((row, column + 1), (row + 1, column + 1)) for row, column in np.argwhere(beside).tolist()]
    steps += [((row + 1, column), (row + 1, column + 1)) for row, column in np.argwhere(above).tolist()]
    return [np.array(line, dtype=np.float64) for line in lines_of(steps)]


def lines_of(steps: Iterable[tuple[Corner, Corner]], *, stops: Collection[Corner] = ()) -> list[list[Corner]]:
    """Join steps to lines from one node to the next; closed where there is no node on the way.

    Nodes are where not two steps meet, and the `stops`.
    """
    near: dict[Corner, set[Corner]] = defaultdict(set)
    for one, other in steps:
        near[one].add(other)
        near[other].add(one)
    nodes = {corner for corner, others in near.items() if len(others) != 2} | (near.keys() & set(stops))
    lines = [
        _followed(near, nodes, node, other)
        for node in sorted(nodes)
        for other in sorted(near[node])
        if other in near[node]
    ]
    # What is left are lines without any node: holes.
    lines += [_followed(near, nodes, corner, min(near[corner])) for corner in sorted(near) if near[corner]]
    return lines


def _followed(
    near: dict[Corner, set[Corner]], nodes: set[Corner], first: Corner, second: Corner
) -> list[Corner]:
    """Take a line out of the steps, from a corner to the next node or back to it."""
    arc = [first]
    here, onward = first, second
    while True:
        near[here].discard(onward)
        near[onward].discard(here)
        arc.append(onward)
        if onward in nodes or onward == first:
            return arc
        here, (onward,) = onward, near[onward]


def smoothed(line: FloatArray, rounds: int) -> FloatArray:
    """Take the stairs out of a line; the ends of an open line stay where they are."""
    if len(line) < 4:
        return line
    closed = bool((line[0] == line[-1]).all())
    for _ in range(rounds):
        if closed:
            ring = line[:-1]
            ring = (np.roll(ring, 1, axis=0) + 2 * ring + np.roll(ring, -1, axis=0)) / 4
            line = np.concatenate([ring, ring[:1]])
        else:
            inner = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
            line = np.concatenate([line[:1], inner, line[-1:]])
    return line
