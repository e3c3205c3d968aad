"""What a change would move, told before it is made; nothing is written and nothing private is told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from boundaries.models import Scheme
from geogrid.core.change import Change, Overlaid
from geogrid.core.coverage import Ground
from geogrid.core.lattice import Shapes
from geogrid.core.remembering import Remembered
from layers.models import Layer
from layers.selectors import rows_of
from layers.selectors.boxes import STEP
from layers.selectors.heirs import Succession
from layers.selectors.near import NearGround, StoredLevels
from layers.selectors.placing import Answer, NearLand
from layers.selectors.privacy import layers_seen
from layers.selectors.touched import touched_land

#: So many moves, and so many cells, are listed; all are counted.
LISTED = 200


@dataclass(frozen=True, slots=True)
class _Seen:
    """A feature that a change may move, and the cell that somebody decided for it."""

    ident: int
    layer: int
    key: str
    decided: UUID | None


def features_impact(*, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime) -> dict[str, Any]:
    """Tell which features would move from cell to cell.

    Returns
    -------
    dict
        `total`; `layers`, the number of each layer that has any; `cells`: `{cell, before, after}` of each
        cell that would have more or fewer; `moves`: `{layer, key, from, to, method}`, the first 200 in order
        of layer and key, `key` being null where it is private, `from` and `to` where it is in no cell; and
        `truncated`. In a draft with several edits, cells that this change leaves as they are count what the
        editions assign to them.
    """
    real = Change(change.real, change.heirs)
    if not real:
        return _nothing()
    stored = StoredLevels(scheme, at)
    filled = {one.level for pair in real.cells for one in (pair.before, pair.after) if one is not None}
    # The same is asked before and after the change.
    remembered = ground if isinstance(ground, Remembered) else Remembered(ground)
    touched = touched_land(real, remembered, filled | stored.examples.keys())
    # Somebody may have decided for a cell that ends and was no leaf, which heirs can make count.
    decided = {*touched.cells, *(cell.ident for cell in change.removed)}
    if not decided:
        return _nothing()
    seen, shapes = _features(scheme, touched.shapes, list(decided), at)
    if not seen:
        return _nothing()
    after = Overlaid(remembered, change)
    lands = [NearLand(NearGround(one, stored), touched.boxes) for one in (remembered, after)]
    was = _decided(lands[0], seen, lands[0].place(shapes, why=False))
    becomes = _decided(lands[1], _inherited(seen, shapes, change, after), lands[1].place(shapes, why=False))
    moved = [n for n in range(len(seen)) if was[n].cell != becomes[n].cell]
    lost = [n for n in moved if becomes[n].cell is None]
    if lost:
        for number, answer in zip(lost, lands[1].place(shapes[lost]), strict=True):
            becomes[number] = answer
    return _document(scheme, at, seen, was, becomes, moved, set(touched.cells))


def _nothing() -> dict[str, Any]:
    return {"total": 0, "layers": {}, "cells": [], "moves": [], "truncated": False}


def _features(
    scheme: Scheme, shapes: Sequence[shapely.Geometry], cells: Sequence[UUID], at: dt.datetime
) -> tuple[list[_Seen], Shapes]:
    facts = {
        "scheme": scheme.pk,
        "at": at,
        "step": STEP,
        "cells": list(cells),
        "shapes": shapely.to_wkb(np.array(shapes, dtype=object)).tolist(),
    }
    rows = rows_of("features_meeting", facts)
    found = np.empty(len(rows), dtype=object)
    found[:] = shapely.from_wkb([bytes(row[4]) for row in rows])
    return [_Seen(*row[:4]) for row in rows], found


def _inherited(seen: Sequence[_Seen], shapes: Shapes, change: Change, after: Ground) -> list[_Seen]:
    """Let decisions for cells that end follow into their heirs."""
    succession = Succession.of(change, after)
    followed = []
    for one, shape in zip(seen, shapes, strict=True):
        heir = succession.heir(one.decided, shape) if one.decided in succession.ended else None
        followed.append(_Seen(one.ident, one.layer, one.key, heir.ident) if heir else one)
    return followed


def _decided(land: NearLand, seen: Sequence[_Seen], placed: Sequence[Answer]) -> list[Answer]:
    """Lay people's decisions over what the rules say."""
    wanted = {one.decided for one in seen if one.decided is not None}
    holders = land.holders(wanted) if wanted else {}
    return [
        answer._replace(cell=one.decided, code=holders[one.decided], method="manual")
        if one.decided in holders
        else answer
        for one, answer in zip(seen, placed, strict=True)
    ]


def _document(
    scheme: Scheme,
    at: dt.datetime,
    seen: Sequence[_Seen],
    was: Sequence[Answer],
    becomes: Sequence[Answer],
    moved: Sequence[int],
    changed: set[UUID],
) -> dict[str, Any]:
    layers = Layer.objects.in_bulk({seen[number].layer for number in moved})
    hidden = {one.layer.pk for one in layers_seen(layers.values(), private=False) if one.hides_key}
    moves = [
        {
            "layer": layers[seen[number].layer].code,
            "key": None if seen[number].layer in hidden else seen[number].key,
            "from": None if was[number].cell is None else was[number].code,
            "to": None if becomes[number].cell is None else becomes[number].code,
            "method": becomes[number].method,
        }
        for number in sorted(
            moved, key=lambda one: (layers[seen[one].layer].code.encode(), seen[one].key.encode())
        )
    ]
    by_layer = Counter(layers[seen[number].layer].code for number in moved)
    cells = _cells(scheme, at, was, becomes, moved, changed)
    return {
        "total": len(moves),
        "layers": dict(sorted(by_layer.items(), key=lambda item: item[0].encode())),
        "cells": cells[:LISTED],
        "moves": moves[:LISTED],
        "truncated": len(moves) > LISTED or len(cells) > LISTED,
    }


def _cells(
    scheme: Scheme,
    at: dt.datetime,
    was: Sequence[Answer],
    becomes: Sequence[Answer],
    moved: Sequence[int],
    changed: set[UUID],
) -> list[dict[str, Any]]:
    """Count the features of the cells that would have more or fewer."""
    # All that a cell which changes has or gets meets it; of another only what moves is here.
    before, after = (_counted(answers) for answers in (was, becomes))
    codes = {one.cell: one.code for answers in (becomes, was) for one in answers if one.cell is not None}
    concerned = {answers[n].cell for n in moved for answers in (was, becomes)} - {None}
    others = [cell for cell in concerned if cell not in changed]
    if others:
        facts = {"scheme": scheme.pk, "cells": others, "at": at}
        stored = dict(rows_of("cells_counted", facts))
        gained = _counted([becomes[n] for n in moved])
        lost = _counted([was[n] for n in moved])
        for cell in others:
            before[cell] = stored.get(cell, 0)
            after[cell] = before[cell] + gained[cell] - lost[cell]
    rows = [
        {"cell": codes[cell], "before": before[cell], "after": after[cell]}
        for cell in concerned
        if cell is not None and before[cell] != after[cell]
    ]
    return sorted(rows, key=lambda row: row["cell"].encode())


def _counted(answers: Iterable[Answer]) -> Counter[UUID | None]:
    return Counter(one.cell for one in answers)
