"""Make one cell of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import find_cell, parameter, read_text, read_texts
from geogrid.core.actions.family import box_of, descendants, divides, fill_down
from geogrid.core.change import Change
from geogrid.core.coverage import Box, Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Sketch


@dataclass(frozen=True)
class MergeCells:
    """Make one cell of neighbours that have the same parent; those below them go along.

    Attributes
    ----------
    codes : tuple of str
    keep : str, optional
        The one that stays; if none, all end and a new cell takes their place.
    name : str, optional
        Of the cell; that of the one that stays, or of the first, if not given.
    """

    codes: tuple[str, ...] = parameter(read_texts)
    keep: str | None = parameter(read_text, default=None)
    name: str | None = parameter(read_text, default=None)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        cells = [find_cell(ground, code) for code in dict.fromkeys(self.codes)]
        self._refuse_misfits(ground, cells)
        below = ground.children([cell.ident for cell in cells])
        undivided = _undivided(ground, cells, below)
        inner = below if not undivided else descendants(ground, cells, _box_around(undivided))
        # The land of the cells below plays a part only where they have to take in that of an undivided one.
        sketch = Sketch([*cells, *(cell for cell in inner if undivided and divides(ground, cell))])
        refuse_apart(sketch, cells)
        plan = Plan(ground, sketch, new_ids)
        plan.take_in(inner)
        first = next((cell for cell in cells if cell.code == self.keep), cells[0])
        target = first.ident
        if self.keep is None:
            target = plan.new(first.level, parent=first.parent, like=first, name=first.name)
        if self.name is not None:
            plan.say(target, name=self.name)
        for cell in cells:
            if cell.ident != target:
                plan.hand(plan.faces(cell.ident), cell.ident, target)
                plan.retire(cell.ident)
        for child in below:
            plan.say(child.ident, parent=target)
        for cell in undivided:
            fill_down(plan, sketch.held[cell.ident], target)
        return plan.change()

    def _refuse_misfits(self, ground: Ground, cells: Sequence[Cell]) -> None:
        if len(cells) < 2:
            raise EditRefused("same-cell", "name two cells or more to merge")
        if self.keep is not None and self.keep not in {cell.code for cell in cells}:
            raise EditRefused(
                "no-such-cell", f"{self.keep!r} is to be kept and is none of the cells to merge"
            )
        first = cells[0]
        for cell in cells[1:]:
            if cell.level != first.level:
                levels = [ground.levels[one.level].code for one in (first, cell)]
                raise EditRefused(
                    "wrong-level", f"{first.code} is of the level {levels[0]} and {cell.code} of {levels[1]}"
                )
            if cell.parent != first.parent:
                raise EditRefused(
                    "different-parents",
                    f"{first.code} and {cell.code} have different parents; retire one into the other, which "
                    "moves the border of the parents as well",
                    geometry=cell.shape,
                )


def _undivided(ground: Ground, cells: Sequence[Cell], below: Sequence[Cell]) -> list[Cell]:
    """Give the cells that none divide wholly, where others of them are divided so."""
    divided = {
        child.parent
        for child in below
        if divides(ground, child) and ground.levels[child.level].rule != "partial" and child.shape is not None
    }
    return [cell for cell in cells if divided and cell.ident not in divided]


def _box_around(cells: Sequence[Cell]) -> Box:
    return box_of(shapely.GeometryCollection([cell.shape for cell in cells]))


def refuse_apart(sketch: Sketch, cells: Sequence[Cell]) -> None:
    """Refuse cells of which one has no border in common with the others.

    Raises
    ------
    EditRefused
    """
    across = np.ones(len(sketch.drawn), dtype=bool)
    everything = frozenset().union(*(sketch.held[cell.ident] for cell in cells))
    groups = sketch.connected(everything, across)
    reached = {cells[0].ident}
    grew = True
    while grew:
        grew = False
        for group in groups:
            inside = {cell.ident for cell in cells if sketch.held[cell.ident] & group}
            if inside & reached and not inside <= reached:
                reached |= inside
                grew = True
    apart = [cell for cell in cells if cell.ident not in reached]
    if apart:
        raise EditRefused(
            "not-adjacent",
            f"{apart[0].code} has no border in common with the others",
            geometry=shapely.GeometryCollection([cell.shape for cell in apart]),
            cells=[cell.code for cell in apart],
        )
