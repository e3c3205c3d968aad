"""The audit of the land that a change touched, and of nothing else (design promise 5).

On each level, and for each parent, how often a place is covered changes only where the chain of the borders,
children less parent, changes. Where that chain is the same before and after, nodes apart, no gap and no
overlap has come or gone, wherever on the earth; only for the parents where it is not are faces built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.audits.codes import audit_codes
from geogrid.core.audits.coverage import Tolerance, audit_level
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.polygons import audit_polygons
from geogrid.core.audits.slivers import audit_slivers
from geogrid.core.chains import net_edges, unique_segments
from geogrid.core.change import Change, Overlaid
from geogrid.core.codes import UNKNOWN_SYSTEM, CodeSystem
from geogrid.core.coverage import Box, Cell, Ground, land_of
from geogrid.core.land import levels_above
from geogrid.core.lattice import IntArray
from geogrid.core.mesh import Mesh, mesh_of
from geogrid.core.noding import node_segments


@dataclass(frozen=True)
class NearbyAudit:
    """What a change does to the findings of a land.

    Attributes
    ----------
    found : tuple of Finding
        Those that are there only since the change.
    gone : tuple of Finding
        Those that were there only before.
    """

    found: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What came and would keep a draft from being published."""
        return tuple(finding for finding in self.found if finding.blocks_publishing)


def audit_nearby(
    ground: Ground,
    change: Change,
    *,
    tolerance: Tolerance,
    code_lengths: Mapping[str, int | None] | None = None,
    code_system: CodeSystem = UNKNOWN_SYSTEM,
    sound: bool = False,
) -> NearbyAudit:
    """Tell which findings a change brings and which it ends.

    Parameters
    ----------
    ground : Ground
        The cells before the change.
    change : Change
        Its cells are noded with all around them, as those of actions are.
    tolerance : Tolerance
    code_lengths : mapping, optional
        Level code → digits of its codes.
    code_system : CodeSystem
        Where it is nested, codes are to begin with those of the cells above.
    sound : bool
        The land has no overlap and no cell outside of its parent, as editions have none: so none can be
        another cell's afterwards, and none is looked for.

    Returns
    -------
    NearbyAudit
        Of all rules but those of codes given twice, which only the whole land can tell, and of people and
        objects.
    """
    before = [one.before for one in change.cells if one.before is not None]
    after = [one.after for one in change.cells if one.after is not None]
    groups = _unsettled(Overlaid(ground, change), before, after, sound=sound)
    renamed = [] if sound else _renamed_at_fault(ground, change)
    for level, parent in [*renamed, *_newly_divided(ground, change), *_newly_below(ground, change)]:
        groups[level].add(parent)
    # One and the same land before and after, or what lies at its rim would come and go.
    was = _coverage_findings(ground, groups, [*before, *after], tolerance)
    now = _coverage_findings(Overlaid(ground, change), groups, [*before, *after], tolerance)
    real = {one.ident for one in change.real}
    rules = (code_lengths or {}, code_system)
    for findings, cells, land in ((was, before, ground), (now, after, Overlaid(ground, change))):
        changed = [cell for cell in cells if cell.ident in real]
        findings.extend(audit_polygons(land_of(land.levels, changed), {}))
        # A node that a neighbour gains may take the last width of a thin part of it.
        findings.extend(audit_slivers(land_of(land.levels, cells), tolerance))
        findings.extend(_code_findings(land, changed, *rules))
    old, new = ({finding.ident: finding for finding in findings} for findings in (was, now))
    return NearbyAudit(
        found=tuple(finding for ident, finding in new.items() if ident not in old),
        gone=tuple(finding for ident, finding in old.items() if ident not in new),
    )


def gaps_at(
    ground: Ground, level: int, places: Sequence[shapely.Geometry], *, tolerance: Tolerance
) -> list[Finding]:
    """Find the gaps of a level that are, still, where some are known to be: with the nodes they have now.

    Parameters
    ----------
    ground : Ground
    level : int
    places : sequence of shapely geometry
        The land of gaps as it was.
    tolerance : Tolerance
    """
    above = levels_above(ground.levels, ground.filled)[level]
    parents: set[UUID | None] = {None}
    if above:
        near = [cell for place in places for cell in ground.meeting(place.bounds)]
        parents = {cell.ident for cell in near if cell.level in above}
    gaps = [one for one in _coverage_findings(ground, {level: parents}, [], tolerance) if one.rule == "gap"]
    known = shapely.union_all(list(places))
    return [one for one in gaps if shapely.area(shapely.intersection(one.geometry, known)) > 0]


_Group = tuple[int, UUID | None]
#: In place of a parent: all cells of a level together.
_EVERYBODY = UUID(int=0)


