"""What would move if a change took effect: areas here, features, people and tasks by who takes part."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from boundaries.models import Scheme
from boundaries.participants import registered
from geogrid.core.area import polygon_areas
from geogrid.core.change import CellChange, Change
from geogrid.core.coverage import Cell, Ground


def impact_of(scheme: Scheme, change: Change, ground: Ground, at: dt.datetime) -> dict[str, Any]:
    """Tell what a change moves; `ground` is the land before it. Nothing is written."""
    told: dict[str, Any] = {"areas": _areas(change, ground), "heirs": heirs_told(change)}
    for participant in registered():
        told.update(participant.change_impact(scheme=scheme, change=change, ground=ground, at=at))
    return told


def heirs_told(change: Change) -> list[dict[str, Any]]:
    """Give who inherits from whom, by codes."""
    codes = {cell.ident: cell.code for one in change.cells for cell in (one.before, one.after) if cell}
    told = [
        {
            "predecessor": codes.get(heir.predecessor, str(heir.predecessor)),
            "successor": codes.get(heir.successor, str(heir.successor)),
            "share": heir.share,
        }
        for heir in change.heirs
    ]
    return sorted(told, key=lambda one: (one["predecessor"].encode(), one["successor"].encode()))


def _areas(change: Change, ground: Ground) -> list[dict[str, Any]]:
    real = change.real
    before = _measured([one.before for one in real])
    after = _measured([one.after for one in real])
    rows = [_row(one, ground, was, becomes) for one, was, becomes in zip(real, before, after, strict=True)]
    return sorted(rows, key=lambda row: row["code"].encode())


def _row(one: CellChange, ground: Ground, was: float | None, becomes: float | None) -> dict[str, Any]:
    cell = one.after or one.before
    assert cell is not None
    return {
        "code": cell.code,
        "name": cell.name,
        "level": ground.levels[cell.level].code,
        "before_m2": was,
        "after_m2": becomes,
    }


def _measured(cells: list[Cell | None]) -> list[float | None]:
    landed = [cell.shape for cell in cells if cell is not None and cell.shape is not None]
    areas = iter((polygon_areas(landed) if landed else np.zeros(0)).tolist())
    return [next(areas) if cell is not None and cell.shape is not None else None for cell in cells]
