"""Find the cells of points that came as text, a piece of a table at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import shapely

from geogrid.core.crs import SourceCrs
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, snap
from geogrid.core.locator import Locator, Reason
from importers.readers.delimited import points_of
from importers.readers.rows import sift
from importers.readers.table import RawTable

Texts = Sequence[str | None]
State = Literal["in_cell", "in_gap", "outside", "without_place"]
_STATES: dict[int, State] = {Reason.IN_CELL: "in_cell", Reason.GAP: "in_gap", Reason.OUTSIDE: "outside"}


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """The codes of the cells of a point, one a level from the top; a fault where there is no point."""

    cells: tuple[str, ...]
    state: State
    on_edge: bool | None = None
    outside: bool | None = None
    fault: str = ""


class PointCells:
    """The cells of a land, as columns beside a table of points."""

    def __init__(self, land: Land, crs: SourceCrs) -> None:
        self._land = land
        self._crs = crs
        self._locator = Locator.of(land)
        self._above: list[Locator] = []
        self._chains: dict[int, tuple[str, ...]] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns with the codes."""
        return tuple(f"cell_{level.code}" for level in self._land.levels)

    def answers(self, columns: tuple[Texts, Texts], names: tuple[str, str]) -> list[PointAnswer]:
        """Answer for every row of two columns of text."""
        lonlat, rows, faults = self._places(columns, names)
        answers = [self.without_place(faults.get(row, "")) for row in range(len(columns[0]))]
        located = self._locator.points(lonlat)
        cells = located.leaf.copy()
        in_gap = np.flatnonzero(located.reason == Reason.GAP)
        cells[in_gap] = self._around(lonlat[in_gap])
        for at, row in enumerate(rows.tolist()):
            reason = int(located.reason[at])
            answers[row] = PointAnswer(
                self._codes(int(cells[at])),
                _STATES[reason],
                bool(located.on_edge[at]),
                reason == Reason.OUTSIDE,
            )
        return answers

    def without_place(self, fault: str) -> PointAnswer:
        """Answer for a row whose place is not known."""
        return PointAnswer(self._codes(-1), "without_place", fault=fault)

    def _places(
        self, columns: tuple[Texts, Texts], names: tuple[str, str]
    ) -> tuple[FloatArray, IntArray, dict[int, str]]:
        """Give places on the lattice, the rows they belong to, and why the other rows have none."""
        points, faults = points_of(columns, names)
        raw = RawTable(
            layer=None,
            fields=(),
            encoding="",
            attributes=[{}] * len(points),
            geometries=points,
            declared_crs=None,
            crs_origin="given",
            numbers=np.arange(len(points), dtype=np.int64),
            faults=faults,
        )
        sifted = sift(Path(), raw, self._crs, raw.crs_origin, want="any")
        lonlat = self._crs.to_lonlat(shapely.get_coordinates(sifted.geometries))
        return snap(lonlat), sifted.numbers, {refused.row: refused.reason for refused in sifted.refused}

    def _around(self, lonlat: FloatArray) -> IntArray:
        """Give the deepest cell around each place that is in no leaf; -1 where there is none."""
        cells = np.full(len(lonlat), -1, dtype=np.int64)
        if not len(lonlat):
            return cells
        if not self._above:
            depths = range(len(self._land.levels) - 2, -1, -1)
            self._above = [Locator.of(self._land.down_to(depth)) for depth in depths]
        for locator in self._above:
            open_ = np.flatnonzero(cells < 0)
            cells[open_] = locator.points(lonlat[open_]).leaf
        return cells

    def _codes(self, cell: int) -> tuple[str, ...]:
        if cell not in self._chains:
            codes = dict.fromkeys(range(len(self._land.levels)), "")
            for one in self._land.chain(cell):
                codes[int(self._land.level[one])] = self._land.code[one]
            self._chains[cell] = tuple(codes.values())
        return self._chains[cell]
