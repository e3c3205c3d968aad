"""People's decisions follow the land: where a cell ends, what was decided for it goes to an heir."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import shapely
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from boundaries.models import Edition, Scheme
from boundaries.selectors.grounds import ground_at
from geogrid.core.change import Change
from layers.models import Override
from layers.selectors import overrides_of_cells
from layers.selectors.heirs import Succession
from layers.selectors.near import NearGround, StoredLevels
from layers.selectors.placing import NearLand


def overrides_follow(*, scheme: Scheme, edition: Edition, change: Change) -> list[int]:
    """Follow decisions for cells that end into the heirs, from an edition's moment on; give their features.

    Who decided and why is kept, with what became of it. Where there is no heir, or the heir holds no objects,
    the decision stays as it is: it is listed as ignored whenever it would count. Publishing calls this and
    has asked who may.
    """
    at = edition.effective
    ground = ground_at(scheme, at)
    decided = overrides_of_cells(scheme, [cell.ident for cell in change.removed], at)
    if not decided:
        return []
    succession = Succession.of(change, ground)
    holders = NearLand(NearGround(ground, StoredLevels(scheme, at)), ()).holders(succession.cells)
    followed = []
    for override in decided:
        shape = shapely.from_wkb(bytes(override.feature.geom.wkb))
        heir = succession.heir(override.cell_id, shape)
        if heir is None or heir.ident not in holders:
            continue
        before = succession.ended[override.cell_id].code
        reason = f"{override.reason} (edition {edition.number}: {before} → {heir.code})"
        _hand_on(override, heir.ident, reason, at)
        followed.append(override.feature_id)
    return followed


def _hand_on(override: Override, cell: UUID, reason: str, at: dt.datetime) -> None:
    """Let a decision count for another cell from a time on, or from its own later beginning."""
    begin, end = override.valid.lower, override.valid.upper
    if begin is not None and begin >= at:
        # There is no time before to keep.
        override.cell_id, override.reason = cell, reason
        override.save(update_fields=["cell", "reason"])
        return
    override.valid = DateTimeTZRange(begin, at)
    override.save(update_fields=["valid"])
    Override.objects.create(
        feature_id=override.feature_id,
        scheme_id=override.scheme_id,
        cell_id=cell,
        reason=reason,
        valid=DateTimeTZRange(at, end),
        by_id=override.by_id,
    )