def _unsettled(
    ground: Ground, before: Iterable[Cell], after: Iterable[Cell], *, sound: bool
) -> dict[int, set[UUID | None]]:
    """Give for each level the parents of which the covering changed; None for the whole of a top level."""
    uppers = levels_above(ground.levels, ground.filled)
    above = {level: uppers[level] for level, rank in enumerate(ground.levels) if rank.divides_land}
    signed = [
        (cell, sign)
        for cells, sign in ((before, -1), (after, 1))
        for cell in cells
        if cell.level in above and cell.shape is not None and not cell.shape.is_empty
    ]
    groups: dict[_Group, int] = {}
    member: list[tuple[int, int, int]] = []
    for number, (cell, sign) in enumerate(signed):
        member.extend(
            (groups.setdefault((cell.level, parent), len(groups)), number, sign)
            for parent in (cell.parent, _EVERYBODY)
        )
        for level, upper in above.items():
            if cell.level in upper:
                member.append((groups.setdefault((level, cell.ident), len(groups)), number, -sign))
    unsettled: dict[int, set[UUID | None]] = defaultdict(set)
    if not signed:
        return unsettled
    open_groups = _uncancelled(mesh_of([cell.shape for cell, _ in signed]), np.array(member, dtype=np.int64))
    for (level, parent), group in groups.items():
        if group not in open_groups:
            continue
        if parent != _EVERYBODY:
            unsettled[level].add(parent)
            continue
        moved = [cell for cell, _ in signed if cell.level == level]
        for one, other in _beside(ground, level, moved, above, sound=sound):
            unsettled[one].add(other)
    return unsettled


def _beside(
    ground: Ground, level: int, moved: list[Cell], above: Mapping[int, tuple[int, ...]], *, sound: bool
) -> Iterator[tuple[int, UUID]]:
    """Give the parents that have to do with land of a level that more cells cover than before, or fewer.

    It may be that of parents that are none of the cells'; and a cell that has it as well, an overlap, has the
    gaps of the levels below now in common with others, and now alone.
    """
    box = _box_around(moved)
    lower = [] if sound else [one for one, uppers in above.items() if level in uppers]
    if box is None or not (above[level] or lower):
        return
    near = ground.meeting(box)
    yield from ((level, cell.ident) for cell in near if cell.level in above[level])
    shapes = [cell.shape for cell in moved]
    for cell in near if lower else ():
        if cell.level == level and shapely.relate_pattern(cell.shape, shapes, "T********").any():
            yield from ((one, cell.ident) for one in lower)


def _newly_divided(ground: Ground, change: Change) -> set[_Group]:
    """Give the parents that a level which may be absent divides only before, or only after.

    What is not divided is no gap, so here the sums of borders do not tell.
    """
    ragged = {
        (cell.level, cell.parent)
        for one in change.real
        for cell in (one.before, one.after)
        if cell is not None and ground.levels[cell.level].rule == "ragged"
    }
    parents = [parent for _, parent in ragged if parent is not None]
    was, now = (
        {(cell.level, cell.parent) for cell in side.children(parents) if not _bare(cell)}
        for side in (ground, Overlaid(ground, change))
    )
    return {group for group in ragged if (group in was) != (group in now)}


def _newly_below(ground: Ground, change: Change) -> list[_Group]:
    """Give the levels, whole, that get their first cells, lose the last, or so come to lie below another.

    Of a level without cells no land is missing; with its first cell all is that it does not cover.
    """
    filled = ground.filled, Overlaid(ground, change).filled
    was, now = (levels_above(ground.levels, one) for one in filled)
    return [
        (level, None)
        for level in sorted(filled[0] | filled[1])
        if ground.levels[level].divides_land
        and (was[level] != now[level] or (level in filled[0]) != (level in filled[1]))
    ]


def _renamed_at_fault(ground: Ground, change: Change) -> list[_Group]:
    """Give the groups of cells that have a fault, and for which another code, or cell, stands in it now.

    An overlap is that of two cells: divide one, and it is another's, though its land is the same.
    """
    gone = [
        one.before
        for one in change.real
        if one.before is not None
        and ground.levels[one.before.level].divides_land
        and not _bare(one.before)
        and (one.after is None or one.moved or one.after.code != one.before.code)
    ]
    box = _box_around(gone)
    if box is None:
        return []
    near: dict[int, list[Cell]] = defaultdict(list)
    for cell in ground.meeting(box):
        near[cell.level].append(cell)
    above = ground.by_ident({cell.parent for cell in gone if cell.parent is not None})
    return [(cell.level, cell.parent) for cell in gone if _is_at_fault(cell, near[cell.level], above)]


def _is_at_fault(cell: Cell, near: list[Cell], above: Mapping[UUID, Cell]) -> bool:
    """Tell whether a cell shares land with another of its level, or has land that its parent has not."""
    others = [other.shape for other in near if other.ident != cell.ident]
    parent = above[cell.parent].shape if cell.parent is not None and cell.parent in above else None
    if not shapely.is_valid([cell.shape, *others]).all():
        return True
    shapely.prepare(cell.shape)
    if shapely.relate_pattern(cell.shape, others, "T********").any():
        return True
    return parent is not None and not shapely.covers(parent, cell.shape)


