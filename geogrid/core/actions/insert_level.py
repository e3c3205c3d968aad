"""Put a cell of the next level under a cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from geogrid.core.actions.asking import find_cell, find_level, parameter, read_text
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Sketch


@dataclass(frozen=True)
class InsertLevel:
    """Put one cell of a level under a cell that has none of it yet: the same land, ready to be split.

    Cells of deeper levels that lay right below the cell lie below the new one afterwards.

    Attributes
    ----------
    code : str
    level : str
        Of which the parent is the level of the cell.
    name : str, optional
        That of the cell if not given.
    """

    code: str = parameter(read_text)
    level: str = parameter(read_text)
    name: str | None = parameter(read_text, default=None)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cell = find_cell(ground, self.code)
        level = find_level(ground, self.level)
        if ground.levels[level].parent != cell.level:
            here = ground.levels[cell.level].code
            raise EditRefused(
                "wrong-level", f"the level {self.level} is not the one below {here}", geometry=cell.shape
            )
        below = ground.children([cell.ident])
        there = [child.code for child in below if child.level == level]
        if there:
            raise EditRefused(
                "has-cells-already",
                f"{cell.code} has cells of the level {self.level}: {', '.join(there[:5])}",
                geometry=cell.shape,
            )
        plan = Plan(ground, Sketch([cell]), new_ids)
        plan.take_in(below)
        name = cell.name if self.name is None else self.name
        new = plan.new(level, parent=cell.ident, name=name)
        plan.hand(plan.faces(cell.ident), None, new)
        for child in below:
            if child.level > level:
                plan.say(child.ident, parent=new)
        return plan.change()
