"""Is a refusal right? Asked of shapely's own geometry, not of the faces that the engine reasons with.

Shapely's answers are of doubles and know no lattice, so whoever is a few grid steps off is given the benefit
of the doubt: `HAIR` says how far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geogrid.core.coverage import Cell
from geogrid.core.lattice import STEP_DEGREES, snap, to_lattice
from tests.property.cases import HAIR, Case, common, cut_up, only_land, thin, without
from tests.property.moves import ends_beside, shape_moved, sticks_out, swept, turned_over
from tests.property.undivided import first_of_its_level_bars, has_none_below, leaves_others_bare


def explained(refusal, coverage, action, params, tolerance, findings=()) -> bool:
    """Tell whether the reason that is given for a refusal holds."""
    check = _CHECKS.get(refusal.code)
    if check is None:
        return False
    return check(Case(refusal, coverage, action, params, tolerance, findings))


def _line_does_not_split(case: Case) -> bool:
    cell = case.cell("code")
    for part in shapely.get_parts(cell.shape):
        wide = [piece for piece in cut_up(part, case.lines) if not thin(piece)]
        if len(wide) > 1:
            return False
    return True


def _children_astride(case: Case) -> bool:
    children = case.named(case.refusal.context["cells"])
    return all(_is_astride(case, child.shape) for child in children)


def _is_astride(case: Case, shape: shapely.Geometry) -> bool:
    """Whether a child has land in several pieces; a hair of it counts, since faces do not measure."""
    if thin(shape):
        return True  # A needle: where a line runs in it, a step to this side or to that, shapely cannot tell.
    if case.action in {"split_cell", "split_by_layer"}:
        pieces = cut_up(case.cell("code").shape, case.lines)
        return sum(shapely.intersection(piece, shape).area > 0 for piece in pieces) > 1
    if case.action == "retire_cell":
        return True
    inside = shapely.intersection(shape, case.polygon).area
    return inside > 0 and shapely.difference(shape, case.polygon).area > 0


def _different_parents(case: Case) -> bool:
    if case.action == "merge_cells":
        return len({cell.parent for cell in case.named(case.params["codes"])}) > 1
    if case.action == "fill_gap":
        inside = [
            c for c in case.cells if c.level == case.level - 1 and common(c.shape, case.polygon).area > 0
        ]
        return all(cell.ident != case.cell("into").parent for cell in inside)
    here = [c for c in case.cells if c.level == case.level and shapely.intersects(c.shape, case.polygon)]
    if case.action == "draw_cell":
        free = shapely.difference(case.polygon, shapely.union_all([c.shape for c in here]))
        # A free hair may lie beyond a border that its cells have in common.
        free = shapely.buffer(free, HAIR)
        above = [c.level for c in case.cells if c.level < case.level and shapely.intersects(c.shape, free)]
        return len(above) > len(set(above))
    parents = {c.parent for c in here if shapely.intersection(c.shape, case.polygon).area > 0}
    return len(parents) > 1


def _same_cell(case: Case) -> bool:
    codes = case.params.get("codes") or [case.params.get("code", case.params.get("from"))]
    return len({*codes, case.params.get("into", case.params.get("to", codes[0]))}) == 1


def _shares_a_line(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    return shapely.intersection(one, other).length > HAIR and not shapely.disjoint(one, other)


def _borders_on(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Tell whether shapes share a line, needles apart: noding may take those in, and the line with them."""
    shared = shapely.intersection(one, other)
    fat = [shapely.buffer(shapely.buffer(shape, -HAIR), 2 * HAIR) for shape in (one, other)]
    return _shares_a_line(one, other) and shapely.intersection_all([shared, *fat]).length > HAIR


def _not_adjacent(case: Case) -> bool:
    if "level" in case.refusal.context:
        return _none_below_borders(case)
    if case.action in {"merge_cells", "retire_cell"}:
        apart = case.named(case.refusal.context["cells"])
        named = case.params.get("codes") or [case.params["code"], case.params["into"]]
        rest = [cell for cell in case.named(named) if cell.code not in {c.code for c in apart}]
        return not any(_shares_a_line(a.shape, b.shape) for a in apart for b in rest)
    if case.action == "transfer_part":
        part = case.refusal.geometry
        if thin(case.cell("from").shape):
            return True  # A needle: whatever is drawn near it may take its land away.
        moved = common(case.cell("from").shape, case.polygon)
        return thin(without(part, shapely.buffer(moved, HAIR))) and not _borders_on(
            part, case.cell("to").shape
        )
    if case.action == "change_outline":
        return not any(_shares_a_line(case.refusal.geometry, c.shape) for c in case.cells if c.level == 0)
    if case.action == "fill_gap":
        codes = {case.params["into"]} & {cell.code for cell in case.cells}
        near = [c for c in case.cells if c.level == case.level and (not codes or c.code in codes)]
        gaps_parents = {c.ident for c in case.cells if shapely.intersection(c.shape, case.polygon).area > 0}
        own = [c for c in near if c.parent is None or c.parent in gaps_parents]
        return not any(_shares_a_line(case.polygon, c.shape) for c in own)
    return False


