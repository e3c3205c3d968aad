"""Where places lie in one edition: out of its files, and what a process has looked up in them before."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely
from django.db import connection

from boundaries.lookup.cell_facts import CellFacts
from boundaries.lookup.files import depth_open, edition_open
from boundaries.models import Edition
from geogrid.core.lattice import IntArray
from geogrid.core.locator import CellIndex, Reason
from geogrid.core.locator.cells import GONE
from geogrid.core.outlines import Outlines

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
        first = int(leaf[0])
        if first < 0:
            on_ground = self.index.ground.first(lonlat)[0][0] >= 0
            reason = Reason.GAP if on_ground else Reason.OUTSIDE
            return Found(-1, on_edge=False, reason=reason, touching=())
        if not several[0]:
            return Found(first, bool(on_edge[0]), Reason.IN_CELL, (first,))
        found = self.index.points(lonlat)
        return Found(first, bool(on_edge[0]), Reason.IN_CELL, found.touching(0))

    def chain(self, cell: int) -> Chain:
        """Give a cell and those above it."""
        chain = self._chains.get(cell)
        if chain is None:
            if len(self._chains) >= _CHAINS_AT_MOST:
                self._chains.clear()
            ident, told, parent = self.facts.row(cell)
            above = self.chain(parent) if parent >= 0 else Chain([], (), [])
            chain = Chain([*above.cells, cell], (*above.idents, ident), [*above.told, told])
            self._chains[cell] = chain
        return chain

    def chains_around(self, cell: int, width: int) -> list[Chain]:
        """Give the chains of so many cells that are neighbours by code, of which this is one."""
        first = cell - cell % width
        there = np.flatnonzero(self.index.cells.level[first : first + width] != GONE)
        return [self.chain(first + one) for one in there.tolist()]

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
        return self._outlines.nearest(lon, lat)

    def warm_up(self) -> None:
        """Do once what later questions need not do again: load compiled code, read what is kept."""
        self.nearest(0.0, 0.0)
        place = 0.0, 0.0
        for leaf in self._outlines.polygon[:1].tolist():
            self.border_metres(leaf, *place)
            place = self.facts.outline(leaf).begin()  # where leaves meet, as likely as not
        self.find(*place)

    @cached_property
    def _outlines(self) -> Outlines:
        """The borders of all leaves; of several as near the one whose code is first in byte order."""
        box = self.index.cells.box
        cells = np.flatnonzero(box[:, 0] <= box[:, 2])
        order = sorted(cells.tolist(), key=lambda cell: (self.index.cells.code_bytes(cell), cell))
        leaves = np.array(order, dtype=np.int64)
        return self.facts.outlines(leaves, box[leaves] / 1e8)

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
