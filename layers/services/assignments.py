"""Put every feature into its one cell of a scheme, and keep which cell it was in before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import connection, transaction

from accounts.models import User
from boundaries.models import Edition, Scheme
from boundaries.policies import require
from boundaries.selectors.grounds import ground_at
from boundaries.services.locks import clock, scheme_lock
from geogrid.core.change import Change
from geogrid.core.coverage import Box
from geogrid.core.land import Land
from layers.models import Layer
from layers.selectors import assignable_from
from layers.selectors.bulk import batch_end, features_count
from layers.selectors.near import StoredLevels
from layers.selectors.touched import (
    MANY_CELLS,
    TouchedLand,
    gaining_land,
    levels_filled_otherwise,
    touched_features,
    touched_land,
)
from layers.services.batches import BATCH, Batches
from layers.services.due import IN_THE_TRANSACTION, due_leave
from layers.services.outcomes import Assigned, Difference, Tally, UnheededOverride
from layers.services.progress import Pace, Progress
from layers.services.settling import Lands, Scope, settle

__all__ = [
    "Assigned",
    "Difference",
    "UnheededOverride",
    "assignments_check",
    "features_assign",
    "features_follow",
]

#: Of so many features the land around them is read; of more the whole land.
NEARBY = 500


def features_assign(
    *,
    scheme: Scheme,
    layer: Layer | None = None,
    ids: Sequence[int] | None = None,
    since: dt.datetime | None = None,
    land: Land | None = None,
    around: Sequence[Box] | None = None,
    by: User | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Assign all features of a scheme, or those of a layer, or the named ones, from a moment (now) on.

    All in one transaction: a run of many features is `services.runs.assignments_run`. `land` is that of the
    moment, where the caller has it already. `around` is where the
    named features lie, if that is known: then only the cells there are read, and those that a feature which
    reaches beyond them needs.
    """
    require(by, "features.assign", scheme=scheme)
    with transaction.atomic():
        scheme_lock(scheme)
        stretches = assignable_from(scheme, since or clock())
        if ids is None:
            batches = Batches(scheme, layer, stretches[0].start)
            if land is not None:
                batches.lands.know(stretches[0], land)
            tally = _all(batches, progress or Progress())
        else:
            near = around is not None or len(ids) <= NEARBY
            lands = None if near else Lands(scheme)
            with connection.cursor() as cursor:
                tally = settle(cursor, Scope(scheme, layer, ids, stretches, lands, around or ()))
        return Assigned.of(scheme.code, stretches[0].edition.number, stretches[0].start, tally)


def _all(batches: Batches, progress: Progress) -> Tally:
    pace = Pace(batches.scheme.code, features_count(batches.scheme, batches.layer))
    tally, after = Tally(), 0
    while (upto := batch_end(after, BATCH)) is not None:
        tally += batches.settle(after, upto)
        progress(pace.text(tally.total))
        after = upto
    return tally


def assignments_check(
    *, scheme: Scheme, layer: Layer | None = None, progress: Progress | None = None
) -> tuple[Assigned, list[Difference]]:
    """Compute all assignments anew and give what is stored otherwise; nothing is written."""
    with transaction.atomic():
        scheme_lock(scheme)
        (first, *_) = assignable_from(scheme, clock())
        batches = Batches(scheme, layer, first.start, checking=True)
        tally = _all(batches, progress or Progress())
        batches.differences.sort(key=lambda one: (one.layer, one.key))
        return Assigned.of(scheme.code, first.edition.number, first.start, tally), batches.differences


def features_follow(
    *,
    scheme: Scheme,
    edition: Edition,
    land: Callable[[], Land],
    change: Change | None,
    also: Sequence[int] = (),
    by: User | None = None,
) -> Assigned:
    """Assign from a new edition's moment on what it may have moved; all, where what it changes is not known.

    More than `IN_THE_TRANSACTION` features are noted, and assigned after the commit by `due.due_work`.

    Parameters
    ----------
    land : callable
        Reads the whole land of the edition; it is asked only if all features are.
    change : Change, optional
    also : sequence of int
        Features that are to be asked as well.
    """
    since = edition.effective
    touched = None if change is None else _touched(scheme, change, since)
    if touched is None:
        if features_count(scheme, None) > IN_THE_TRANSACTION:
            return _left(scheme, edition, None)
        return features_assign(scheme=scheme, since=since, land=land(), by=by)
    ids = sorted({*touched_features(scheme, touched, since), *also})
    if len(ids) > IN_THE_TRANSACTION:
        return _left(scheme, edition, ids)
    return features_assign(scheme=scheme, since=since, ids=ids, around=touched.boxes, by=by)


def _left(scheme: Scheme, edition: Edition, ids: Sequence[int] | None) -> Assigned:
    run = due_leave(scheme=scheme, edition=edition, ids=ids)
    return replace(Assigned.of(scheme.code, edition.number, edition.effective, Tally()), due=run.total)


def _touched(scheme: Scheme, change: Change, since: dt.datetime) -> TouchedLand | None:
    """Find what counts of a change; None if it is as well to ask all features."""
    if len(change.cells) > MANY_CELLS:
        return None
    stored = StoredLevels(scheme, since, gaining_land(change))
    if levels_filled_otherwise(change, stored):
        return None
    return touched_land(change, ground_at(scheme, since), stored.examples.keys())
