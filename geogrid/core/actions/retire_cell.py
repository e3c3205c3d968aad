"""End a cell and give its land to a neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from geogrid.core.actions.asking import find_cell, parameter, read_text
from geogrid.core.actions.family import ancestors, box_of, descendants, divides, settle_below
from geogrid.core.actions.merge_cells import refuse_apart
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Sketch


@dataclass(frozen=True)
class RetireCell:
    """End a cell and give its land to a neighbour of its level, whatever parent that has.

    Attributes
    ----------
    code : str
    into : str
        The neighbour.
    """

    code: str = parameter(read_text)
    into: str = parameter(read_text)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cell, heir = find_cell(ground, self.code), find_cell(ground, self.into)
        if cell.ident == heir.ident:
            raise EditRefused("same-cell", f"{cell.code} cannot be retired into itself; name a neighbour")
        if cell.level != heir.level:
            raise EditRefused("wrong-level", f"{cell.code} and {heir.code} are not of one level")
        assert cell.shape is not None
        below = descendants(ground, [cell, heir], box_of(cell.shape))
        above = ancestors(ground, [cell, heir]) if cell.parent != heir.parent else []
        family = [cell, heir, *above, *below]
        sketch = Sketch([one for one in family if divides(ground, one)])
        refuse_apart(sketch, [heir, cell])
        plan = Plan(ground, sketch, new_ids)
        plan.take_in(family)
        faces = plan.faces(cell.ident)
        plan.hand_up(faces, cell.ident, heir.ident)
        settle_below(plan, faces, cell.ident, heir.ident, "refuse")
        plan.retire(cell.ident, heir.ident)
        return plan.change()
