"""Who is above and below a cell, and how cells below follow land that is handed over above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import level_above
from geogrid.core.coverage import Box, Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.plan import Plan
from geogrid.core.sketch import Faces


def divides(ground: Ground, cell: Cell) -> bool:
    """Tell whether a cell is of a level that divides land."""
    return ground.levels[cell.level].divides_land


def meets(cell: Cell, box: Box) -> bool:
    """Tell whether the box of a cell meets a box."""
    if cell.shape is None or cell.shape.is_empty:
        return False
    left, low, right, high = cell.shape.bounds
    west, south, east, north = box
    return bool(left <= east and right >= west and low <= north and high >= south)


def box_of(shape: shapely.Geometry) -> Box:
    """Give the box of a geometry that is not empty."""
    west, south, east, north = shape.bounds
    return west, south, east, north


def ancestors(ground: Ground, cells: Iterable[Cell]) -> list[Cell]:
    """Give all cells above some."""
    found: dict[UUID, Cell] = {}
    wanted = {cell.parent for cell in cells if cell.parent is not None}
    while wanted:
        above = ground.by_ident(wanted)
        found.update(above)
        wanted = {cell.parent for cell in above.values() if cell.parent is not None} - found.keys()
    return list(found.values())


def descendants(ground: Ground, cells: Iterable[Cell], box: Box, *, scattered: bool = False) -> list[Cell]:
    """Give all children of some cells, and of those whose box meets a box all children again, and so on.

    Parameters
    ----------
    scattered : bool
        Go on below cells of several parts as well: they may come to lie on both sides of a line that is
        nowhere near them.
    """
    found: dict[UUID, Cell] = {}
    near = [cell.ident for cell in cells]
    while near:
        below = [cell for cell in ground.children(near) if cell.ident not in found]
        found.update({cell.ident: cell for cell in below})
        near = [
            cell.ident
            for cell in below
            if meets(cell, box) or (scattered and shapely.get_num_geometries(cell.shape) > 1)
        ]
    return list(found.values())


def children(plan: Plan, ident: UUID) -> list[Cell]:
    """Give the cells below one as planned, in byte order of their codes."""
    below = [cell for cell in plan.cells.values() if cell.parent == ident]
    return sorted(below, key=lambda cell: (cell.level, cell.code.encode(), cell.ident.bytes))


def land_children(plan: Plan, ident: UUID) -> list[Cell]:
    """Give the cells below one that divide its land."""
    return [cell for cell in children(plan, ident) if cell.ident in plan.held and divides(plan.ground, cell)]


def divide(plan: Plan, ident: UUID, parts: Sequence[tuple[Faces, UUID | None, str]]) -> list[UUID]:
    """End a cell and put new ones in its place; its children go to the part that they lie in.

    Children that lie in several parts are divided in turn: ask before, with `refuse_astride`.

    Parameters
    ----------
    parts : sequence of (faces, parent, name)
    """
    cell = plan.cells[ident]
    below = land_children(plan, ident)
    others = [other for other in children(plan, ident) if other not in below]
    new = []
    for faces, parent, name in parts:
        part = plan.new(cell.level, parent=parent, like=cell, name=name)
        plan.hand(faces, ident, part)
        new.append(part)
    plan.retire(ident)
    for child in below:
        share([plan.faces(child.ident) & faces for faces, _, _ in parts], plan, child, new)
    _follow(plan, others, new)
    return new


def share(parts: Sequence[Faces], plan: Plan, child: Cell, parents: Sequence[UUID]) -> None:
    """Put a child below the parent that has all of its faces, or divide it among those that have some."""
    there = [number for number, faces in enumerate(parts) if faces]
    if len(there) == 1:
        plan.say(child.ident, parent=parents[there[0]])
    elif there:
        some = _with_rest(plan, child.ident, [parts[number] for number in there])
        above = [parents[number] for number in there]
        divide(
            plan, child.ident, [(part, parent, child.name) for part, parent in zip(some, above, strict=True)]
        )


def _with_rest(plan: Plan, ident: UUID, parts: Sequence[Faces]) -> list[Faces]:
    """Add the land of a cell outside of its parent, a fault, to the part with the longest border to it."""
    rest = plan.faces(ident).difference(*parts)
    if not rest:
        return list(parts)
    lengths = [round(plan.sketch.shared_length(rest, part), 9) for part in parts]
    nearest = lengths.index(max(lengths))
    return [part | rest if number == nearest else part for number, part in enumerate(parts)]


def _follow(plan: Plan, cells: Sequence[Cell], parents: Sequence[UUID]) -> None:
    """Put cells that divide no land below the parent that holds a point of them, else the first."""
    if not cells:
        return
    shapes = [plan.sketch.shape(plan.faces(parent)) for parent in parents]
    for cell in cells:
        here = 0
        if cell.shape is not None and not cell.shape.is_empty:
            point = shapely.point_on_surface(cell.shape)
            held = np.flatnonzero(shapely.intersects(shapes, point))
            here = int(held[0]) if len(held) else 0
        plan.say(cell.ident, parent=parents[here])


def refuse_astride(plan: Plan, ident: UUID, parts: Sequence[Faces], policy: str) -> None:
    """Refuse to divide children unless that was asked for.

    Raises
    ------
    EditRefused
    """
    if policy == "split":
        return
    astride = [
        child
        for child in land_children(plan, ident)
        if sum(bool(plan.faces(child.ident) & faces) for faces in parts) > 1
    ]
    if astride:
        codes = [child.code for child in astride]
        raise EditRefused(
            "children-astride",
            f"{', '.join(codes[:5])}{' and others' if len(codes) > 5 else ''} would lie on both sides; lead "
            'the line along their borders, or ask to divide them as well (astride: "split")',
            geometry=shapely.GeometryCollection([child.shape for child in astride]),
            cells=codes,
        )


def settle_below(plan: Plan, faces: Faces, source: UUID, target: UUID, policy: str) -> None:
    """Let the cells below follow faces that were handed from one cell to another.

    Below a target that its cells tile the faces are tiled as well, below one that has none no cell is left.
    """
    rest = plan.faces(source)
    refuse_astride(plan, source, [faces, rest], policy)
    was_tiled, is_tiled = tiled_by(plan, source), tiled_by(plan, target)
    for child in land_children(plan, source):
        mine = plan.faces(child.ident)
        if not mine & faces:
            continue
        if child.level in was_tiled - is_tiled and plan.sketch.held.get(target):
            _dissolve(plan, child.ident, mine & faces, target)
        else:
            share([mine & faces, mine & rest], plan, child, [target, source])
    follow(plan, source, faces, target, all_of_them=not rest)
    if not was_tiled:
        fill_down(plan, faces, target)


def tiled_by(plan: Plan, ident: UUID) -> frozenset[int]:
    """Give the levels whose cells have to cover all of a cell because they cover some of it."""
    levels = {child.level for child in land_children(plan, ident)}
    return frozenset(level for level in levels if plan.ground.levels[level].rule != "partial")


def follow(plan: Plan, source: UUID, faces: Faces, target: UUID, *, all_of_them: bool = False) -> None:
    """Put the cells below one that divide no land below another if a point of them is in what that got."""
    others = [cell for cell in children(plan, source) if cell.ident not in plan.held]
    if not others:
        return
    land = plan.sketch.shape(faces)
    for cell in others:
        inside = (
            cell.shape is not None
            and not cell.shape.is_empty
            and bool(shapely.intersects(land, shapely.point_on_surface(cell.shape)))
        )
        if all_of_them or inside:
            plan.say(cell.ident, parent=target)


def _dissolve(plan: Plan, ident: UUID, faces: Faces, heir: UUID) -> None:
    """Take faces from a cell and those below it; whoever has none left ends."""
    for child in land_children(plan, ident):
        _dissolve(plan, child.ident, plan.faces(child.ident) & faces, heir)
    plan.hand(faces, ident, None)
    gone = not plan.faces(ident)
    follow(plan, ident, faces, heir, all_of_them=gone)
    if gone:
        plan.retire(ident, heir)


def fill_down(plan: Plan, faces: Faces, target: UUID) -> None:
    """Give faces that a cell got to the cell below it that they share the longest border with, and so on.

    Raises
    ------
    EditRefused
        If none of the cells below borders on them.
    """
    for level in sorted(tiled_by(plan, target)):
        below = [child.ident for child in land_children(plan, target) if child.level == level]
        bare = faces.difference(*(plan.faces(child) for child in below))
        for group in plan.sketch.connected(bare, np.ones(len(plan.sketch.drawn), dtype=bool)):
            nearest = neighbour(plan, group, below)
            if not plan.sketch.shared_length(group, plan.faces(nearest)):
                above, rank = plan.cells[target].code or "the new cell", plan.ground.levels[level].code
                raise EditRefused(
                    "not-adjacent",
                    f"no cell of the level {rank} in {above} borders on the land that {above} would get; "
                    f"fill the gap of that level there first, or put a cell of it there (insert a level)",
                    geometry=plan.sketch.shape(group),
                    cell=plan.cells[target].code,
                    level=rank,
                )
            plan.hand(group, None, nearest)
            fill_down(plan, group, nearest)


def neighbour(plan: Plan, faces: Faces, idents: Sequence[UUID]) -> UUID:
    """Give the cell that some faces share the longest border with; the lowest code among equals."""
    lengths = {ident: plan.sketch.shared_length(faces, plan.faces(ident)) for ident in idents}

    def rank(ident: UUID) -> tuple[bool, float, bytes]:
        # Lengths that differ by less than 1e-9 degrees, a tenth of a grid step, differ by the sums' rounding;
        # but at a pole even a border of many steps is shorter than that.
        length = lengths[ident]
        return length == 0, -round(length, 9), plan.cells[ident].code.encode()

    return min(idents, key=rank)


def seed_below(plan: Plan, ident: UUID) -> None:
    """Give a new cell one cell on each level below on which every cell must be tiled."""
    ground, level = plan.ground, plan.cells[ident].level
    for number, rank in enumerate(ground.levels):
        if rank.rule == "partition" and number in ground.filled and level_above(ground, number) == level:
            child = plan.new(number, parent=ident, name=plan.cells[ident].name)
            plan.hand(plan.faces(ident), None, child)
            seed_below(plan, child)