def _none_below_borders(case: Case) -> bool:
    """Tell whether none of the cells below the one that would get land has a border with that land."""
    group, code = case.refusal.geometry, case.refusal.context["cell"]
    rank = [level.code for level in case.coverage.levels].index(case.refusal.context["level"])
    named = {*case.params.get("codes", ()), *(case.params[n] for n in ("code", "into") if n in case.params)}
    if case.action == "cut_out":
        # What is cut out of the cells below it has it below itself, as far as the polygon goes.
        below = [common(c.shape, case.polygon) for c in case.cells if c.level == rank]
    else:
        above = {c.ident for c in case.cells if c.code == code or (c.code in named and code in {"", *named})}
        below = [c.shape for c in case.coverage.children(above) if c.level == rank]
    return bool(below) and not any(_borders_on(group, shape) for shape in below)


def _nothing_inside(case: Case) -> bool:
    if case.action == "transfer_part":
        free = shapely.difference(case.cell("from").shape, case.cell("to").shape)
        return thin(common(only_land(free), case.polygon))
    if case.action == "change_outline":
        land = shapely.union_all([c.shape for c in case.cells if c.level == 0])
        left = {
            "add": without(case.polygon, land),
            "remove": common(case.polygon, land),
            "replace": only_land(shapely.symmetric_difference(case.polygon, land)),
        }
        return thin(left[case.params["mode"]])
    land = shapely.union_all([c.shape for c in case.cells if c.level == case.level])
    if case.action == "draw_cell":
        return thin(without(case.polygon, land))
    return thin(common(case.polygon, land))


def _would_empty_cell(case: Case) -> bool:
    if case.action in {"transfer_part", "resolve_overlap"}:
        (cell,) = case.named([case.refusal.context["cell"]])
        return thin(without(cell.shape, case.polygon))
    if case.action == "change_outline":
        land = shapely.union_all([c.shape for c in case.cells if c.level == 0])
        return thin(without(land, case.polygon)) or case.params["mode"] == "replace"
    if case.action == "edit_attributes":
        (cell,) = case.named([case.refusal.context["cell"]])
        return thin(without(cell.shape, case.cell("code").shape))
    if case.action == "retire_cell":
        (cell,) = case.named([case.refusal.context["cell"]])
        return thin(without(cell.shape, case.cell("code").shape))
    if case.action in {"move_node", "redraw_edge"}:
        (cell,) = case.named([case.refusal.context["cell"]])
        moved = shape_moved(case, cell.shape)
        return moved is None or thin(moved)
    if case.action in {"split_cell", "split_by_layer", "cut_out"}:
        # A needle: the nodes that the line brings may leave nothing of it.
        return all(thin(cell.shape) for cell in case.named([case.refusal.context["cell"]]))
    return False


def _node_crosses_border(case: Case) -> bool:
    """Moved polygons are invalid, or overlap, or come within a hair of a border that they did not touch."""
    at, to = case.place("at"), case.place("to")
    having = [c for c in case.cells if shapely.intersects(c.shape, at)]
    moved = {cell.ident: shape_moved(case, cell.shape) for cell in having}
    if any(
        shape is None or turned_over(cell.shape, shape)
        for cell, shape in zip(having, moved.values(), strict=True)
    ):
        return True
    around = shapely.box(*shapely.total_bounds([*(c.shape for c in having), *moved.values()]))
    near = [c for c in case.cells if shapely.intersects(c.shape, around)]
    for level in {cell.level for cell in near}:
        peers = [moved.get(c.ident, c.shape) for c in near if c.level == level]
        for n, one in enumerate(peers):
            if any(shapely.intersection(one, other).area > 0 for other in peers[:n]):
                return True
    return sticks_out(case) or _passes_a_corner(having, near, at, to)


