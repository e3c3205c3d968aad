"""Gaps that are known: an edition may keep those that somebody has accepted, as long as that holds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import shapely

from boundaries.models import Acceptance, Draft
from boundaries.selectors.grounds import ground_of_draft
from boundaries.services.audits import AuditFinding, findings_with_states
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.nearby import gaps_at
from geogrid.core.change import Change


def gaps_standing(draft: Draft, change: Change, moment: dt.datetime) -> list[AuditFinding]:
    """Give the gaps of a draft's base that the draft has too, where something about them may be new.

    Those beside what the draft changes, whose borders may have gained nodes, and those whose acceptance will
    not hold any more at the moment when the draft is to take effect. The others are as they were.
    """
    scheme, base = draft.scheme, draft.base
    if base is None:
        return []
    ground = ground_of_draft(draft)
    number = {pk: index for index, pk in enumerate(ground.level_ids)}
    box = change.box()
    around = shapely.box(*box) if box else shapely.Polygon()
    places: dict[int, list[shapely.Geometry]] = defaultdict(list)
    known = Acceptance.objects.filter(scheme=scheme, geom__isnull=False, valid__contains=base.effective)
    for row in known:
        shape = shapely.from_wkb(bytes(row.geom.wkb))
        if moment not in row.valid or shapely.intersects(shape, around):
            places[number[row.level_id]].append(shape)
    tolerance = Tolerance(scheme.tolerance_area_m2, scheme.tolerance_width_m)
    found = [
        gap for level, known in places.items() for gap in gaps_at(ground, level, known, tolerance=tolerance)
    ]
    return findings_with_states(scheme, found, moment)
