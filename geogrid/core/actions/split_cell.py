"""Divide a cell along lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import find_cell, parameter, read_lines, read_names, read_one_of, read_text
from geogrid.core.actions.family import box_of, descendants, divide, divides, refuse_astride
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class SplitCell:
    """Divide a cell along one line or several that run through it from border to border.

    The cell ends and each piece is a new one, numbered from west to east, then from north to south. Parts of
    a cell of several parts that no line meets go to the nearest piece.

    Attributes
    ----------
    code : str
    lines : tuple of shapely.LineString
    names : tuple of str
        Of the pieces in their order; they are named like the cell where there are none.
    astride : str
        What is done with cells below that would lie on both sides: `refuse` or `split`.
    """

    code: str = parameter(read_text)
    lines: tuple[shapely.LineString, ...] = parameter(read_lines)
    names: tuple[str, ...] = parameter(read_names, default=())
    astride: str = parameter(read_one_of("refuse", "split"), default="refuse")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cell = find_cell(ground, self.code)
        drawn = Drawn.lines(self.lines)
        box = box_of(shapely.MultiLineString(list(self.lines)))
        below = descendants(ground, [cell], box, scattered=True)
        sketch = Sketch([cell, *(c for c in below if divides(ground, c))], [drawn])
        plan = Plan(ground, sketch, new_ids)
        plan.take_in(below)
        pieces = self._pieces(sketch, cell)
        refuse_astride(plan, cell.ident, pieces, self.astride)
        names = [*self.names, *[cell.name] * len(pieces)]
        divide(
            plan, cell.ident, [(faces, cell.parent, name) for faces, name in zip(pieces, names, strict=False)]
        )
        return plan.change()

    def _pieces(self, sketch: Sketch, cell: Cell) -> list[Faces]:
        faces = sketch.held[cell.ident]
        parts = sketch.connected(faces, np.ones(len(sketch.drawn), dtype=bool))
        cut: list[Faces] = []
        whole: list[Faces] = []
        for part in parts:
            pieces = sketch.connected(part, ~sketch.drawn)
            (cut if len(pieces) > 1 else whole).extend(pieces)
        if not cut:
            raise EditRefused(
                "line-does-not-split",
                f"no line runs through {cell.code} from border to border; draw it from outside to outside",
                geometry=shapely.MultiLineString(list(self.lines)),
                cell=cell.code,
            )
        return _in_order(sketch, _joined(sketch, cut, whole))


def _joined(sketch: Sketch, cut: list[Faces], whole: list[Faces]) -> list[Faces]:
    """Add the parts that no line meets to the nearest piece."""
    if not whole:
        return cut
    shapes = [sketch.shape(faces) for faces in cut]
    pieces = list(cut)
    for part in whole:
        nearest = int(np.argmin(shapely.distance(shapes, sketch.shape(part))))
        pieces[nearest] |= part
    return pieces


def _in_order(sketch: Sketch, pieces: Sequence[Faces]) -> list[Faces]:
    """Order pieces from west to east, then from north to south, by a point on each."""
    points = shapely.point_on_surface([sketch.shape(faces) for faces in pieces])
    order = np.lexsort((-shapely.get_y(points), shapely.get_x(points)))
    return [pieces[number] for number in order.tolist()]
