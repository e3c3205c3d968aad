"""Coverages: the cells of all levels that tile a land, each by its identity.

The words are those of the JTS package `coverage`. A set of cells of one level is *edge-matched* if cells that
share a border have the same vertices along it; *non-overlapping* if no two interiors meet; a *valid coverage*
is both. A *gap* is land of the parent in none of the cells, of whatever size and also at its rim. Here levels
are edge-matched with each other as well: a parent's ring has every vertex of its children's rings along it
(geometry.md 11). What this does not know: land outside of the top level that is missing altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.land import Land, LandLevel

#: West, south, east, north in degrees.
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cell as it is at one moment.

    Attributes
    ----------
    ident : UUID
        Its identity, for ever.
    level : int
        Index among the levels of its coverage.
    code, name, kind : str
    parent : UUID, optional
    shape : shapely.MultiPolygon, optional
        Longitude/latitude on the lattice; None where it has no land.
    attributes : mapping
    """

    ident: UUID
    level: int
    code: str
    name: str = ""
    kind: str = ""
    parent: UUID | None = None
    shape: shapely.MultiPolygon | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> tuple[Any, ...]:
        """What it says, except its land."""
        return (self.level, self.code, self.name, self.kind, self.parent, self.attributes)

    def same_land(self, other: Cell) -> bool:
        """Whether its polygon is the other's, vertex for vertex in the same order."""
        if self.shape is None or other.shape is None:
            return self.shape is other.shape
        return bool(shapely.equals_identical(self.shape, other.shape))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Cell)
            and self.ident == other.ident
            and self.content == other.content
            and self.same_land(other)
        )

    def __hash__(self) -> int:
        return hash(self.ident)


class Ground(Protocol):
    """Where an edit reads cells from: a coverage in memory, or a draft in the database, of any size."""

    @property
    def levels(self) -> tuple[LandLevel, ...]:
        """The levels, from the top downwards."""

    @property
    def extent(self) -> shapely.MultiPolygon | None:
        """The land that the top level is to cover, where that is known."""

    def meeting(self, box: Box) -> list[Cell]:
        """Give the cells of all levels whose own box meets a box, edges included; in no order."""

    def by_code(self, codes: Iterable[str]) -> dict[str, Cell]:
        """Give the cells that have these codes, by code; of several with one code, one."""

    def by_ident(self, idents: Iterable[UUID]) -> dict[UUID, Cell]:
        """Give the cells of these identities, by identity; those that are not there are left out."""

    def children(self, idents: Iterable[UUID]) -> list[Cell]:
        """Give the cells right below these; in no order."""

    def of_level(self, level: int) -> list[Cell]:
        """Give all cells of a level, which may be many; in no order."""

    @property
    def filled(self) -> frozenset[int]:
        """The levels that have cells."""


@dataclass(frozen=True)
class Coverage:
    """The cells of all levels of a land, in memory.

    Attributes
    ----------
    levels : tuple of LandLevel
    cells : mapping of UUID to Cell
    extent : shapely.MultiPolygon, optional
    """

    levels: tuple[LandLevel, ...]
    cells: Mapping[UUID, Cell]
    extent: shapely.MultiPolygon | None = None

    @classmethod
    def of(
        cls,
        levels: Sequence[LandLevel],
        cells: Iterable[Cell],
        extent: shapely.MultiPolygon | None = None,
    ) -> Coverage:
        """Take cells in any order."""
        return cls(tuple(levels), {cell.ident: cell for cell in cells}, extent)

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def _place(self) -> tuple[shapely.STRtree, list[Cell]]:
        landed = [cell for cell in self.cells.values() if cell.shape is not None]
        return shapely.STRtree([cell.shape for cell in landed]), landed

    @cached_property
    def _codes(self) -> dict[str, Cell]:
        codes: dict[str, Cell] = {}
        for cell in self.cells.values():
            codes.setdefault(cell.code, cell)
        return codes

    @cached_property
    def _below(self) -> dict[UUID, list[Cell]]:
        below: dict[UUID, list[Cell]] = {}
        for cell in self.cells.values():
            if cell.parent is not None:
                below.setdefault(cell.parent, []).append(cell)
        return below

    def meeting(self, box: Box) -> list[Cell]:
        """Give the cells of all levels whose own box meets a box, edges included; in no order."""
        tree, landed = self._place
        return [landed[place] for place in tree.query(shapely.box(*box)).tolist()]

    def by_code(self, codes: Iterable[str]) -> dict[str, Cell]:
        """Give the cells that have these codes, by code; of several with one code, one."""
        return {code: self._codes[code] for code in codes if code in self._codes}

    def by_ident(self, idents: Iterable[UUID]) -> dict[UUID, Cell]:
        """Give the cells of these identities, by identity; those that are not there are left out."""
        return {ident: self.cells[ident] for ident in idents if ident in self.cells}

    def children(self, idents: Iterable[UUID]) -> list[Cell]:
        """Give the cells right below these; in no order."""
        return [cell for ident in idents for cell in self._below.get(ident, ())]

    def of_level(self, level: int) -> list[Cell]:
        """Give all cells of a level, which may be many; in no order."""
        return [cell for cell in self.cells.values() if cell.level == level]

    @cached_property
    def filled(self) -> frozenset[int]:
        """The levels that have cells."""
        return frozenset(cell.level for cell in self.cells.values())

    @cached_property
    def land(self) -> Land:
        """The same as arrays, in order of level and code: what the audits work on."""
        return land_of(self.levels, self.cells.values(), self.extent)


def land_of(
    levels: Sequence[LandLevel],
    cells: Iterable[Cell],
    extent: shapely.MultiPolygon | None = None,
    *,
    drawn: frozenset[int] = frozenset(),
) -> Land:
    """Arrange cells as arrays, in order of level, code in byte order and identity.

    A cell whose parent is not among them has none there. Where they are a part of a land, `drawn` are the
    levels that have cells in all of it.
    """
    ordered = sorted(cells, key=lambda cell: (cell.level, cell.code.encode(), cell.ident.bytes))
    place = {cell.ident: number for number, cell in enumerate(ordered)}
    shapes = np.empty(len(ordered), dtype=object)
    shapes[:] = [cell.shape for cell in ordered]
    return Land(
        levels=tuple(levels),
        ident=[cell.ident for cell in ordered],
        code=[cell.code for cell in ordered],
        name=[cell.name for cell in ordered],
        level=np.array([cell.level for cell in ordered], dtype=np.int64),
        parent=np.array(
            [-1 if cell.parent is None else place.get(cell.parent, -1) for cell in ordered], dtype=np.int64
        ),
        shapes=shapes,
        extent=extent,
        drawn=drawn,
    )
