"""Ask a land where features belong: the whole land, or only the part around them, with the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.assigning import Placed, place_features
from geogrid.core.coverage import Box
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.locator import Locator
from layers.models import Method
from layers.selectors.boxes import METRES_PER_DEGREE, WHOLE_EARTH, box_widened, boxes_of
from layers.selectors.near import NearGround

#: Shares closer than this are a tie (geometry.md 15), so digits beyond it say nothing.
SHARE_DIGITS = 9
#: Distances are kept to the millimetre; the lattice is about as fine.
METRE_DIGITS = 3
#: Farther than this, radians in Mercator's plane, the plane decides which cell is the nearest, and it may be
#: any: a little less than where `geogrid.core.nearest` gives up the geodesic.
FAR = 0.0065
#: So far around a feature in no cell the nearest one is looked for first, metres.
_FIRST_REACH = 2_000.0


class Answer(NamedTuple):
    """Where a feature belongs, as it is stored: shares by the codes of cells."""

    cell: UUID | None
    code: str
    method: str
    share: float
    on_edge: bool
    shares: dict[str, float] | None
    nearest_m: float | None


class Places(Protocol):
    """What answers where features belong."""

    def place(self, shapes: Shapes) -> list[Answer]:
        """Place features; in order."""

    def holders(self, cells: Iterable[UUID]) -> dict[UUID, str]:
        """Give those of some cells that can hold features, with their codes."""


@dataclass(frozen=True)
class WholeLand:
    """A land, and what answers for it when it is first asked: many editions come before any feature."""

    land: Land

    @cached_property
    def locator(self) -> Locator:
        """What answers."""
        return Locator.of(self.land)

    @cached_property
    def packed_idents(self) -> NDArray[np.void]:
        """The identities of the cells, 16 bytes each, and zeros for cell -1."""
        idents = b"".join(ident.bytes for ident in self.land.ident)
        return np.frombuffer(idents + bytes(16), dtype="V16")

    def prepare(self) -> None:
        """Arrange what places points, before several ask at once."""
        self.locator.points(np.zeros((0, 2)))

    @property
    def codes(self) -> list[str]:
        """The codes of the cells."""
        return list(self.land.code)

    @cached_property
    def _leaf_codes(self) -> dict[UUID, str]:
        return leaf_codes(self.locator)

    def place(self, shapes: Shapes) -> list[Answer]:
        """Place features; in order."""
        return [answer_of(placed, self.land) for placed in place_features(self.locator, shapes)]

    def holders(self, cells: Iterable[UUID]) -> dict[UUID, str]:
        """Give those of some cells that can hold features, with their codes."""
        return {cell: self._leaf_codes[cell] for cell in cells if cell in self._leaf_codes}


@dataclass(frozen=True)
class NearLand:
    """The part of a land around some places.

    Attributes
    ----------
    ground : NearGround
    around : sequence of Box
        Where most of the features are; what reaches beyond is read as far as it reaches.
    """

    ground: NearGround
    around: Sequence[Box]

    def place(self, shapes: Shapes, *, why: bool = True) -> list[Answer]:
        """Place features; in order. Of those in no cell no more is told unless it is asked why."""
        land = self.ground.land([*self.around, *boxes_of(list(shapes))])
        placed = place_features(Locator.of(land), shapes)
        answers = [answer_of(one, land) for one in placed]
        there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        lost = np.flatnonzero(there & np.array([one.cell < 0 for one in placed], dtype=bool))
        if why and len(lost):
            reach = [placed[number].nearest_m or _FIRST_REACH for number in lost.tolist()]
            for number, answer in zip(lost.tolist(), self._lost(shapes[lost], reach), strict=True):
                answers[number] = answer
        return answers

    def holders(self, cells: Iterable[UUID]) -> dict[UUID, str]:
        """Give those of some cells that can hold features, with their codes."""
        wanted = set(cells)
        boxes = boxes_of([cell.shape for cell in self.ground.ground.by_ident(wanted).values()])
        if not boxes:
            return {}
        codes = leaf_codes(Locator.of(self.ground.land(boxes)))
        return {cell: codes[cell] for cell in wanted if cell in codes}

    def _lost(self, shapes: Shapes, reach: Sequence[float]) -> list[Answer]:
        """Place features that no leaf holds: why, and how far the nearest leaf is, wherever that may be."""
        answers: dict[int, Answer] = {}
        asked = dict(enumerate(reach))
        while asked:
            boxes = {number: self._within(shapes[number], asked[number]) for number in asked}
            numbers: IntArray = np.array(list(asked), dtype=np.int64)
            land = self._covered_land([box or WHOLE_EARTH for box in boxes.values()])
            placed = place_features(Locator.of(land), shapes[numbers])
            if self.ground.ground.extent is None and any(one.method == Method.OUTSIDE for one in placed):
                land = self._covered_land([box or WHOLE_EARTH for box in boxes.values()], tops=True)
                placed = place_features(Locator.of(land), shapes[numbers])
            for number, one in zip(numbers.tolist(), placed, strict=True):
                found = np.inf if one.nearest_m is None else one.nearest_m
                if boxes[number] is None or found <= asked[number]:
                    answers[number] = answer_of(one, land)
                    del asked[number]
                else:
                    asked[number] = min(found, 8 * asked[number])
        return [answers[number] for number in range(len(shapes))]

    def _covered_land(self, boxes: Sequence[Box], *, tops: bool = False) -> Land:
        if WHOLE_EARTH in boxes:
            boxes = [WHOLE_EARTH]
        return self.ground.land(boxes, covered=True, tops=tops)

    def _within(self, shape: shapely.Geometry, reach: float) -> Box | None:
        """Give the box that holds the nearest leaf, if it is as near as that; None if it may be anywhere."""
        (box,) = boxes_of([shape])
        # A millimetre more, so that what is exactly so far away meets the box.
        wide = box_widened(box, reach + 0.001)
        if wide is None:
            return None
        shrunk = float(np.cos(np.radians(max(abs(wide[1]), abs(wide[3])))))
        return wide if np.radians(reach / METRES_PER_DEGREE) < FAR * shrunk else None


def leaf_codes(locator: Locator) -> dict[UUID, str]:
    """Give the leaves of a land with their codes."""
    land = locator.land
    return {land.ident[cell]: land.code[cell] for cell in locator.leaves.cell.tolist()}


def answer_of(placed: Placed, land: Land) -> Answer:
    """Say where a feature was placed in the words that are stored."""
    shares = shares_by_code(placed.shares, land.code)
    return Answer(
        cell=land.ident[placed.cell] if placed.cell >= 0 else None,
        code=land.code[placed.cell] if placed.cell >= 0 else "",
        method=placed.method,
        share=round(placed.share, SHARE_DIGITS),
        on_edge=placed.on_edge,
        shares=shares,
        nearest_m=None if placed.nearest_m is None else float(in_millimetres(placed.nearest_m)),
    )


def shares_by_code(
    shares: Sequence[tuple[int, float]] | None, codes: Sequence[str]
) -> dict[str, float] | None:
    """Give shares by the codes of the cells, in the digits that are stored."""
    return {codes[cell]: round(share, SHARE_DIGITS) for cell, share in shares or ()} or None


def in_millimetres(metres: FloatArray | float) -> FloatArray:
    """Round metres to what is stored: for one and for many in the same way."""
    rounded: FloatArray = np.round(metres, METRE_DIGITS)
    return rounded
