"""Changes: what an edit makes of cells, whole before and whole after, and who inherits from whom.

Undo, redo, impact, publishing and the log all derive from one change. Undo applies the inverse; nothing is
ever un-split by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import shapely

from geogrid.core.coverage import Box, Cell, Coverage, Ground
from geogrid.core.errors import StaleVersion
from geogrid.core.land import LandLevel


class Heir(NamedTuple):
    """A cell that takes over a share, 0 to 1, of the area of one that is no more."""

    predecessor: UUID
    successor: UUID
    share: float


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell before and after; None where it is not there.

    Attributes
    ----------
    before, after : Cell, optional
    noded : bool
        Its border gained or lost nodes and nothing else changed: no news for anybody (geometry.md 11).
    """

    before: Cell | None
    after: Cell | None
    noded: bool = False

    @property
    def ident(self) -> UUID:
        """The identity of the cell."""
        cell = self.after or self.before
        assert cell is not None
        return cell.ident

    @property
    def moved(self) -> bool:
        """Whether its polygon changed, nodes included."""
        if self.before is None or self.after is None:
            return True
        return not self.before.same_land(self.after)


@dataclass(frozen=True)
class Change:
    """What an edit, or a whole draft, makes of cells.

    Attributes
    ----------
    cells : tuple of CellChange
        In order of identity; each cell once, none that stays as it was.
    heirs : tuple of Heir
        Of cells that are there before and not after.
    """

    cells: tuple[CellChange, ...]
    heirs: tuple[Heir, ...] = ()

    @classmethod
    def between(
        cls,
        before: Mapping[UUID, Cell],
        after: Mapping[UUID, Cell],
        *,
        noded: Iterable[UUID] = (),
        heirs: Iterable[Heir] = (),
    ) -> Change:
        """Give what differs between two states of some cells."""
        only_noded = frozenset(noded)
        changed = [
            CellChange(before.get(ident), after.get(ident), ident in only_noded)
            for ident in sorted({*before, *after}, key=lambda ident: ident.bytes)
            if before.get(ident) != after.get(ident)
        ]
        return cls(tuple(changed), tuple(heirs))

    def __bool__(self) -> bool:
        return bool(self.cells)

    @property
    def real(self) -> tuple[CellChange, ...]:
        """The cells that changed by more than nodes."""
        return tuple(one for one in self.cells if not one.noded)

    @property
    def created(self) -> tuple[Cell, ...]:
        """The cells that are new."""
        return tuple(one.after for one in self.cells if one.before is None and one.after is not None)

    @property
    def removed(self) -> tuple[Cell, ...]:
        """The cells that are no more."""
        return tuple(one.before for one in self.cells if one.after is None and one.before is not None)

    def inverse(self) -> Change:
        """Give the change that takes this one back; heirs are of the way forward only."""
        return Change(tuple(CellChange(one.after, one.before, one.noded) for one in self.cells))

    def with_codes(self, codes: Mapping[UUID, str]) -> Change:
        """Give new cells their codes."""
        return replace(
            self,
            cells=tuple(
                CellChange(one.before, replace(one.after, code=codes[one.ident]), one.noded)
                if one.after is not None and one.ident in codes
                else one
                for one in self.cells
            ),
        )

    def apply(self, coverage: Coverage) -> Coverage:
        """Carry the change out.

        Raises
        ------
        StaleVersion
            If a cell is not as it was before.
        """
        cells = dict(coverage.cells)
        for one in self.cells:
            if cells.get(one.ident) != one.before:
                raise StaleVersion(f"the cell {one.ident} is no longer as it was", cell=str(one.ident))
            if one.after is None:
                del cells[one.ident]
            else:
                cells[one.ident] = one.after
        return Coverage(coverage.levels, cells, coverage.extent)

    def box(self) -> Box | None:
        """Give the box around all that changed, before and after; None if no land did."""
        bounds = [
            cell.shape.bounds
            for one in self.cells
            for cell in (one.before, one.after)
            if cell is not None and cell.shape is not None and not cell.shape.is_empty
        ]
        if not bounds:
            return None
        west, south, east, north = zip(*bounds, strict=True)
        return min(west), min(south), max(east), max(north)


@dataclass(frozen=True)
class Overlaid:
    """A ground as it is after a change: a `Ground` again."""

    ground: Ground
    change: Change

    @property
    def levels(self) -> tuple[LandLevel, ...]:
        """The levels, from the top downwards."""
        return self.ground.levels

    @property
    def extent(self) -> shapely.MultiPolygon | None:
        """The land that the top level is to cover, where that is known."""
        return self.ground.extent

    @property
    def _changed(self) -> frozenset[UUID]:
        return frozenset(one.ident for one in self.change.cells)

    @property
    def _after(self) -> list[Cell]:
        return [one.after for one in self.change.cells if one.after is not None]

    def meeting(self, box: Box) -> list[Cell]:
        """Give the cells of all levels whose own box meets a box, edges included; in no order."""
        west, south, east, north = box
        changed = self._changed
        kept = [cell for cell in self.ground.meeting(box) if cell.ident not in changed]
        for cell in self._after:
            if cell.shape is None or cell.shape.is_empty:
                continue
            left, low, right, high = cell.shape.bounds
            if left <= east and right >= west and low <= north and high >= south:
                kept.append(cell)
        return kept

    def by_code(self, codes: Iterable[str]) -> dict[str, Cell]:
        """Give the cells that have these codes, by code; of several with one code, one."""
        wanted = set(codes)
        changed = self._changed
        kept = {code: cell for code, cell in self.ground.by_code(wanted).items() if cell.ident not in changed}
        return kept | {cell.code: cell for cell in self._after if cell.code in wanted}

    def by_ident(self, idents: Iterable[UUID]) -> dict[UUID, Cell]:
        """Give the cells of these identities, by identity; those that are not there are left out."""
        wanted = set(idents)
        changed = self._changed
        kept = self.ground.by_ident(wanted - changed)
        return kept | {cell.ident: cell for cell in self._after if cell.ident in wanted}

    def children(self, idents: Iterable[UUID]) -> list[Cell]:
        """Give the cells right below these; in no order."""
        wanted = set(idents)
        changed = self._changed
        kept = [cell for cell in self.ground.children(wanted) if cell.ident not in changed]
        return kept + [cell for cell in self._after if cell.parent in wanted]

    def of_level(self, level: int) -> list[Cell]:
        """Give all cells of a level, which may be many; in no order."""
        changed = self._changed
        kept = [cell for cell in self.ground.of_level(level) if cell.ident not in changed]
        return kept + [cell for cell in self._after if cell.level == level]

    @cached_property
    def filled(self) -> frozenset[int]:
        """The levels that have cells."""
        after = {cell.level for cell in self._after}
        ended = {cell.level for cell in self.change.removed} - after
        return (self.ground.filled | after) - {level for level in ended if self._is_empty(level)}

    def _is_empty(self, level: int) -> bool:
        """Tell whether a level has no cells; whoever is near spares reading all of it."""
        changed, box = self._changed, self.change.box()
        near = self.ground.meeting(box) if box is not None else []
        if any(cell.level == level and cell.ident not in changed for cell in near):
            return False
        return all(cell.ident in changed for cell in self.ground.of_level(level))