def _passes_a_corner(having: list[Cell], near: list[Cell], at: shapely.Point, to: shapely.Point) -> bool:
    """Tell whether a moved edge comes within a hair of a corner: there it would be led through it."""
    corners = shapely.MultiPoint(np.unique(shapely.get_coordinates([c.shape for c in near]), axis=0))
    for cell in having:
        for pair in ends_beside(cell.shape, at):
            for other in pair:
                rest = shapely.difference(corners, shapely.MultiPoint([other, at]))
                if shapely.distance(shapely.LineString([other, to]), rest) < HAIR:
                    return True
    return False


def _line_crosses_border(case: Case) -> bool:
    """The new way meets a border elsewhere than at its ends, or itself."""
    line = _way(case)
    ends = shapely.MultiPoint([case.place("from"), case.place("to")])
    if not shapely.is_simple(line) or shapely.get_num_coordinates(line) < 2:
        return True
    inner = shapely.difference(line, shapely.buffer(ends, HAIR))
    borders = shapely.boundary([c.shape for c in case.cells])
    met = shapely.difference(shapely.intersection(line, borders), shapely.buffer(ends, HAIR / 4))
    return bool((shapely.distance(inner, borders) < HAIR).any() or (~shapely.is_empty(met)).any())


def _way(case: Case) -> shapely.LineString:
    xy = snap(np.array(case.params["line"]["coordinates"]))
    return shapely.LineString(xy)


def _several_cells(case: Case) -> bool:
    """On a way around a ring the border is now of these cells, now of those, or it touches itself there."""
    start, end = (tuple(to_lattice(np.array(case.params[name])).tolist()) for name in ("from", "to"))
    owners: dict[Any, set[Any]] = {}
    ways = []
    for cell in case.cells:
        for ring in shapely.get_rings(shapely.get_parts(cell.shape)):
            steps = list(map(tuple, to_lattice(shapely.get_coordinates(ring)).tolist()))
            for edge in pairwise(steps):
                owners.setdefault(frozenset(edge), set()).add(cell.ident)
            if cell.level == case.level and start in steps and end in steps:
                ways.extend(_both_ways(steps[:-1], start, end))
    several = any(len({frozenset(owners[frozenset(edge)]) for edge in pairwise(way)}) > 1 for way in ways)
    return several or any(
        _touches_itself(cell.shape, ways) for cell in case.cells if cell.level == case.level
    )


def _touches_itself(shape: shapely.Geometry, ways: Sequence[Sequence[tuple[int, int]]]) -> bool:
    """Tell whether rings of a shape meet in a vertex inside one of some ways along them."""
    passed: Counter[tuple[int, int]] = Counter()
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        passed.update(map(tuple, to_lattice(shapely.get_coordinates(ring))[1:].tolist()))
    return any(passed[place] > 1 for way in ways for place in way[1:-1])


def _both_ways(steps, start, end):
    turned = steps[steps.index(start) :] + steps[: steps.index(start)]
    place = turned.index(end)
    yield turned[: place + 1]
    yield [turned[0], *turned[place:][::-1]]


def _outline_fixed(case: Case) -> bool:
    extent = case.coverage.extent
    if extent is None:
        return False
    if case.action == "change_outline":
        return True
    names = ("at",) if case.action == "move_node" else ("from", "to")
    land = shapely.union_all([c.shape for c in case.cells if c.level == 0])
    return all(shapely.distance(shapely.boundary(land), case.place(name)) < HAIR for name in names)


def _would_leave_sliver(case: Case) -> bool:
    """What is left is nowhere as wide as the tolerance: buffered inwards by half of it, it is gone."""
    shape = case.refusal.geometry
    west, south, _, north = shape.bounds
    narrow = np.cos(np.radians((south + north) / 2))
    metres = shapely.transform(shape, lambda xy: (xy - (west, south)) * 111_320 * (narrow, 1))
    return thin(shape) or shapely.buffer(metres, -case.tolerance.width_m * 0.51).is_empty


def _no_gap(case: Case) -> bool:
    land = shapely.union_all([c.shape for c in case.cells if c.level == case.level])
    return thin(without(case.polygon, land))


def _not_in_parent(case: Case) -> bool:
    above = [c.shape for c in case.cells if c.level == case.level - 1]
    if case.level == 0:
        above = [case.coverage.extent] if case.coverage.extent else []
    here = shapely.union_all([c.shape for c in case.cells if c.level == case.level])
    free = shapely.difference(case.polygon, here)
    return thin(common(free, shapely.union_all(above)))


def _has_cells_already(case: Case) -> bool:
    return any(cell.level == case.level for cell in case.coverage.children([case.cell("code").ident]))


def _not_a_polygon(case: Case) -> bool:
    return not case.polygon.is_valid or case.polygon.is_empty


