"""Codes for cells that came without one."""

from __future__ import annotations

import re
from collections import defaultdict
from uuid import UUID

import shapely

from boundaries.models import CellCode, Level, Scheme
from boundaries.services.working import WorkingCell
from geogrid.core.errors import BadInput


def codes_give(scheme: Scheme, level: Level, cells: list[WorkingCell]) -> int:
    """Give codes to the cells of a level that have none; give how many there were.

    Where the scheme's code system sets a length, a code is the parent's with a number behind it; elsewhere it
    is the level's with a number. Siblings are numbered from west to east, then from north to south, after
    every number that was ever given: codes are never given again.
    """
    nameless = [cell for cell in cells if cell.level_id == level.pk and not cell.code and not cell.retired]
    if not nameless:
        return 0
    code_of = {cell.cell_id: cell.code for cell in cells}
    groups: dict[str, list[WorkingCell]] = defaultdict(list)
    for cell in nameless:
        groups[_prefix(level, cell, code_of)].append(cell)
    for prefix, group in groups.items():
        _number(scheme, level, prefix, sorted(group, key=_west_to_east), cells)
    return len(nameless)


def _prefix(level: Level, cell: WorkingCell, code_of: dict[UUID, str]) -> str:
    if level.code_length is None:
        return f"{level.code}-"
    return code_of.get(cell.parent_id, "") if cell.parent_id else ""


def _west_to_east(cell: WorkingCell) -> tuple[float, float]:
    if cell.shape is None or cell.shape.is_empty:
        return (0.0, 0.0)
    middle = shapely.centroid(cell.shape)
    return (middle.x, -middle.y)


def _number(
    scheme: Scheme, level: Level, prefix: str, group: list[WorkingCell], cells: list[WorkingCell]
) -> None:
    digits = 4 if level.code_length is None else level.code_length - len(prefix)
    last = _last_number(scheme, prefix, [cell.code for cell in cells])
    if digits < 1 or (level.code_length is not None and len(str(last + len(group))) > digits):
        raise BadInput(
            f"no codes are left under {prefix!r}: {len(group)} cells of the level {level.code} want one "
            f"after number {last}, and there are {max(digits, 0)} digits for it; name the field of the codes "
            "with --code-field"
        )
    for number, cell in enumerate(group, start=last + 1):
        cell.code, cell.dirty = f"{prefix}{number:0{digits}d}", True


def _last_number(scheme: Scheme, prefix: str, codes: list[str]) -> int:
    """Give the highest number behind a prefix among codes in use and codes ever given."""
    ever = CellCode.objects.filter(scheme=scheme, code__startswith=prefix).values_list("code", flat=True)
    form = re.compile(re.escape(prefix) + r"(\d+)")
    found = (form.fullmatch(code) for code in [*ever, *codes])
    return max((int(match[1]) for match in found if match), default=0)
