"""The land of an edition in force as its files keep it: points are placed without reading any land."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from boundaries.lookup.cell_facts import CellFacts
from boundaries.lookup.files import edition_open
from boundaries.models import Edition
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.locator import CellIndex, Located, Locator
from geogrid.core.nearest import Borders


class PointLand(Protocol):
    """What answers for points, and the cells that its answers number."""

    @property
    def locator(self) -> Locator:
        """What answers."""

    @property
    def packed_idents(self) -> NDArray[np.void]:
        """The identities of the cells, 16 bytes each, and zeros for cell -1."""

    @property
    def codes(self) -> list[str]:
        """The codes of the cells."""

    def prepare(self) -> None:
        """Arrange what places points, before several ask at once."""


@dataclass(frozen=True)
class KeptLand:
    """The files of an edition."""

    index: CellIndex
    facts: CellFacts

    @classmethod
    def of(cls, edition: Edition) -> KeptLand:
        """Map the files, or make them."""
        return cls(*edition_open(edition))

    def prepare(self) -> None:
        """Arrange what places points; the borders, for those in no cell, while others are placed already."""
        self.points(np.zeros((0, 2)))
        # No daemon: to end the interpreter within GEOS ends in an abort.
        threading.Thread(target=lambda: self._borders, name="borders").start()

    @property
    def locator(self) -> Locator:
        """What answers: for points all that a locator of the land does, and nothing else."""
        return cast("Locator", self)

    def points(self, lonlat: FloatArray) -> Located:
        """Locate (n, 2) points in degrees."""
        return self.index.points(lonlat)

    def nearest_to(self, shapes: Shapes) -> tuple[IntArray, FloatArray]:
        """Find the leaf whose border is nearest to each geometry that lies in none."""
        number, metres = self._borders.nearest(shapes)
        return np.append(self._leaves[self._by_code], -1)[number], metres

    @cached_property
    def packed_idents(self) -> NDArray[np.void]:
        """The identities of the cells, 16 bytes each, and zeros for cell -1."""
        idents = b"".join(self.facts.rows.column("ident").to_pylist())
        return np.frombuffer(idents + bytes(16), dtype="V16")

    @cached_property
    def codes(self) -> list[str]:
        """The codes of the cells."""
        codes: list[str] = self.facts.rows.column("code").to_pylist()
        return codes

    @cached_property
    def _leaves(self) -> IntArray:
        there = self.facts.rows.column("outline").is_valid().to_numpy(zero_copy_only=False)
        return np.flatnonzero(there)

    @cached_property
    def _by_code(self) -> IntArray:
        """The places among the leaves, codes in byte order: of several as near the first one counts."""
        codes = [self.codes[leaf].encode() for leaf in self._leaves.tolist()]
        return np.array(sorted(range(len(codes)), key=lambda place: (codes[place], place)), dtype=np.int64)

    @cached_property
    def _borders(self) -> Borders:
        """The borders, which are kept as they lie on the plane; ring by ring is fine enough for a search."""
        bounds, xy = _joined(self.facts.rows.column("outline"), self._leaves, 2)
        of_ring, ring = _joined(self.facts.rows.column("rings"), self._leaves, 1)
        start = ring.astype(np.int64) + np.repeat(bounds[:-1], np.diff(of_ring))
        # The last of each leaf is where its border ends: where the next one's begins.
        start = np.delete(start, of_ring[1:] - 1)
        leaf = np.repeat(np.argsort(self._by_code), np.diff(of_ring) - 1)
        number = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(xy))))
        lines: Shapes = shapely.linestrings(xy, indices=number)
        return Borders(np.full(len(self._leaves), None, dtype=object), lines, leaf, shapely.STRtree(lines))


def _joined(column: pa.LargeBinaryArray, rows: IntArray, width: int) -> tuple[IntArray, NDArray[Any]]:
    """Give where each row's array begins among all, and all: (k, 2) float64, or (k,) int64."""
    _, offsets, values = column.buffers()
    place = np.frombuffer(offsets, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    whole = np.frombuffer(values, dtype=np.uint8)[place[0] : place[-1]]
    bounds = (np.append(place[rows], place[-1]) - place[0]) // (8 * width)
    if width == 1:
        return bounds, whole.view(np.int64)
    return bounds, whole.view(np.float64).reshape(-1, width)
