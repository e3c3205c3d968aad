"""Hand a part of a cell to a neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import find_cell, parameter, read_one_of, read_polygon, read_text
from geogrid.core.actions.family import ancestors, box_of, descendants, divides, settle_below
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Sketch


@dataclass(frozen=True)
class TransferPart:
    """Hand the part of a cell inside a polygon to a neighbour; the cells above follow.

    Attributes
    ----------
    from_, to : str
        Codes of two cells of one level.
    polygon : shapely.MultiPolygon
    astride : str
        What is done with cells below that lie partly inside: `refuse` or `split`.
    """

    from_: str = parameter(read_text)
    to: str = parameter(read_text)
    polygon: shapely.MultiPolygon = parameter(read_polygon)
    astride: str = parameter(read_one_of("refuse", "split"), default="refuse")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cell, heir = find_cell(ground, self.from_), find_cell(ground, self.to)
        if cell.ident == heir.ident:
            raise EditRefused("same-cell", f"{cell.code} cannot hand land to itself")
        if cell.level != heir.level:
            raise EditRefused("wrong-level", f"{cell.code} and {heir.code} are not of one level")
        below = descendants(ground, [cell, heir], box_of(self.polygon))
        above = ancestors(ground, [cell, heir]) if cell.parent != heir.parent else []
        family = [cell, heir, *above, *below]
        sketch = Sketch([one for one in family if divides(ground, one)], [Drawn.polygon(self.polygon)])
        plan = Plan(ground, sketch, new_ids)
        plan.take_in(family)
        faces = sketch.inside() & plan.faces(cell.ident)
        if not faces - plan.faces(heir.ident):
            raise EditRefused(
                "nothing-inside", f"the polygon holds no land of {cell.code}", geometry=self.polygon
            )
        for group in sketch.connected(faces, np.ones(len(sketch.drawn), dtype=bool)):
            # A part that the neighbour claims already, an overlap, may have its land around that.
            if not group & plan.faces(heir.ident) and not sketch.shared_length(group, plan.faces(heir.ident)):
                raise EditRefused(
                    "not-adjacent",
                    f"the part has no border in common with {heir.code}; draw it up to that border",
                    geometry=sketch.shape(group),
                )
        plan.hand_up(faces, cell.ident, heir.ident)
        settle_below(plan, faces, cell.ident, heir.ident, self.astride)
        return plan.change()
