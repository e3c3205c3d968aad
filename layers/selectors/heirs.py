"""Into which heir of a cell that ended a person's decision about a feature is followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.change import Change, Heir
from geogrid.core.coverage import Cell, Ground
from geogrid.core.shares import in_steps


@dataclass(frozen=True)
class Succession:
    """The heirs of cells that end.

    Attributes
    ----------
    ended : mapping of UUID to Cell
        As they were.
    heirs : mapping of UUID to list of Heir
        By predecessor.
    cells : mapping of UUID to Cell
        The successors, as they are afterwards.
    """

    ended: Mapping[UUID, Cell]
    heirs: Mapping[UUID, Sequence[Heir]]
    cells: Mapping[UUID, Cell]

    @classmethod
    def of(cls, change: Change, after: Ground) -> Succession:
        """Take the heirs of a change; `after` has the cells that it leaves as they are."""
        ended = {cell.ident: cell for cell in change.removed}
        heirs: dict[UUID, list[Heir]] = {}
        for heir in change.heirs:
            if heir.predecessor in ended and heir.successor not in ended:
                heirs.setdefault(heir.predecessor, []).append(heir)
        wanted = {heir.successor for several in heirs.values() for heir in several}
        changed = {one.ident: one.after for one in change.cells if one.after is not None}
        cells = {ident: changed[ident] for ident in wanted if ident in changed}
        return cls(ended, heirs, cells | after.by_ident(wanted - changed.keys()))

    def heir(self, cell: UUID, shape: shapely.Geometry) -> Cell | None:
        """Give the heir that holds a point; for anything else, and where none does, that of the most land."""
        heirs = [heir for heir in self.heirs.get(cell, ()) if heir.successor in self.cells]
        if not heirs:
            return None
        heirs.sort(key=lambda heir: (-heir.share, self.cells[heir.successor].code.encode()))
        if shape.geom_type == "Point":
            cells = sorted((self.cells[heir.successor] for heir in heirs), key=lambda one: one.code.encode())
            holding = [one for one in cells if _holds(one, shape)]
            if holding:
                return holding[0]
        return self.cells[heirs[0].successor]


def _holds(cell: Cell, point: shapely.Point) -> bool:
    """Tell whether a closed cell holds a point: in whole steps, so that on a border is on it exactly."""
    if cell.shape is None:
        return False
    area, spot = in_steps(np.array([cell.shape, point], dtype=object))
    return bool(shapely.intersects(area, spot))
