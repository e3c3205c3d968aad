"""Where places lie in one edition: out of its files, and what a process has looked up in them before."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection

from boundaries.lookup.cell_facts import CellFacts
from boundaries.lookup.files import depth_open, edition_open
from boundaries.models import Edition
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.locator import CellIndex, Reason
from geogrid.core.nearest import Borders
from geogrid.core.outlines import candidates_nearest

#: Editions that a process has at hand: those in force of many schemes, and a few others.
_OPEN_AT_MOST = 64
#: Chains that a process remembers of an edition, at most; then it begins anew.
_CHAINS_AT_MOST = 50_000

Told = dict[str, str]


@dataclass(frozen=True)
class Found:
    """Where a place lies: `touching` are all leaves that hold it, the one that counts first."""

    leaf: int
    on_edge: bool
    reason: Reason
    touching: tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    """A cell and those above it, the top first."""

    cells: list[int]
    idents: tuple[UUID, ...]
    told: list[Told]


@dataclass(frozen=True)
class EditionPlaces:
    """The land of an edition, to be asked for places on the lattice."""

    edition: Edition
    index: CellIndex
    facts: CellFacts
    _chains: dict[int, Chain] = field(default_factory=dict)

    def find(self, lon: float, lat: float) -> Found:
        """Locate a place."""
        lonlat = np.array([[lon, lat]])
        leaf, on_edge, several = self.index.leaves.first(lonlat)
        if leaf[0] >= 0 and not several[0]:
            first = int(leaf[0])
            return Found(first, bool(on_edge[0]), Reason.IN_CELL, (first,))
        found = self.index.points(lonlat)
        return Found(int(leaf[0]), bool(on_edge[0]), Reason(int(found.reason[0])), found.touching(0))

    def chain(self, cell: int) -> Chain:
        """Give a cell and those above it."""
        chain = self._chains.get(cell)
        if chain is None:
            if len(self._chains) >= _CHAINS_AT_MOST:
                self._chains.clear()
            cells = self.facts.chain(cell)
            idents, told = zip(*(self.facts.row(one) for one in cells), strict=True)
            chain = self._chains[cell] = Chain(cells, idents, list(told))
        return chain

    def told(self, cells: Sequence[int]) -> list[Told]:
        """Give what answers tell of some cells."""
        return [self.chain(cell).told[-1] for cell in cells]

    def around(self, lon: float, lat: float) -> list[Told]:
        """Give the chain of the deepest cell that holds a place in a gap, if any level above has one."""
        for depth in range(len(self.index.cells.levels) - 2, -1, -1):
            index, number = self._down_to(depth)
            leaf = int(number[index.points(np.array([[lon, lat]])).leaf[0]])
            if leaf >= 0:
                return self.chain(leaf).told
        return []

    def border_metres(self, leaf: int, lon: float, lat: float) -> float:
        """Measure how far a place is from the border of a leaf."""
        return self.facts.outline(leaf).distance(lon, lat)

    def beside(self, lon: float, lat: float, known: Collection[int]) -> list[Told]:
        """Give the cells that hold a place and divide no land."""
        cells, tree = self.facts.beside
        if not cells:
            return []
        held = np.sort(tree.query(shapely.Point(lon, lat), predicate="intersects")).tolist()
        return self.told([cells[number] for number in held if cells[number] not in known])

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        """Find the nearest leaf of a place that none holds, and the metres to it; -1 if there is none."""
        cells, boxes = self._leaves
        near = cells[candidates_nearest(boxes, lon, lat)].tolist()
        if not near:
            return -1, math.inf
        number, metres = Borders.of(self.facts.leaf_shapes(near)).nearest(shapely.points([[lon, lat]]))
        return near[int(number[0])], float(metres[0])

    @cached_property
    def _leaves(self) -> tuple[np.ndarray[Any, np.dtype[np.int64]], FloatArray]:
        """All leaves, codes in byte order, and their boxes in degrees."""
        box = self.index.cells.box
        cells = np.flatnonzero(box[:, 0] <= box[:, 2])
        order = sorted(cells.tolist(), key=lambda cell: (self.index.cells.code_bytes(cell), cell))
        return np.array(order, dtype=np.int64), box[order] / 1e8

    def _down_to(self, depth: int) -> tuple[CellIndex, IntArray]:
        """Give the locator of the cells down to a level, and the numbers here of its cells."""
        if depth not in self._depths:
            index = depth_open(self.edition, depth)
            self._depths[depth] = index, self.index.cells.numbers_of(index.cells)
        return self._depths[depth]

    @cached_property
    def _depths(self) -> dict[int, tuple[CellIndex, IntArray]]:
        return {}


_open: dict[tuple[int, int], EditionPlaces] = {}
_opening = threading.Lock()


def edition_places(edition: Edition) -> EditionPlaces:
    """Give the land of an edition; remembered, but within a transaction, which may still be writing it."""
    if connection.in_atomic_block:
        return EditionPlaces(edition, *edition_open(edition))
    key = (edition.pk, edition.scheme.document_version)
    found = _open.get(key)
    if found is None:
        with _opening:
            found = _open.get(key)
            if found is None:
                found = EditionPlaces(edition, *edition_open(edition))
                while len(_open) >= _OPEN_AT_MOST:
                    del _open[next(iter(_open))]
                _open[key] = found
    return found
