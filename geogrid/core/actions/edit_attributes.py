"""Rename, renumber or re-parent a cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from geogrid.core.actions.asking import find_cell, parameter, read_text
from geogrid.core.actions.family import ancestors, divides
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Sketch


@dataclass(frozen=True)
class EditAttributes:
    """Give a cell another name, code or parent; with another parent its land goes from the old to the new.

    Attributes
    ----------
    code : str
    name, new_code, parent : str, optional
        What is not given stays.
    """

    code: str = parameter(read_text)
    name: str | None = parameter(read_text, default=None)
    new_code: str | None = parameter(read_text, default=None)
    parent: str | None = parameter(read_text, default=None)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cell = find_cell(ground, self.code, land=False)
        parent = self._parent(ground, cell)
        moves = parent is not None and parent.ident != cell.parent
        family = [cell]
        if parent is not None and moves:
            family += [parent, *ancestors(ground, [cell, parent])]
        # Its land plays no part unless the parents exchange it.
        land = [one for one in family if divides(ground, one)] if moves and divides(ground, cell) else []
        plan = Plan(ground, Sketch(land), new_ids)
        plan.take_in(family)
        if self.name is not None:
            plan.say(cell.ident, name=self.name)
        if self.new_code is not None:
            self._refuse_taken(ground, cell)
            plan.say(cell.ident, code=self.new_code)
        if parent is not None and moves:
            self._move(plan, cell, parent)
        return plan.change()

    def _move(self, plan: Plan, cell: Cell, parent: Cell) -> None:
        """Put a cell below another parent; the cells above exchange its land."""
        source = plan.parent(cell.ident)
        plan.say(cell.ident, parent=parent.ident)
        target = plan.parent(cell.ident)
        if cell.ident not in plan.held or target == source:
            return
        if target in plan.held and not self._is_tiled(plan.ground, cell, parent):
            raise EditRefused(
                "bad-parent",
                f"{parent.code} has no cells of the level {plan.ground.levels[cell.level].code} yet, and the "
                "rest of its land would be a gap; put one under it first (insert_level)",
                geometry=parent.shape,
            )
        plan.hand_up(plan.faces(cell.ident), source, target)

    def _is_tiled(self, ground: Ground, cell: Cell, parent: Cell) -> bool:
        """Tell whether cells of the level of a cell divide a parent, or need not."""
        if ground.levels[cell.level].rule == "partial":
            return True
        return any(child.level == cell.level for child in ground.children([parent.ident]))

    def _parent(self, ground: Ground, cell: Cell) -> Cell | None:
        if self.parent is None:
            return None
        parent = find_cell(ground, self.parent, land=False)
        if parent.level != ground.levels[cell.level].parent:
            above = ground.levels[cell.level].parent
            wanted = f"of the level {ground.levels[above].code}" if above >= 0 else "there: it is at the top"
            raise EditRefused(
                "bad-parent", f"{parent.code} cannot be the parent of {cell.code}: none is {wanted}"
            )
        return parent

    def _refuse_taken(self, ground: Ground, cell: Cell) -> None:
        assert self.new_code is not None
        other = ground.by_code([self.new_code]).get(self.new_code)
        if not self.new_code.strip() or (other is not None and other.ident != cell.ident):
            raise EditRefused(
                "code-taken", f"the code {self.new_code!r} is another cell's, or none; give another"
            )
