"""Resolve an overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import find_cell, find_level, parameter, read_polygon, read_text, read_texts
from geogrid.core.actions.family import (
    ancestors,
    box_of,
    children,
    descendants,
    divides,
    fill_down,
    land_children,
    tiled_by,
)
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import to_degrees
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Faces, Sketch


@dataclass(frozen=True)
class ResolveOverlap:
    """Give land that several cells claim to one of them, or divide it between the first two.

    Attributes
    ----------
    level : str
    overlap : shapely.MultiPolygon
        As the finding has it.
    cells : tuple of str
        The codes of the cells that claim it.
    to : str
        `first` or `second` in byte order of their codes, the code of one, or `split`.
    finding : str
        The id of the finding, for the log.
    """

    level: str = parameter(read_text)
    overlap: shapely.MultiPolygon = parameter(read_polygon)
    cells: tuple[str, ...] = parameter(read_texts)
    to: str = parameter(read_text, default="first")
    finding: str = parameter(read_text, default="")

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        level = find_level(ground, self.level)
        claimants = [find_cell(ground, code) for code in sorted(set(self.cells), key=str.encode)]
        for cell in claimants:
            if cell.level != level:
                raise EditRefused("wrong-level", f"{cell.code} is not of the level {self.level}")
        if len(claimants) < 2:
            raise EditRefused("same-cell", "an overlap is of two cells or more")
        below = descendants(ground, claimants, box_of(self.overlap))
        family = [*claimants, *ancestors(ground, claimants), *below]
        land = [cell for cell in family if divides(ground, cell)]
        drawn = [Drawn.polygon(self.overlap)]
        sketch = Sketch(land, drawn)
        faces = self._claimed(sketch, claimants)
        if self.to == "split":
            chord = _chord(sketch, faces, claimants)
            if chord is not None:
                sketch = Sketch(land, [*drawn, Drawn.lines([chord])])
                faces = self._claimed(sketch, claimants)
        plan = Plan(ground, sketch, new_ids)
        plan.take_in(family)
        for group, winner in self._awards(sketch, faces, claimants):
            _refuse_bare(plan, group, winner, claimants)
            for loser in claimants:
                if loser.ident != winner.ident:
                    _give_up(plan, group & plan.faces(loser.ident), loser, winner)
            # A winner that was over the border of its parent takes the land to the parent's side.
            plan.hand_up(group, None, winner.ident)
            fill_down(plan, group, winner.ident)
        return plan.change()

    def _claimed(self, sketch: Sketch, claimants: list[Cell]) -> Faces:
        inside = sketch.inside()
        faces = frozenset(
            face for face in inside if sum(face in sketch.held[cell.ident] for cell in claimants) > 1
        )
        if not faces:
            raise EditRefused(
                "no-such-overlap",
                "the overlap is not there any more; audit the draft again",
                geometry=self.overlap,
            )
        return faces

    def _awards(self, sketch: Sketch, faces: Faces, claimants: list[Cell]) -> list[tuple[Faces, Cell]]:
        """Say which faces go to whom."""
        if self.to == "split":
            groups = sketch.connected(faces, ~sketch.drawn)
            return [(group, _nearer(sketch, group, faces, claimants[:2])) for group in groups]
        order = {"first": claimants[0], "second": claimants[1]}
        winner = order.get(self.to) or next((c for c in claimants if c.code == self.to), None)
        if winner is None:
            raise EditRefused("no-such-cell", f"{self.to!r} is none of the cells that overlap", cell=self.to)
        return [(faces, winner)]


def _nearer(sketch: Sketch, group: Faces, overlap: Faces, two: list[Cell]) -> Cell:
    """Give the cell that a part of an overlap shares the longer border with, the overlap itself apart."""
    # Rounded as in `neighbour`; the first of two that are equal.
    return max(two, key=lambda cell: round(sketch.shared_length(group, sketch.held[cell.ident] - overlap), 9))


def _chord(sketch: Sketch, faces: Faces, claimants: list[Cell]) -> shapely.LineString | None:
    """Give the line between the two places where the overlap leaves the one cell for the other."""
    half = sketch.border(faces)
    beyond = sketch.arrangement.face[half ^ 1]
    first, second = (np.isin(beyond, sorted(sketch.held[cell.ident] - faces)) for cell in claimants[:2])
    tail, head = sketch.arrangement.tail[half], sketch.arrangement.tail[half ^ 1]
    ends = [np.union1d(tail[side], head[side]) for side in (first & ~second, second & ~first)]
    corners = np.intersect1d(ends[0], ends[1])
    if len(corners) != 2:
        return None
    return shapely.LineString(to_degrees(sketch.arrangement.xy[corners]))


def _refuse_bare(plan: Plan, group: Faces, winner: Cell, claimants: list[Cell]) -> None:
    """Refuse to give land to a cell that is to be divided and is not, if others have it divided.

    Raises
    ------
    EditRefused
    """
    for loser in claimants:
        lost = tiled_by(plan, loser.ident) - tiled_by(plan, winner.ident)
        for child in land_children(plan, loser.ident):
            rank = plan.ground.levels[child.level]
            if child.level in lost and rank.rule == "partition" and plan.faces(child.ident) & group:
                raise EditRefused(
                    "would-add-fault",
                    f"{winner.code} has no cells of the level {rank.code}, and {child.code} would end; give "
                    f"the overlap to {loser.code}",
                    geometry=plan.sketch.shape(group),
                    rule="gap",
                )


def _give_up(plan: Plan, faces: Faces, loser: Cell, winner: Cell) -> None:
    """Take faces from a cell, those above it that the winner is not below, and those below it."""
    kept: set[UUID] = set()
    up: UUID | None = winner.ident
    while up is not None:
        kept.add(up)
        up = plan.parent(up)
    source: UUID | None = loser.ident
    while source is not None and source not in kept:
        plan.hand(faces, source, None)
        source = plan.parent(source)
    _withdraw(plan, faces, loser.ident, winner.ident)


def _withdraw(plan: Plan, faces: Faces, ident: UUID, heir: UUID) -> None:
    for child in land_children(plan, ident):
        plan.hand(faces, child.ident, None)
        _withdraw(plan, faces, child.ident, heir)
    if not plan.faces(ident):
        for child in children(plan, ident):
            if child.ident not in plan.held:
                plan.say(child.ident, parent=heir)
        plan.retire(ident, heir)
