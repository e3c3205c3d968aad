"""Make a new cell of the land inside a polygon, taken from those that have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import shapely

from geogrid.core.actions.asking import find_level, parameter, read_one_of, read_polygon, read_text
from geogrid.core.actions.family import (
    ancestors,
    box_of,
    descendants,
    divides,
    fill_down,
    follow,
    land_children,
    refuse_astride,
    share,
    tiled_by,
)
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class CutOut:
    """Make a new cell of the land inside a polygon, taken from all cells of the level that have it.

    A cell that lies wholly inside ends.

    Attributes
    ----------
    level : str
    polygon : shapely.MultiPolygon
    name : str
    astride : str
        What is done with cells below that lie partly inside: `refuse` or `split`.
    """

    level: str = parameter(read_text)
    polygon: shapely.MultiPolygon = parameter(read_polygon)
    name: str = parameter(read_text, default="")
    astride: str = parameter(read_one_of("refuse", "split"), default="refuse")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        level = find_level(ground, self.level)
        box = box_of(self.polygon)
        near = [cell for cell in ground.meeting(box) if cell.level == level]
        below = descendants(ground, near, box)
        land = [cell for cell in [*near, *below] if divides(ground, cell)]
        sketch = Sketch(land, [Drawn.polygon(self.polygon)])
        plan = Plan(ground, sketch, new_ids)
        plan.take_in([*near, *below])
        inside = sketch.inside()
        sources = sorted(
            (cell for cell in near if plan.faces(cell.ident) & inside), key=lambda cell: cell.code.encode()
        )
        self._refuse_misfits(ground, sources)
        new = plan.new(level, parent=sources[0].parent, like=sources[0], name=self.name)
        for cell in sources:
            refuse_astride(plan, cell.ident, [inside, plan.faces(cell.ident) - inside], self.astride)
        undivided = [cell for cell in sources if not tiled_by(plan, cell.ident)]
        for cell in sources:
            self._take(plan, cell, inside, new)
        for cell in undivided:
            fill_down(plan, sketch.held[cell.ident] & inside, new)
        return plan.change()

    def _refuse_misfits(self, ground: Ground, sources: Sequence[Cell]) -> None:
        if not sources:
            raise EditRefused(
                "nothing-inside",
                f"the polygon meets no cell of the level {self.level}; draw a cell where nobody has the land",
                geometry=self.polygon,
            )
        if len({cell.parent for cell in sources}) > 1:
            above = ", ".join(sorted(cell.code for cell in ancestors(ground, sources)))
            raise EditRefused(
                "different-parents",
                f"the polygon lies in several cells of the level above ({above}); keep to one, and hand land "
                "over between them first",
                geometry=self.polygon,
            )

    def _take(self, plan: Plan, cell: Cell, inside: Faces, new: UUID) -> None:
        faces = plan.faces(cell.ident)
        below = land_children(plan, cell.ident)
        plan.hand(faces & inside, cell.ident, new)
        for child in below:
            mine = plan.faces(child.ident)
            share([mine & inside, mine - inside], plan, child, [new, cell.ident])
        follow(plan, cell.ident, faces & inside, new, all_of_them=faces <= inside)
        if faces <= inside:
            plan.retire(cell.ident)