def _bare(cell: Cell) -> bool:
    return cell.shape is None or cell.shape.is_empty


def _uncancelled(mesh: Mesh, member: IntArray) -> set[int]:
    """Tell in which groups the borders of the members, each with a sign, do not add up to nothing.

    Parameters
    ----------
    member : (k, 3) int64
        Group, cell of the mesh, sign.
    """
    edges, owner = mesh.edges()
    segments, of_edge, forward = unique_segments(edges)
    first, last = (np.searchsorted(owner, member[:, 1], side=side) for side in ("left", "right"))
    count = last - first
    which = np.repeat(np.arange(len(member)), count)
    edge = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + first[which]
    weight = np.where(forward[edge], 1, -1) * member[which, 2]
    keys, of_key = np.unique(member[which, 0] * len(segments) + of_edge[edge], return_inverse=True)
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, of_key, weight)
    left = total != 0
    group, segment, total = keys[left] // len(segments), keys[left] % len(segments), total[left]
    open_groups = set()
    for number in np.unique(group).tolist():
        mine = group == number
        # What is left differs by nodes at most, or by land; noding what is left, a few edges, tells.
        noded = node_segments(mesh.xy, segments[segment[mine]])
        if len(net_edges(noded.pieces, total[mine][noded.origin])[0]):
            open_groups.add(number)
    return open_groups


def _coverage_findings(
    ground: Ground, groups: dict[int, set[UUID | None]], touched: list[Cell], tolerance: Tolerance
) -> list[Finding]:
    """Audit the parents of which the covering changed, each with all of its children."""
    findings: list[Finding] = []
    for level, parents in groups.items():
        cells = _family(ground, level, parents, touched)
        if not cells:
            continue
        above = {cell.code for cell in cells if cell.ident in parents}
        codes = {cell.code for cell in touched} | {cell.code for cell in cells if cell.parent in parents}
        # The border of the extent has the nodes of the cells along it, which are not here below the top.
        extent = None if levels_above(ground.levels, ground.filled)[level] else ground.extent
        land = land_of(ground.levels, cells, extent, drawn=ground.filled)
        findings.extend(
            finding
            for finding in audit_level(NodedLand.of(land), level, tolerance)
            if None in parents or _concerns(finding, above, codes)
        )
    return findings


def _concerns(finding: Finding, parents: set[str], codes: set[str]) -> bool:
    """Tell whether a finding is of these cells; a gap is its parent's, whoever borders on it."""
    if finding.rule == "gap":
        return not parents.isdisjoint(finding.subject.split(","))
    return not codes.isdisjoint(finding.cells)


def _family(ground: Ground, level: int, parents: set[UUID | None], touched: list[Cell]) -> list[Cell]:
    """Read parents with all of their children of a level, and whoever meets the changed ones."""
    named = {parent for parent in parents if parent is not None}
    cells = ground.by_ident(named)
    cells |= {cell.ident: cell for cell in ground.children(named) if cell.level == level}
    box = _box_around(touched)
    if box is not None:
        wanted = {level, ground.levels[level].parent, *levels_above(ground.levels, ground.filled)[level]}
        near = [cell for cell in ground.meeting(box) if cell.level in wanted]
        cells |= {cell.ident: cell for cell in near}
    if None in parents:
        # Holes in the whole land: which cells enclose them only all of them together tell.
        whole = (level, *levels_above(ground.levels, ground.filled)[level])
        cells |= {cell.ident: cell for one in whole for cell in ground.of_level(one)}
    return list(cells.values())


def _box_around(cells: list[Cell]) -> Box | None:
    shapes = [cell.shape for cell in cells if cell.shape is not None and not cell.shape.is_empty]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


def _code_findings(
    ground: Ground, cells: list[Cell], lengths: Mapping[str, int | None], system: CodeSystem
) -> list[Finding]:
    """Audit the form of the codes of cells; where codes are nested, also of the cells right below them."""
    if not system.nested:
        found = audit_codes(land_of(ground.levels, cells), lengths, system)
        return [finding for finding in found if finding.rule == "bad_code"]
    there = {cell.ident: cell for cell in [*cells, *ground.children([cell.ident for cell in cells])]}
    asked = {cell.code for cell in there.values()}
    above = {cell.parent for cell in there.values() if cell.parent is not None} - there.keys()
    while above:
        found_above = ground.by_ident(above)
        there |= found_above
        above = {cell.parent for cell in found_above.values() if cell.parent is not None} - there.keys()
    found = audit_codes(land_of(ground.levels, there.values()), lengths, system)
    return [one for one in found if one.rule == "bad_code" and asked & {*one.cells}]
