"""A ground that is asked once: an edit, its audit and its impact look at the same few cells often."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import shapely

from geogrid.core.coverage import Box, Cell, Ground
from geogrid.core.land import LandLevel

#: A box is read so much wider on every side, as a part of its own size: what is asked for next is near.
_WIDER = 0.25


class Remembered:
    """A ground of which every answer is kept. For as long as nothing is written to it, and no longer."""

    def __init__(self, ground: Ground) -> None:
        """Remember nothing yet."""
        self._ground = ground
        self._boxes: list[tuple[Box, list[Cell]]] = []
        self._cells: dict[UUID, Cell] = {}
        self._codes: dict[str, Cell] = {}
        self._below: dict[UUID, list[Cell]] = {}

    @property
    def levels(self) -> tuple[LandLevel, ...]:
        """The levels, from the top downwards."""
        return self._ground.levels

    @property
    def extent(self) -> shapely.MultiPolygon | None:
        """The land that the top level is to cover, where that is known."""
        return self._ground.extent

    @property
    def filled(self) -> frozenset[int]:
        """The levels that have cells."""
        return self._ground.filled

    def meeting(self, box: Box) -> list[Cell]:
        """Give the cells of all levels whose own box meets a box, edges included; in no order."""
        for known, cells in self._boxes:
            if _holds(known, box):
                return [cell for cell in cells if _meets(cell, box)]
        wide = _wider(box)
        cells = self._keep(self._ground.meeting(wide))
        self._boxes.append((wide, cells))
        return [cell for cell in cells if _meets(cell, box)]

    def by_code(self, codes: Iterable[str]) -> dict[str, Cell]:
        """Give the cells that have these codes, by code; of several with one code, one."""
        wanted = set(codes)
        missing = wanted - self._codes.keys()
        if missing:
            # Only what was asked for by code: of several cells with one code it is always the same.
            found = self._ground.by_code(missing)
            self._keep(found.values())
            self._codes |= found
        return {code: self._codes[code] for code in wanted if code in self._codes}

    def by_ident(self, idents: Iterable[UUID]) -> dict[UUID, Cell]:
        """Give the cells of these identities, by identity; those that are not there are left out."""
        wanted = set(idents)
        missing = wanted - self._cells.keys()
        if missing:
            self._keep(self._ground.by_ident(missing).values())
        return {ident: self._cells[ident] for ident in wanted if ident in self._cells}

    def children(self, idents: Iterable[UUID]) -> list[Cell]:
        """Give the cells right below these; in no order."""
        wanted = list(dict.fromkeys(idents))
        missing = [ident for ident in wanted if ident not in self._below]
        if missing:
            self._below |= {ident: [] for ident in missing}
            for cell in self._keep(self._ground.children(missing)):
                if cell.parent is not None:
                    self._below[cell.parent].append(cell)
        return [cell for ident in wanted for cell in self._below[ident]]

    def of_level(self, level: int) -> list[Cell]:
        """Give all cells of a level, which may be many; in no order."""
        return self._keep(self._ground.of_level(level))

    def _keep(self, cells: Iterable[Cell]) -> list[Cell]:
        """Remember cells; one that is known already stays the same object."""
        return [self._cells.setdefault(cell.ident, cell) for cell in cells]


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _wider(box: Box) -> Box:
    west, south, east, north = box
    aside, up = (east - west) * _WIDER, (north - south) * _WIDER
    return west - aside, south - up, east + aside, north + up


def _meets(cell: Cell, box: Box) -> bool:
    if cell.shape is None or cell.shape.is_empty:
        return False
    west, south, east, north = cell.shape.bounds
    return bool(west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1])
