"""Change the outline of the land."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import level_above, parameter, read_one_of, read_polygon
from geogrid.core.actions.family import box_of, descendants, divides, fill_down, neighbour
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class ChangeOutline:
    """Add land to the whole, or take some away, on all levels at once.

    Land that is added goes to the cells with the longest border. A cell all of whose land is taken ends, and
    with it the sites, records and the like below it.

    Attributes
    ----------
    polygon : shapely.MultiPolygon
    mode : str
        `add`, `remove`, or `replace`: the polygon is the outline.
    """

    polygon: shapely.MultiPolygon = parameter(read_polygon)
    mode: str = parameter(read_one_of("add", "remove", "replace"))

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        if ground.extent is not None:
            raise EditRefused(
                "outline-fixed",
                "the document of the scheme says which land it has; change its extent there",
                geometry=self.polygon,
            )
        tops = self._tops(ground)
        below = [cell for cell in descendants(ground, tops, self._box()) if divides(ground, cell)]
        sketch = Sketch([*tops, *below], [Drawn.polygon(self.polygon)])
        plan = Plan(ground, sketch, new_ids)
        land = frozenset().union(*(sketch.held[cell.ident] for cell in tops if cell.ident in sketch.held))
        inside = sketch.inside()
        added = inside - land if self.mode != "remove" else frozenset()
        removed = {"add": frozenset(), "remove": inside & land, "replace": land - inside}[self.mode]
        if not added and not removed:
            raise EditRefused(
                "nothing-inside", "the outline would stay as it is; draw across it", geometry=self.polygon
            )
        if added:
            self._add(plan, added, [cell.ident for cell in tops])
        if removed:
            self._remove(plan, removed)
        return plan.change()

    def _box(self) -> tuple[float, float, float, float]:
        return (-180.0, -90.0, 180.0, 90.0) if self.mode == "replace" else box_of(self.polygon)

    def _tops(self, ground: Ground) -> list[Cell]:
        return [
            cell
            for cell in ground.meeting(self._box())
            if divides(ground, cell) and level_above(ground, cell.level) < 0
        ]

    def _add(self, plan: Plan, added: Faces, tops: list[UUID]) -> None:
        for group in plan.sketch.connected(added, np.ones(len(plan.sketch.drawn), dtype=bool)):
            beside = [top for top in tops if plan.sketch.shared_length(group, plan.faces(top)) > 0]
            if not beside:
                raise EditRefused(
                    "not-adjacent",
                    "the added land borders on no cell; draw it up to the outline, or draw a new cell there",
                    geometry=plan.sketch.shape(group),
                )
            target = neighbour(plan, group, beside)
            plan.hand(group, None, target)
            fill_down(plan, group, target)

    def _remove(self, plan: Plan, removed: Faces) -> None:
        ended = []
        for ident in list(plan.held):
            plan.hand(removed, ident, None)
            if not plan.faces(ident) and plan.sketch.held.get(ident):
                plan.retire(ident)
                ended.append(ident)
        if not any(plan.held.values()):
            raise EditRefused(
                "would-empty-cell",
                "no land would be left; draw a smaller polygon",
                geometry=self.polygon,
            )
        self._end_below(plan, ended)

    def _end_below(self, plan: Plan, ended: list[UUID]) -> None:
        """End what divides no land below cells that end; what has land elsewhere, a fault, has no parent."""
        while ended:
            below = plan.ground.children(ended)
            plan.take_in(below)
            ended = []
            for child in below:
                if plan.faces(child.ident):
                    plan.say(child.ident, parent=None)
                elif child.ident not in plan.held:
                    plan.retire(child.ident)
                    ended.append(child.ident)
