"""The edits of a partition, one a file: each a value that turns a ground into a change, or refuses.

An action knows nothing of undo, of who asks, or of where cells are stored. It reads what it needs from a
`Ground` and gives a `Change`: whole cells before and after. New cells have no code yet. Expected "no"s are
`EditRefused`, with a code and a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

import shapely

from geogrid.core.actions.asking import read_params
from geogrid.core.actions.change_outline import ChangeOutline
from geogrid.core.actions.cut_out import CutOut
from geogrid.core.actions.draw_cell import DrawCell
from geogrid.core.actions.edit_attributes import EditAttributes
from geogrid.core.actions.fill_gap import FillGap
from geogrid.core.actions.insert_level import InsertLevel
from geogrid.core.actions.merge_cells import MergeCells
from geogrid.core.actions.move_node import MoveNode
from geogrid.core.actions.redraw_edge import RedrawEdge
from geogrid.core.actions.resolve_overlap import ResolveOverlap
from geogrid.core.actions.retire_cell import RetireCell
from geogrid.core.actions.split_by_layer import SplitByLayer
from geogrid.core.actions.split_cell import SplitCell
from geogrid.core.actions.transfer_part import TransferPart
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.nearby import NearbyAudit, audit_nearby
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.lattice import STEP_DEGREES

Action = Callable[[Ground, Iterator[UUID]], Change]

ACTIONS: Mapping[str, type] = {
    "split_cell": SplitCell,
    "split_by_layer": SplitByLayer,
    "cut_out": CutOut,
    "merge_cells": MergeCells,
    "redraw_edge": RedrawEdge,
    "move_node": MoveNode,
    "transfer_part": TransferPart,
    "draw_cell": DrawCell,
    "fill_gap": FillGap,
    "resolve_overlap": ResolveOverlap,
    "edit_attributes": EditAttributes,
    "insert_level": InsertLevel,
    "retire_cell": RetireCell,
    "change_outline": ChangeOutline,
}
"""Every action, by its name in the API."""


def action_of(name: str, params: Mapping[str, Any]) -> Action:
    """Read an action.

    Parameters
    ----------
    name : str
        One of `ACTIONS`.
    params : mapping
        As the API has them: codes, GeoJSON, positions. `fill_gap` and `resolve_overlap` want what the finding
        says (`level`, `gap` or `overlap`, `cells`) instead of its id alone.

    Raises
    ------
    BadInput
        If there is no such action, or a parameter is missing, unknown or of a wrong kind.
    EditRefused
        If what was drawn is no polygon.
    """
    kind = ACTIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise BadInput(f"action: there is no action {name!r}; there are {', '.join(ACTIONS)}")
    action: Action = kind(**read_params(kind, params))
    return action


def perform(
    action: Action,
    ground: Ground,
    new_ids: Iterator[UUID],
    *,
    tolerance: Tolerance,
    code_lengths: Mapping[str, int | None] | None = None,
    give_codes: Callable[[Change], Change] | None = None,
) -> tuple[Change, NearbyAudit]:
    """Carry an action out, audit the land that it touched, and refuse what would leave a fault.

    Parameters
    ----------
    action : Action
    ground : Ground
    new_ids : iterator of UUID
        Identities for new cells.
    tolerance : Tolerance
        Pieces that are nowhere as wide are slivers.
    code_lengths : mapping, optional
        Level code → digits of its codes.
    give_codes : callable, optional
        Gives the new cells of the change their codes.

    Raises
    ------
    EditRefused
        If the action is not possible there, or would leave a gap, an overlap or a sliver.
    """
    change = action(ground, new_ids)
    if give_codes is not None:
        change = give_codes(change)
    audit = audit_nearby(ground, change, tolerance=tolerance, code_lengths=code_lengths)
    refuse_faults(ground, audit)
    return change, audit


def refuse_faults(ground: Ground, audit: NearbyAudit) -> None:
    """Refuse a change of which the audit shows that it would leave a fault; codes are for others to refuse.

    Raises
    ------
    EditRefused
        If there would be a gap, an overlap, land outside of its parent, or a sliver, that is not there now.
    """
    for finding in audit.found:
        if _was_there(finding, audit.gone) or (finding.rule == "gap" and _is_new(ground, finding.level)):
            continue
        if _kind(finding) == "overlap" and _was_claimed_twice(ground, finding):
            continue
        if finding.rule == "sliver":
            raise EditRefused(
                "would-leave-sliver",
                f"{finding.message}; draw further away from the border",
                geometry=finding.geometry,
                width_m=finding.width_m,
            )
        if finding.blocks_publishing and finding.rule not in {"bad_code", "duplicate_code"}:
            if finding.severity == "suspected":
                continue
            raise EditRefused(
                "would-add-fault",
                f"the edit would leave a fault: {finding.message}",
                geometry=finding.geometry,
                rule=finding.rule,
            )


def _was_there(finding: Finding, gone: Iterable[Finding]) -> bool:
    """Tell whether a fault is what is left of others, or is theirs under the names of other cells."""
    there = [
        one.geometry
        for one in gone
        if (_kind(one), one.level) == (_kind(finding), finding.level) and one.geometry is not None
    ]
    return _lies_in(finding, there)


def _was_claimed_twice(ground: Ground, finding: Finding) -> bool:
    """Tell whether cells of the level overlapped there before, told or not.

    While the cells below each of two that overlap tile it, the audit tells the overlap of those two only.
    """
    land = finding.geometry
    if land is None or land.is_empty:
        return False
    near = [c.shape for c in ground.meeting(land.bounds) if ground.levels[c.level].code == finding.level]
    inside = [shape for shape in near if shapely.relate_pattern(shape, land, "T********")]
    return _lies_in(finding, [shapely.intersection(one, other) for one, other in combinations(inside, 2)])


def _lies_in(finding: Finding, places: Sequence[shapely.Geometry]) -> bool:
    """Tell whether a fault lies in land that was at fault.

    Borders that gain nodes move, by a grid step each way at most (geometry.md 5): what lies further out than
    two was in order before.
    """
    if not places or finding.geometry is None:
        return False
    around = shapely.buffer(shapely.union_all(places), 2 * STEP_DEGREES)
    return bool(shapely.area(shapely.difference(finding.geometry, around)) == 0)


def _kind(finding: Finding) -> str:
    """Give the rule of a finding; cells that are the same land overlap, and still do when one grows."""
    return "overlap" if finding.rule == "duplicate_cell" else finding.rule


def _is_new(ground: Ground, level: str) -> bool:
    """Tell whether a level had no cells: whoever draws its first one leaves the rest to be drawn."""
    return not any(
        rank.code == level and number in ground.filled for number, rank in enumerate(ground.levels)
    )
