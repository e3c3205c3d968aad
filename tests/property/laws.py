"""What must hold after every edit, undo and redo: geometry.md 1–13, design promises 1–4 and 10."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.nearby import NearbyAudit
from geogrid.core.change import Change, Overlaid
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.lattice import STEP_DEGREES, STEP_METRES, to_degrees, to_lattice
from geogrid.core.locator import Locator
from tests.property.history import State
from tests.scenarios.oracle import Oracle, OracleCell

#: How far a border moves that gains nodes: a step each way, where a corner a step wide collapses.
BEND = 1.415 * STEP_DEGREES
#: They add land to the whole, or take some away; the others do not, unless they move a border of the whole.
OUTLINE = frozenset(
    {"change_outline", "draw_cell", "move_node", "redraw_edge", "fill_gap", "resolve_overlap"}
)
FAULTS = frozenset(
    {"gap", "overlap", "outside_parent", "duplicate_cell", "unmatched_edge", "invalid_polygon"}
)
OVERLAPS = frozenset({"overlap", "duplicate_cell"})
#: They move land from cell to cell as it is, however thin; others may draw a strip thinner than a step.
DIVIDING = frozenset({"split_cell", "split_by_layer", "merge_cells", "retire_cell"})
Edge = tuple[int, int, int, int]


def check_edit(before: State, after: State, change: Change, audit: NearbyAudit, action: str) -> None:
    """Check an edit that was made."""
    check_change(before, after, change, audit)
    no_fault_was_added(before, audit)
    cells_end_in_heirs(before, after, change, action)
    nodes_are_told_from_news(change, action)

    codes = Counter(cell.code for cell in after.coverage.cells.values())
    assert codes.most_common(1)[0][1] == 1, f"a code is there twice: {codes.most_common(2)}"


def check_change(before: State, after: State, change: Change, audit: NearbyAudit) -> None:
    """Check a change in either direction."""
    shapes_are_sound([one.after for one in change.cells if one.after is not None])
    the_nearby_audit_is_the_full_one(before, after, audit)
    unmatched = [f for f in after.findings.values() if f.rule == "unmatched_edge"]
    assert not unmatched, unmatched[0].message
    parents_are_there(after.coverage)
    levels_share_their_edges(after, change)
    the_overlaid_ground_is_the_same(before.coverage, change, after.coverage)


def shapes_are_sound(cells: Iterable[Cell]) -> None:
    """On the lattice, valid, not empty (geometry.md 1)."""
    shapes = np.array([cell.shape for cell in cells if cell.shape is not None], dtype=object)
    if not len(shapes):
        return
    xy = shapely.get_coordinates(shapes)
    assert (to_lattice(xy) / 1e8 == xy).all(), "a coordinate is not on the lattice"
    assert shapely.is_valid(shapes).all(), shapely.is_valid_reason(shapes).tolist()
    assert not shapely.is_empty(shapes).any(), "a cell without land was left"
    assert (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON).all()
    assert (np.abs(xy) <= (180, 90)).all(), "a coordinate is not on the earth"
    parts = shapely.get_parts(shapes)
    assert shapely.is_ccw(shapely.get_exterior_ring(parts)).all(), "a shell runs clockwise"


def the_nearby_audit_is_the_full_one(before: State, after: State, audit: NearbyAudit) -> None:
    """What the audit of the touched land tells is what two full audits tell (promise 5)."""
    full = before.findings, after.findings
    came = _tellable(before, after, [full[1][i] for i in full[1].keys() - full[0].keys()])
    went = _tellable(before, after, [full[0][i] for i in full[0].keys() - full[1].keys()])
    found, gone = (_tellable(before, after, told) for told in (audit.found, audit.gone))
    # A fault whose border gained a node has another id; the nearby audit need not look at it for that.
    moved = {(a, b) for a in came.keys() - found for b in went.keys() - gone if _same_place(came[a], went[b])}
    told = found.keys() | {a for a, _ in moved}, gone.keys() | {b for _, b in moved}
    assert told == (came.keys(), went.keys()), (
        f"found: {[f.message for f in audit.found]} instead of {[f.message for f in came.values()]}; "
        f"gone: {[f.message for f in audit.gone]} instead of {[f.message for f in went.values()]}"
    )


def _tellable(before: State, after: State, findings: Iterable[Finding]) -> dict[str, Finding]:
    """Leave out what depends on land far away: how levels begin, and overlaps that parents have already.

    The first cell of a level makes gaps of all cells above that have none yet. Cells overlap because those
    above them do, and the full audit tells that for a level or not, as the rest of it adds up or not.
    """
    filled = [{cell.level for cell in state.coverage.cells.values()} for state in (before, after)]
    levels = [level.code for level in before.coverage.levels]
    begun = {levels[level] for level in filled[0] ^ filled[1]}
    higher = [f for state in (before, after) for f in state.findings.values() if f.rule in OVERLAPS]
    return {
        finding.ident: finding
        for finding in findings
        if finding.level not in begun
        and not (
            finding.rule in OVERLAPS
            and any(
                levels.index(f.level) < levels.index(finding.level)
                and shapely.intersects(f.geometry, finding.geometry)
                for f in higher
            )
        )
    }


def _same_place(one: Finding, other: Finding) -> bool:
    if (one.rule, one.level, one.cells if one.rule != "gap" else ()) != (
        other.rule,
        other.level,
        other.cells if one.rule != "gap" else (),
    ):
        return False
    moved = shapely.symmetric_difference(one.geometry, other.geometry)
    return bool(shapely.buffer(moved, -BEND / 2).is_empty)


def no_fault_was_added(before: State, audit: NearbyAudit) -> None:
    """Every fault was there before, if not of the same cells; holes only a person can judge.

    Whoever draws the first cell of a level leaves the rest of it to be drawn.
    """
    there = {before.coverage.levels[cell.level].code for cell in before.coverage.cells.values()}
    for finding in audit.found:
        if finding.rule not in FAULTS or finding.severity == "suspected":
            continue
        if finding.rule == "gap" and finding.level not in there:
            continue
        kind = OVERLAPS if finding.rule in OVERLAPS else {finding.rule}
        was = [f.geometry for f in audit.gone if f.rule in kind and f.level == finding.level]
        if kind == OVERLAPS:
            was += claimed_twice(before.coverage, finding)
        # A strip of two steps around the fault that was is not new: borders gain nodes.
        new = shapely.difference(finding.geometry, shapely.buffer(shapely.union_all(was), 2 * STEP_DEGREES))
        assert was, finding.message
        assert new.area == 0, finding.message


def claimed_twice(coverage: Coverage, finding: Finding) -> list[shapely.Geometry]:
    """Give what cells of the level have in common in the box of a finding; the full audit may leave it out.

    It does where the cells above them overlap and are tiled each by its own.
    """
    here = shapely.box(*finding.geometry.bounds)
    level = [level.code for level in coverage.levels].index(finding.level)
    shapes = [
        c.shape for c in coverage.cells.values() if c.level == level and shapely.intersects(c.shape, here)
    ]
    return [shapely.intersection(one, other) for n, one in enumerate(shapes) for other in shapes[:n]]


def parents_are_there(coverage: Coverage) -> None:
    """No cell is left below one that has ended, and each is of a level below that of its parent."""
    for cell in coverage.cells.values():
        if cell.parent is not None:
            assert cell.parent in coverage.cells, f"the cell above {cell.code} has ended"
            assert coverage.cells[cell.parent].level < cell.level


def levels_share_their_edges(after: State, change: Change) -> None:
    """The edges of a tiled parent are those of its children that do not cancel (geometry.md 11)."""
    coverage, codes = after.coverage, set()
    for finding in after.findings.values():
        if finding.rule in FAULTS:
            codes |= {*finding.cells, *finding.subject.split(",")}
    touched = {one.after.ident for one in change.cells if one.after is not None}
    touched |= {one.after.parent for one in change.cells if one.after is not None and one.after.parent}
    for ident in touched:
        parent = coverage.cells[ident]
        below = coverage.children([ident])
        if not below or {cell.code for cell in (parent, *below)} & codes:
            continue
        if coverage.levels[below[0].level].rule == "partial":
            continue
        assert net_of(below) == net_of([parent]), f"{parent.code} and the cells below it differ in nodes"


def net_of(cells: Iterable[Cell]) -> set[Edge]:
    """Give the directed edges that have no opposite."""
    left: set[Edge] = set()
    for cell in cells:
        rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(cell.shape)))
        xy, of = shapely.get_coordinates(rings, return_index=True)
        steps = to_lattice(xy)
        within = of[1:] == of[:-1]
        for edge in np.concatenate([steps[:-1], steps[1:]], axis=1)[within].tolist():
            back = (edge[2], edge[3], edge[0], edge[1])
            if back in left:
                left.remove(back)
            else:
                left.add((edge[0], edge[1], edge[2], edge[3]))
    return left


def the_overlaid_ground_is_the_same(before: Coverage, change: Change, after: Coverage) -> None:
    """A ground with a change laid over it answers as the one that was made of it."""
    over = Overlaid(before, change)
    everywhere = (-180.0, -90.0, 180.0, 90.0)
    box = change.box() or everywhere
    assert _named(over.meeting(everywhere)) == _named(after.meeting(everywhere))
    assert _named(over.meeting(box)) == _named(after.meeting(box))
    idents = [one.ident for one in change.cells]
    assert _named(over.children(idents)) == _named(after.children(idents))
    assert over.by_ident(idents) == after.by_ident(idents)
    codes = [cell.code for one in change.cells for cell in (one.before, one.after) if cell is not None]
    assert over.by_code(codes) == after.by_code(codes)
    assert over.filled == after.filled


def _named(cells: list[Cell]) -> dict[UUID, Cell]:
    named = {cell.ident: cell for cell in cells}
    assert len(named) == len(cells), "a cell is given twice"
    return named


def cells_end_in_heirs(before: State, after: State, change: Change, action: str) -> None:
    """Shares add up to one, heirs exist, are of the same level and have the land (promise 10)."""
    was, now = before.coverage.cells, after.coverage.cells
    claimed = any(finding.rule in {"overlap", "duplicate_cell"} for finding in before.findings.values())
    shares: dict[UUID, float] = {}
    for heir in change.heirs:
        assert heir.predecessor in was
        assert heir.predecessor not in now
        assert heir.successor in now
        assert heir.share > 0
        shares[heir.predecessor] = shares.get(heir.predecessor, 0.0) + heir.share
        cell, other = was[heir.predecessor], now[heir.successor]
        if cell.level == other.level and not claimed:
            _share_is_that_of_the_land(cell, other, heir.share)
        elif cell.level != other.level:
            assert heir.share == 1.0
    for cell in change.removed:
        total = shares.pop(cell.ident, None)
        if total is None:
            assert action == "change_outline", f"{cell.code} ended without an heir"
        elif action != "change_outline":
            assert abs(total - 1) < 1e-9, f"the shares of the heirs of {cell.code} are {total}"
    assert not shares, "a cell that did not end has heirs"


def _share_is_that_of_the_land(cell: Cell, heir: Cell, share: float) -> None:
    common = shapely.intersection(cell.shape, heir.shape)
    land = shapely.MultiPolygon([p for p in shapely.get_parts(common) if p.geom_type == "Polygon"])
    whole, part = polygon_areas([cell.shape, land])
    # Borders may have moved by a step on the way from one to the other.
    slack = shapely.length(cell.shape) * 111_320 * STEP_METRES / whole + 1e-6
    assert share == 1.0 or abs(part / whole - share) <= slack, f"{share} of {cell.code} is {part / whole}"


def nodes_are_told_from_news(change: Change, action: str) -> None:
    """`noded` says that only nodes came or went, and it is said whenever that is so (geometry.md 11)."""
    ended = shapely.union_all([cell.shape for cell in change.removed if cell.shape is not None])
    for one in change.cells:
        if one.before is None or one.after is None:
            assert not one.noded
        elif one.before.content == one.after.content:
            moved = shapely.symmetric_difference(one.before.shape, one.after.shape)
            if one.noded:
                assert one.moved
                assert shapely.buffer(moved, -BEND / 2).is_empty, (
                    f"{one.after.code} is called noded and moved"
                )
            elif action in DIVIDING and shapely.length(one.after.shape) > 1e-4 and not _is_of(moved, ended):
                steps = [shapely.get_num_coordinates(c.shape) for c in (one.before, one.after)]
                news = steps[0] >= steps[1] or not shapely.buffer(moved, -BEND / 2).is_empty
                assert news, f"{one.after.code} is not called noded"
        else:
            assert not one.noded


def _is_of(moved: shapely.Geometry, ended: shapely.Geometry) -> bool:
    """Tell whether land, a step thin, is that of cells that ended: a needle that was handed over."""
    return bool(shapely.intersection(moved, ended).area > moved.area / 4)


def tops(coverage: Coverage) -> list[Cell]:
    """Give the cells of the top level."""
    return [cell for cell in coverage.cells.values() if cell.level == 0]


def drift(before: Coverage, after: Coverage, change: Change, action: str) -> tuple[float, float]:
    """Give by how much the land as a whole changed, m², and by how much it may (geometry.md 5)."""
    top = [one for one in change.cells if 0 in {c.level for c in (one.before, one.after) if c is not None}]
    if action in OUTLINE or not top:
        return 0.0, 0.0
    sides = [
        [c for c in cells if c is not None] for cells in zip(*((o.before, o.after) for o in top), strict=True)
    ]
    areas = [polygon_areas([c.shape for c in cells]).sum() for cells in sides]
    nets = [net_of(cells) for cells in sides]
    gained = np.array(list(nets[0] - nets[1]), dtype=np.float64).reshape(-1, 4) / 1e8
    metres = np.hypot(gained[:, 0] - gained[:, 2], gained[:, 1] - gained[:, 3]).sum() * 111_320
    return float(areas[1] - areas[0]), float(metres * STEP_METRES + 1e-6 + 1e-13 * areas[0])


def leaves_hold_points_once(coverage: Coverage, seed: int) -> None:
    """The locator gives every point the one leaf that whole numbers give it (promise 4)."""
    chosen = Random(seed)
    leaves = _undivided(coverage)
    oracle = Oracle([OracleCell(c.code, None, {}, rings_of(c.shape)) for c in leaves])
    xy = to_lattice(shapely.get_coordinates([cell.shape for cell in leaves]))
    vertices = xy[[chosen.randrange(len(xy)) for _ in range(20)]]
    places = chosen.choices(range(len(xy) - 1), k=20)
    middles = (xy[places] + xy[[n + 1 for n in places]]) // 2
    low, high = xy.min(axis=0), xy.max(axis=0)
    anywhere = [[chosen.randint(low[0], high[0]), chosen.randint(low[1], high[1])] for _ in range(20)]
    points = np.concatenate([vertices, middles, np.array(anywhere, dtype=np.int64)])
    located = Locator.of(coverage.land).points(to_degrees(points))
    partly = _partly_divided(coverage)
    for number, (x, y) in enumerate(points.tolist()):
        wanted = oracle.touch_at(x, y)
        told = [coverage.land.code[cell] for cell in located.touching(number)]
        assert [code for code in told if code not in partly] == list(wanted.codes), (x, y)
        assert (located.leaf[number] >= 0) == bool(told)
        if told:
            assert coverage.land.code[located.leaf[number]] == min(told, key=str.encode)


def _undivided(coverage: Coverage) -> list[Cell]:
    parents = {cell.parent for cell in coverage.cells.values()}
    return [cell for cell in coverage.cells.values() if cell.ident not in parents]


def _partly_divided(coverage: Coverage) -> set[str]:
    """Name the cells that cells of a partial level lie in: leaves for the rest of their land."""
    return {
        coverage.cells[cell.parent].code
        for cell in coverage.cells.values()
        if cell.parent is not None and coverage.levels[cell.level].rule == "partial"
    }


def rings_of(shape: shapely.Geometry) -> list[list[tuple[int, int]]]:
    """Give all rings of a polygon as lattice positions, closed."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [[(x, y) for x, y in to_lattice(shapely.get_coordinates(ring)).tolist()] for ring in rings]
