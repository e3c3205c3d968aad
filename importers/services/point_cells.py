"""Find the cells of points, a piece of a table at a time, in arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from boundaries.lookup.files import depth_open, edition_open
from boundaries.models import Edition
from geogrid.core.crs import SourceCrs
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, snap
from geogrid.core.locator import CellIndex, Locator, Reason
from importers.readers.delimited import points_of
from importers.readers.rows import far_away, sift
from importers.readers.table import ObjectArray, RawTable

# What nearly all coordinates look like; the others are looked at one by one, as an import does.
_PLAIN = r"^ *[+-]?[0-9]{1,10}(\.[0-9]{0,17})? *$"
_WITHOUT_PLACE = 3
STATES = ("in_cell", "in_gap", "outside", "without_place")

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
Column = pa.Array


class Depths(Protocol):
    """A land to be asked for points, whole and without its lower levels."""

    index: CellIndex

    def down_to(self, depth: int) -> CellIndex:
        """Give what answers for the cells down to a level."""


@dataclass
class EditionDepths:
    """Out of the files of an edition."""

    edition: Edition

    @cached_property
    def index(self) -> CellIndex:
        """What answers for the whole."""
        return edition_open(self.edition)[0]

    def down_to(self, depth: int) -> CellIndex:
        """Give what answers for the cells down to a level."""
        return depth_open(self.edition, depth)


@dataclass
class LandDepths:
    """Of a land in memory, such as a past one."""

    land: Land

    @cached_property
    def index(self) -> CellIndex:
        """What answers for the whole."""
        return Locator.of(self.land).index("in memory")

    def down_to(self, depth: int) -> CellIndex:
        """Give what answers for the cells down to a level."""
        return Locator.of(self.land.down_to(depth)).index("in memory")


@dataclass(frozen=True)
class Answers:
    """The answers for the rows of a piece of a table, parallel.

    Attributes
    ----------
    codes : list of (n,) str arrays
        Of the cells on each level, the top first; empty where there is none.
    state : (n,) int
        Index into `STATES`.
    on_edge : (n,) bool
    faults : dict
        Why a row has no place, by the row.
    posts : (n,) str array, optional
        Who answers, as JSON; empty where there is no place.
    """

    codes: list[ObjectArray]
    state: IntArray
    on_edge: BoolArray
    faults: dict[int, str]
    posts: ObjectArray | None = None

    @property
    def placed(self) -> BoolArray:
        """Which rows have a place."""
        placed: BoolArray = self.state != _WITHOUT_PLACE
        return placed

    @property
    def outside(self) -> BoolArray:
        """Which rows lie outside the land."""
        outside: BoolArray = self.state == STATES.index("outside")
        return outside


@dataclass
class PointCells:
    """The cells of a land, as columns beside a table of points.

    `who` gives for cells, by their idents, who answers for each.
    """

    land: Depths
    crs: SourceCrs
    who: Callable[[Sequence[UUID]], dict[UUID, list[dict[str, Any]]]] | None = None
    _said: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _posts: dict[int, str] = field(default_factory=lambda: {-1: "[]"})

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns with the codes."""
        return tuple(f"cell_{level}" for level in self.land.index.cells.levels)

    def answers(
        self, columns: tuple[Column, Column], names: tuple[str, str], unplaced: dict[int, str]
    ) -> Answers:
        """Answer for every row of two columns of numbers or text, but for rows whose place nobody knows."""
        lonlat, placed, faults = self._places(columns, names, unplaced)
        located = self.land.index.points(lonlat)
        cells = located.leaf.copy()
        in_gap = np.flatnonzero(located.reason == Reason.GAP)
        cells[in_gap] = self._around(lonlat[in_gap])
        count = len(columns[0])
        cell = np.full(count, -1, dtype=np.int64)
        state = np.full(count, _WITHOUT_PLACE, dtype=np.int64)
        on_edge = np.zeros(count, dtype=bool)
        cell[placed], state[placed], on_edge[placed] = cells, located.reason, located.on_edge
        above = self.land.index.on_levels(cell)
        codes = [self._codes[above[:, level]] for level in range(above.shape[1])]
        return Answers(codes, state, on_edge, faults, self._posts_of(cell, state) if self.who else None)

    @cached_property
    def _codes(self) -> ObjectArray:
        """All codes, and an empty one for no cell."""
        cells = self.land.index.cells
        return np.array([*(cells.code(cell) for cell in range(len(cells))), ""], dtype=object)

    def _places(
        self, columns: tuple[Column, Column], names: tuple[str, str], unplaced: dict[int, str]
    ) -> tuple[FloatArray, IntArray, dict[int, str]]:
        """Give places on the lattice, the rows they belong to, and why the other rows have none."""
        xy = np.stack([_numbers(column) for column in columns], axis=1)
        lonlat = np.full_like(xy, np.nan)
        number = np.isfinite(xy).all(axis=1)
        lonlat[number] = self.crs.to_lonlat(xy[number])
        # A system's own bounds are looked at by the rules for rows: there only degrees are plain.
        plain = number & (np.abs(lonlat) <= [180.0, 90.0]).all(axis=1)
        if not self.crs.is_lonlat:
            plain[number] &= self._in_its_land(xy[number])
        plain[list(unplaced)] = False
        odd = np.setdiff1d(np.flatnonzero(~plain), list(unplaced))
        faults = dict(unplaced)
        if len(odd):
            taken = tuple(column.take(pa.array(odd)) for column in columns)
            found, rows, why = self._read_one_by_one((taken[0], taken[1]), names)
            lonlat[odd[rows]], plain[odd[rows]] = found, True
            faults.update((int(odd[row]), sentence) for row, sentence in why.items())
        placed = np.flatnonzero(plain)
        return snap(lonlat[placed]), placed, dict(sorted(faults.items()))

    def _in_its_land(self, xy: FloatArray) -> BoolArray:
        if self.crs.in_degrees:
            there: BoolArray = (np.abs(xy) <= [180.0, 90.0]).all(axis=1)
            return there
        return ~far_away(self.crs.to_lonlat(xy), self.crs.bounds)

    def _read_one_by_one(
        self, columns: tuple[Column, Column], names: tuple[str, str]
    ) -> tuple[FloatArray, IntArray, dict[int, str]]:
        """Read what does not look like a place at first sight, by the rules of the import."""
        texts = [
            [None if value is None else str(value) for value in column.to_pylist()] for column in columns
        ]
        points, faults = points_of(texts, names)
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
        sifted = sift(Path(), raw, self.crs, raw.crs_origin, want="any")
        lonlat = self.crs.to_lonlat(shapely.get_coordinates(sifted.geometries))
        return lonlat, sifted.numbers, {refused.row: refused.reason for refused in sifted.refused}

    def _around(self, lonlat: FloatArray) -> IntArray:
        """Give the deepest cell around each place that is in no leaf; -1 where there is none."""
        cells = np.full(len(lonlat), -1, dtype=np.int64)
        if len(lonlat):
            for index, number in self._above:
                still = np.flatnonzero(cells < 0)
                cells[still] = number[index.points(lonlat[still]).leaf]
        return cells

    @cached_property
    def _above(self) -> list[tuple[CellIndex, IntArray]]:
        """Without more and more of the lower levels, each with the numbers of its cells in the whole."""
        cells = self.land.index.cells
        without = [self.land.down_to(depth) for depth in range(len(cells.levels) - 2, -1, -1)]
        return [(index, cells.numbers_of(index.cells)) for index in without]

    def _posts_of(self, cell: IntArray, state: IntArray) -> ObjectArray:
        deepest, place = np.unique(cell, return_inverse=True)
        texts = np.array(self._texts(deepest), dtype=object)[place]
        texts[state == _WITHOUT_PLACE] = ""
        return texts

    def _texts(self, deepest: IntArray) -> list[str]:
        """Give who answers for some cells and those above them, as JSON."""
        new = [cell for cell in deepest.tolist() if cell not in self._posts]
        above = self.land.index.on_levels(np.array(new, dtype=np.int64))
        self._ask(np.unique(above))
        for cell, chain in zip(new, above.tolist(), strict=True):
            said = [one for up in chain if up >= 0 for one in self._said[up]]
            self._posts[cell] = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return [self._posts[cell] for cell in deepest.tolist()]

    def _ask(self, cells: IntArray) -> None:
        new = {self.land.index.cells.uuid(cell): cell for cell in cells.tolist() if cell >= 0}
        new = {ident: cell for ident, cell in new.items() if cell not in self._said}
        if new and self.who:
            said = self.who(list(new))
            self._said.update((cell, said.get(ident, [])) for ident, cell in new.items())


def _numbers(column: Column) -> FloatArray:
    """Read what is a number at first sight; not a number where it is none."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        plain = pc.fill_null(pc.match_substring_regex(column, _PLAIN), pa.scalar(value=False))
        text = pc.utf8_trim_whitespace(pc.if_else(plain, column, pa.scalar(None, column.type)))
        column = pc.replace_substring_regex(text, r"^\+", "")
    elif not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return np.full(len(column), np.nan)
    numbers: FloatArray = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers
