"""Draw a new cell where nobody has the land."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import find_level, level_above, parameter, read_polygon, read_text
from geogrid.core.actions.family import box_of, seed_below
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.extents import extent_along
from geogrid.core.plan import EXTENT, Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class DrawCell:
    """Draw a new cell: of the polygon, what lies in the cell above and is nobody's yet.

    Attributes
    ----------
    level : str
    polygon : shapely.MultiPolygon
        It may run over neighbours and over the border of the cell above; it is clipped to both.
    name : str
    """

    level: str = parameter(read_text)
    polygon: shapely.MultiPolygon = parameter(read_polygon)
    name: str = parameter(read_text, default="")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        level = find_level(ground, self.level)
        above = level_above(ground, level)
        near = [cell for cell in ground.meeting(box_of(self.polygon)) if cell.level in {level, above}]
        outer = []
        if above < 0 and ground.extent is not None:
            beside = np.array([cell.shape for cell in near if cell.level == level], dtype=object)
            outer = [Cell(EXTENT, 0, "", shape=extent_along(ground.extent, beside))]
        sketch = Sketch([*near, *outer], [Drawn.polygon(self.polygon)])
        taken = [cell for cell in near if cell.level == level]
        free = sketch.inside() - frozenset().union(*(sketch.held.get(cell.ident, ()) for cell in taken))
        if not free:
            raise EditRefused(
                "nothing-inside",
                f"all the land inside the polygon is of cells of the level {self.level}; cut it out of them",
                geometry=self.polygon,
            )
        plan = Plan(ground, sketch, new_ids)
        parent, free = self._place(ground, sketch, [cell for cell in near if cell.level == above], free)
        if outer:
            free &= sketch.held[EXTENT]
        like = min(taken, key=lambda cell: cell.code.encode()) if taken else None
        new = plan.new(level, parent=parent.ident if parent else None, like=like, name=self.name)
        plan.hand(free, None, new)
        if not free:
            raise EditRefused(
                "not-in-parent", "the polygon lies outside of the land of the scheme", geometry=self.polygon
            )
        seed_below(plan, new)
        return plan.change()

    def _place(
        self, ground: Ground, sketch: Sketch, above: list[Cell], free: Faces
    ) -> tuple[Cell | None, Faces]:
        """Find the cell above that the free land lies in; its part of the land is taken."""
        if level_above(ground, find_level(ground, self.level)) < 0:
            return None, free
        parents = [cell for cell in above if sketch.held.get(cell.ident, frozenset()) & free]
        if not parents:
            raise EditRefused(
                "not-in-parent",
                "the free land inside the polygon lies in no cell of the level above; draw that first",
                geometry=self.polygon,
            )
        if len(parents) > 1:
            codes = sorted(cell.code for cell in parents)
            raise EditRefused(
                "different-parents",
                f"the free land lies in {' and '.join(codes)}; draw one cell in each",
                geometry=sketch.shape(free),
                cells=codes,
            )
        return parents[0], free & sketch.held[parents[0].ident]
