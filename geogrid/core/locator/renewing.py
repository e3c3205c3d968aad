"""What of an index an edition changes: read from the cells around the change, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from geogrid.core.chains import net_edges
from geogrid.core.coverage import Cell, Ground, land_of
from geogrid.core.land import Land
from geogrid.core.lattice import IntArray
from geogrid.core.leaves import Leaves, ground_cells, leaves_of
from geogrid.core.locator.patching import NewCell
from geogrid.core.mesh import mesh_of
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True)
class Renewal:
    """What is to be laid over an index.

    Attributes
    ----------
    gone : tuple of UUID
    new : tuple of NewCell
        As `patch_of` takes them.
    land : Land
        The changed cells, those above them, and those below all of these.
    leaves : Leaves
        Of that land; true of the cells in `new` only.
    """

    gone: tuple[UUID, ...]
    new: tuple[NewCell, ...]
    land: Land
    leaves: Leaves


def renewal_of(before: Ground, after: Ground, changed: Collection[UUID]) -> Renewal | None:
    """Find out what a change of cells means for an index of the land before it.

    Whether a cell is a leaf, and of what land, its own shape and the cells below it say. So beside the
    changed cells only those above them, before or after, can have become another leaf, or none.

    Parameters
    ----------
    before, after : Ground
    changed : collection of UUID
        All cells that one of them has in another state than the other, nodes of borders included.

    Returns
    -------
    Renewal or None
        None if levels, levels that have cells, or the land in which a place without a leaf is a gap may be
        others than before, or cells lack land: then a new index is to be built.
    """
    if before.levels != after.levels or before.filled != after.filled:
        return None
    touched = _with_all_above(before, changed) | _with_all_above(after, changed)
    was, now = (_family(ground, touched) for ground in (before, after))
    if not (_is_drawn(was) and _is_drawn(now)):
        return None
    if after.extent is None and not _is_same_ground(was, now, touched):
        return None
    old, new = leaves_of(was), leaves_of(now)
    leaf = dict(zip(new.cell.tolist(), new.shapes, strict=True))
    told = {*changed, *(was.ident[cell] for cell in old.cell.tolist())}
    cells = [
        NewCell(
            ident,
            now.code[cell],
            now.levels[int(now.level[cell])].code,
            now.ident[int(now.parent[cell])] if now.parent[cell] >= 0 else None,
            leaf.get(cell),
        )
        for cell, ident in enumerate(now.ident)
        if ident in touched and (ident in told or cell in leaf)
    ]
    there = set(now.ident)
    gone = [ident for ident in was.ident if ident in touched and ident not in there]
    return Renewal(tuple(gone), tuple(cells), now, new)


def _with_all_above(ground: Ground, idents: Collection[UUID]) -> set[UUID]:
    """Give cells with all above them; those that are not there are left out."""
    known: dict[UUID, Cell] = {}
    wanted = set(idents)
    while wanted:
        found = ground.by_ident(wanted)
        known |= found
        wanted = {cell.parent for cell in found.values() if cell.parent is not None} - known.keys()
    return {*known}


def _family(ground: Ground, idents: Collection[UUID]) -> Land:
    """Read cells with those right below them."""
    cells = ground.by_ident(idents)
    cells |= {cell.ident: cell for cell in ground.children(list(cells))}
    return land_of(ground.levels, cells.values(), ground.extent, drawn=frozenset(ground.filled))


def _is_drawn(land: Land) -> bool:
    """Tell whether every cell that should have land has some; else those further down divide others."""
    dividing = np.array([level.divides_land for level in land.levels], dtype=bool)
    return bool(land.has_land[dividing[land.level]].all()) if len(land) else True


def _is_same_ground(was: Land, now: Land, touched: Collection[UUID]) -> bool:
    """Tell whether the cells that are divided, and those of the top level, have the same borders together."""
    # Which of the other cells are divided is not known here, and did not change.
    own = [np.array([ident in touched for ident in land.ident], dtype=bool) for land in (was, now)]
    masks = [[mask & mine for mask in ground_cells(land)] for land, mine in zip((was, now), own, strict=True)]
    return all(
        _is_same_border(was, before, now, after) for before, after in zip(masks[0], masks[1], strict=True)
    )


def _is_same_border(was: Land, before: BoolArray, now: Land, after: BoolArray) -> bool:
    shapes = [*was.shapes[before], *now.shapes[after]]
    if not shapes:
        return True
    edges, owner = mesh_of(shapes).edges()
    weight: IntArray = np.where(owner < np.count_nonzero(before), -1, 1)
    return not len(net_edges(edges, weight)[0])