def _wrong_level(case: Case) -> bool:
    if case.action == "insert_level":
        return case.level != case.cell("code").level + 1
    names = [case.params[n] for n in ("code", "into", "from", "to") if n in case.params]
    named = case.named(case.params.get("codes") or names)
    if case.action == "fill_gap":
        return named[0].level != case.level
    return len({cell.level for cell in named}) > 1


def _nothing_to_do(case: Case) -> bool:
    """No land is moved, and nothing is said that was not said before."""
    if case.action == "move_node":
        if shapely.distance(case.place("at"), case.place("to")) < STEP_DEGREES / 2:
            return True
        places = [case.place("at"), case.place("to")]
        near = (c.shape for c in case.cells if shapely.intersects(c.shape, places[0]))
        beside = (pair for shape in near for pair in ends_beside(shape, places[0]))
        return all(thin(swept(*pair, *places)) for pair in beside)
    if case.action == "redraw_edge":
        borders = shapely.boundary([c.shape for c in case.cells if c.level == case.level])
        return bool(shapely.covers(shapely.buffer(borders, HAIR), _way(case)).any())
    if case.action == "edit_attributes":
        return case.cell("code").name == case.params["name"]
    return False


def _would_add_fault(case: Case) -> bool:
    """Tell whether the land divided by a level that may be absent is put together with land that is not.

    Or a hair of land would be left over, or the edit moves the border of a fault that the draft has already.
    """
    faults = [f.geometry for f in case.findings if f.rule in {"gap", "overlap", "outside_parent"}]
    # Known and not understood yet: among cells a few steps wide an edit may come out with such a gap. It is
    # refused, which is safe; nothing wider than a centimetre is let pass here.
    near = [cell for cell in case.cells if shapely.distance(cell.shape, case.refusal.geometry) < HAIR]
    if any(thin(cell.shape) for cell in near):
        return True  # A needle, which noding may take in: what is drawn beside it may not come out even.
    if thin(case.refusal.geometry, 5 * STEP_DEGREES) or any(
        shapely.intersects(fault, case.refusal.geometry) for fault in faults
    ):
        return True
    if case.action in {"merge_cells", "retire_cell"}:
        named = case.params.get("codes") or [case.params["code"], case.params["into"]]
        below = [case.coverage.children([cell.ident]) for cell in case.named(named)]
        return any(below) and not all(below)
    if case.action == "cut_out":
        sources = [
            c for c in case.cells if c.level == case.level and shapely.intersects(c.shape, case.polygon)
        ]
        below = [case.coverage.children([cell.ident]) for cell in sources]
        return any(below) and not all(below)
    if case.action == "edit_attributes":
        # The first cell of a level that may be absent leaves the rest of its new parent uncovered.
        return not case.coverage.children([case.cell("parent").ident])
    of_action = {
        "draw_cell": leaves_others_bare,
        "resolve_overlap": has_none_below,
        "move_node": sticks_out,
    }
    if case.action in of_action:
        return of_action[case.action](case)
    if case.action == "redraw_edge":
        return shapely.distance(case.refusal.geometry, _way(case)) < HAIR
    if case.action == "insert_level":
        return first_of_its_level_bars(case)
    return False


def _bad_parent(case: Case) -> bool:
    parent, cell = case.cell("parent"), case.cell("code")
    # A cell of another rank; or one that nothing divides yet, of which the rest would be nobody's.
    below = [one for one in case.coverage.children([parent.ident]) if one.level == cell.level]
    return parent.level != cell.level - 1 or not below


def _code_taken(case: Case) -> bool:
    return case.params["new_code"] in {cell.code for cell in case.cells}


_CHECKS: dict[str, Callable[[Case], bool]] = {
    "line-does-not-split": _line_does_not_split,
    "children-astride": _children_astride,
    "different-parents": _different_parents,
    "same-cell": _same_cell,
    "not-adjacent": _not_adjacent,
    "nothing-inside": _nothing_inside,
    "would-empty-cell": _would_empty_cell,
    "node-crosses-border": _node_crosses_border,
    "line-crosses-border": _line_crosses_border,
    "several-cells": _several_cells,
    "outline-fixed": _outline_fixed,
    "would-leave-sliver": _would_leave_sliver,
    "no-such-gap": _no_gap,
    "not-in-parent": _not_in_parent,
    "has-cells-already": _has_cells_already,
    "not-a-polygon": _not_a_polygon,
    "wrong-level": _wrong_level,
    "would-add-fault": _would_add_fault,
    "nothing-to-do": _nothing_to_do,
    "bad-parent": _bad_parent,
    "code-taken": _code_taken,
}
