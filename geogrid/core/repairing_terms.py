"""The words of a repair: its limits, and what it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change
from geogrid.core.coverage import Cell
from geogrid.core.errors import BadInput

OverlapRule = Literal["longest_border", "larger", "first"]
OVERLAP_RULES: tuple[OverlapRule, ...] = get_args(OverlapRule)
#: The rules whose findings a repair can do something about.
REPAIRABLE = frozenset({"gap", "overlap", "outside_parent", "duplicate_cell", "sliver", "unmatched_edge"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a repair may go.

    Attributes
    ----------
    max_gap_width_m : float
        Wider gaps may be water or somebody's land. 10 m is 1 mm on a map of 1:10,000, on which the borders of
        streets and communities are drawn: what two digitisers of one border differ by, and no lake.
    max_area_m2 : float
        Of one finding. 10,000 m² is a border of 1 km drawn twice, 10 m apart.
    max_change : float
        Share of its area that a cell may gain and lose in all. With 1 % the figures that are kept for a cell
        (inhabitants per km², reports of area) stay what they were to the digits that people read.
    overlap : str
        Who gets land that several claim: the cell with the `longest_border` to it, the `larger` cell, or the
        one with the `first` code in byte order.
    """

    max_gap_width_m: float = 10.0
    max_area_m2: float = 10_000.0
    max_change: float = 0.01
    overlap: OverlapRule = "longest_border"

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        for name in ("max_gap_width_m", "max_area_m2", "max_change"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise BadInput(f"{name} is a number of 0 or more, not {getattr(self, name)!r}")
        if self.overlap not in OVERLAP_RULES:
            raise BadInput(f"an overlap goes by {', '.join(OVERLAP_RULES)}, not by {self.overlap!r}")

    def allow(self, finding: Finding) -> bool:
        """Whether a finding is small enough; only a proposal tells whether it can be mended."""
        if finding.rule not in REPAIRABLE or finding.rule == "duplicate_cell":
            return False
        narrow = finding.rule != "gap" or (finding.width_m or 0.0) <= self.max_gap_width_m
        return narrow and (finding.area_m2 or 0.0) <= self.max_area_m2


@dataclass(frozen=True, slots=True)
class Fixed:
    """A finding that would be gone, and the codes of who would have its land; none where it is cut off."""

    finding: Finding
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that is left alone, wholly or in part.

    Attributes
    ----------
    code : str
        `too-wide`, `too-large`, `change-too-large`, `would-empty`, `no-neighbour`, `no-cell-below`,
        `parents-unclear`, `sliver-left`, `doubtful-polygon` or `not-here`.
    reason : str
        One sentence for people.
    place : shapely geometry, optional
        The land that stays at fault, longitude/latitude.
    """

    finding: Finding
    code: str
    reason: str
    place: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class RepairedCell:
    """A cell before and after.

    Attributes
    ----------
    ident : UUID
    code, name, level : str
    before, after : shapely.MultiPolygon
    area_before, area_after, gained, lost : float
        m².
    moved_m : float
        How far its border moves: the width of the widest piece that it gains or loses, metres.
    noded : bool
        It gets nodes of its neighbours and nothing else.
    """

    ident: UUID
    code: str
    name: str
    level: str
    before: shapely.MultiPolygon
    after: shapely.MultiPolygon
    area_before: float
    area_after: float
    gained: float
    lost: float
    moved_m: float
    noded: bool

    @property
    def change(self) -> float:
        """The share of its area that it gains or loses."""
        return (self.gained + self.lost) / self.area_before if self.area_before else 0.0


@dataclass(frozen=True)
class Repair:
    """A proposal.

    Attributes
    ----------
    cells : tuple of RepairedCell
        In order of level and code.
    fixed : tuple of Fixed
    left : tuple of Left
    remaining : tuple of Finding
        What an audit of the land finds after it, of the rules a repair can do something about.
    """

    limits: Limits
    cells: tuple[RepairedCell, ...]
    fixed: tuple[Fixed, ...]
    left: tuple[Left, ...]
    remaining: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return bool(self.cells)

    def change(self, cells: Mapping[UUID, Cell]) -> Change:
        """Give the proposal as a change of cells, by identity; each of `self.cells` has to be there."""
        before = {one.ident: cells[one.ident] for one in self.cells}
        after = {one.ident: replace(before[one.ident], shape=one.after) for one in self.cells}
        return Change.between(before, after, noded=[one.ident for one in self.cells if one.noded])
