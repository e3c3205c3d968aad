"""Fill a gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import shapely

from geogrid.core.actions.asking import find_cell, find_level, parameter, read_polygon, read_text
from geogrid.core.actions.family import box_of, descendants, divides, fill_down, neighbour, seed_below
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.land import levels_above
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class FillGap:
    """Fill a gap: as a new cell, into the neighbour with the longest border, or into a chosen one.

    Where cells of the level above overlap, a gap may lie in several of them. It is then of the one that the
    cell that takes it lies in, and a new cell comes to lie in that with the lowest code.

    Attributes
    ----------
    level : str
    gap : shapely.MultiPolygon
        As the finding has it.
    into : str
        The code of a cell, or `new`, or `longest`.
    name : str
        Of the new cell.
    finding : str
        The id of the finding, for the log.
    """

    level: str = parameter(read_text)
    gap: shapely.MultiPolygon = parameter(read_polygon)
    into: str = parameter(read_text, default="longest")
    name: str = parameter(read_text, default="")
    finding: str = parameter(read_text, default="")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        level = find_level(ground, self.level)
        above = levels_above(ground.levels, ground.filled)[level]
        box = box_of(self.gap)
        near = [cell for cell in ground.meeting(box) if cell.level in {level, *above}]
        beside = [cell for cell in near if cell.level == level]
        below = [cell for cell in descendants(ground, beside, box) if divides(ground, cell)]
        chosen = [] if self.into in {"new", "longest"} else [find_cell(ground, self.into)]
        sketch = Sketch([*near, *below, *chosen], [Drawn.polygon(self.gap)])
        plan = Plan(ground, sketch, new_ids)
        faces, parents = self._gap(ground, sketch, near, level)
        target = self._target(plan, beside, faces, parents, chosen)
        if target is None:
            parent = parents[0].ident if parents else None
            siblings = [cell for cell in beside if parent is None or cell.parent == parent] or beside
            like = min(siblings, key=lambda cell: cell.code.encode()) if siblings else None
            new = plan.new(level, parent=parent, like=like, name=self.name)
            plan.hand(faces, None, new)
            seed_below(plan, new)
        else:
            plan.hand(faces, None, target)
            fill_down(plan, faces, target)
        return plan.change()

    def _gap(self, ground: Ground, sketch: Sketch, near: list[Cell], level: int) -> tuple[Faces, list[Cell]]:
        """Find the faces of the gap that are nobody's still, and the cells above that have them."""
        covered = [cell for cell in near if cell.level == level]
        free = sketch.inside() - frozenset().union(*(sketch.held.get(cell.ident, ()) for cell in covered))
        above = [cell for cell in near if cell.level != level]
        parents = [cell for cell in above if sketch.held.get(cell.ident, frozenset()) & free]
        if len(parents) > 1:
            parents = _divided(ground, parents, level)
        if len(parents) > 1:
            parents = [cell for cell in parents if free <= sketch.held[cell.ident]]
        if not free or (above and not parents):
            raise EditRefused(
                "no-such-gap", "the gap is not there any more; audit the draft again", geometry=self.gap
            )
        if parents:
            free &= sketch.held[parents[0].ident]
        return free, sorted(parents, key=lambda cell: (-cell.level, cell.code.encode()))

    def _target(
        self, plan: Plan, beside: list[Cell], faces: Faces, parents: list[Cell], chosen: list[Cell]
    ) -> UUID | None:
        if self.into == "new":
            return None
        above = {cell.ident for cell in parents}
        if chosen:
            (cell,) = chosen
            if cell.level != plan.ground.levels.index(
                plan.ground.levels[find_level(plan.ground, self.level)]
            ):
                raise EditRefused("wrong-level", f"{cell.code} is not of the level {self.level}")
            if above and cell.parent not in above:
                names = " and ".join(parent.code for parent in parents)
                raise EditRefused("different-parents", f"the gap lies in {names}, and {cell.code} does not")
            candidates = [cell]
        else:
            candidates = [cell for cell in beside if not above or cell.parent in above]
        touching = [
            cell.ident for cell in candidates if plan.sketch.shared_length(faces, plan.faces(cell.ident)) > 0
        ]
        if not touching:
            raise EditRefused(
                "not-adjacent",
                "no such cell has a border in common with the gap; fill it as a new cell (into: new)",
                geometry=self.gap,
            )
        return neighbour(plan, faces, touching)


def _divided(ground: Ground, cells: list[Cell], level: int) -> list[Cell]:
    """Leave out the cells that need no cells of the level, and have none: no gap is theirs."""
    there = {cell.parent for cell in ground.children({cell.ident for cell in cells}) if cell.level == level}
    nearest = levels_above(ground.levels, ground.filled)[level][:1]
    wanted = nearest if ground.levels[level].rule == "partition" else ()
    return [cell for cell in cells if cell.level in wanted or cell.ident in there]
