"""Assign all features of a scheme: batch by batch, each in a transaction that also notes that it is done.

A run that was cut short goes on behind its last batch. Batches in which nothing but first answers is to be
written are done two at a time, on connections of their own; their transactions end in the order of the
features, so that what is done is always all up to one feature. A batch with more to it is done alone. Where
a scheme has hardly any answers yet and is to have many, these are written apart, see `apart`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import connection, transaction
from psycopg.sql import Composed

from accounts.models import User
from boundaries.models import Scheme
from boundaries.policies import require
from boundaries.services.locks import clock, scheme_lock
from layers.models import AssignmentRun, Layer
from layers.selectors import QUERIES, rows_of
from layers.selectors.bulk import batch_end, features_count
from layers.selectors.runs import run_open
from layers.services import apart
from layers.services.advancing import advance
from layers.services.batches import BATCH, Batches, NotAlone, Overtaken, land_name
from layers.services.lanes import LANES, Lanes
from layers.services.outcomes import Assigned, Tally
from layers.services.progress import Pace, Progress

#: So many batches are written at once where all answers are: what cells hold is counted in as many rows.
BESIDE = 2
#: How often it is looked whether another run has ended.
LOOK_AGAIN_S = 0.1


def assignments_run(
    *,
    scheme: Scheme,
    layer: Layer | None = None,
    anew: bool = False,
    by: User | None = None,
    progress: Progress | None = None,
) -> Assigned:
    """Assign all features of a scheme or of a layer; what an earlier run did, and could not end, is kept.

    Parameters
    ----------
    anew : bool
        Begin with the first feature even if a run was cut short.

    Raises
    ------
    BadInput
        If nothing of the scheme has been published.
    """
    require(by, "features.assign", scheme=scheme)
    progress = progress or Progress()
    with only_run(scheme, progress):
        # In a transaction of somebody's there may be an edition that only he sees; the files are for all.
        batches = Batches(scheme, layer, kept=not connection.in_atomic_block)
        run = _begun(batches, progress, anew=anew)
        while True:
            was_apart = run.apart
            try:
                _go_on(run, batches, progress)
                break
            except Overtaken:
                run = _begun(batches, progress, anew=False)
        AssignmentRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=clock())
        run.refresh_from_db()
        (first, *_) = batches.stretches()
        told = Assigned.of(scheme.code, first.edition.number, first.start, Tally.from_json(run.numbers))
        return replace(told, counted=was_apart)


@contextmanager
def only_run(scheme: Scheme, progress: Progress) -> Iterator[None]:
    """Be the only one who runs through the features of a scheme, after whoever does so at this moment.

    A process that dies is so no longer.
    """
    told = False
    while not rows_of("run_lock", {"scheme": scheme.pk})[0][0]:
        if not told:
            progress.tell(f"{scheme.code}: waiting for another run through its features to end")
            told = True
        time.sleep(LOOK_AGAIN_S)
    try:
        yield
    finally:
        if connection.is_usable() and not connection.needs_rollback:
            rows_of("run_unlock", {"scheme": scheme.pk})


def _begun(batches: Batches, progress: Progress, *, anew: bool) -> AssignmentRun:
    """Go on with the run that was cut short, if its land is still that of today; else begin one."""
    land, now = land_name(batches.stretches()), clock()
    run = run_open(batches.scheme, batches.layer)
    total = features_count(batches.scheme, batches.layer)
    goes_on = (
        run is not None and run.land == land and not anew and not (run.apart and not apart.can_go_on(run))
    )
    apart.sweep(batches.scheme, keep=run if goes_on else None)
    if run is not None and goes_on:
        if run.done:
            progress.tell(
                f"{batches.scheme.code}: going on with the run of {run.started_at:%Y-%m-%d %H:%M} "
                f"behind {run.done:,} features that are done"
            )
        run.total = total
        run.save(update_fields=["total"])
        return run
    if run is not None:
        if run.land != land:
            progress.tell(f"{batches.scheme.code}: another edition is in force; the run begins anew")
        run.delete()
    worth = apart.is_worth_it(batches, total)
    with transaction.atomic():
        run = AssignmentRun.objects.create(
            scheme=batches.scheme,
            layer=batches.layer,
            apart=worth,
            land=land,
            total=total,
            started_at=now,
            renewed_at=now,
        )
        if run.apart:
            apart.begin(run)
    return run


def _go_on(run: AssignmentRun, batches: Batches, progress: Progress) -> None:
    """Do all that the run has not done."""
    pace = Pace(batches.scheme.code, run.total, run.done)
    batches.warm()
    lanes = Lanes()
    try:
        _go_through(run, batches, lanes, progress, pace)
        while run.apart and not apart.put_in_force(run, batches, lanes, progress):
            _go_through(run, batches, lanes, progress, pace)
    finally:
        lanes.close()


def _go_through(run: AssignmentRun, batches: Batches, lanes: Lanes, progress: Progress, pace: Pace) -> None:
    """Do all batches that there are."""
    copy_into = apart.Apart(run.scheme, run.pk).statement("apart_copy") if run.apart else None
    beside = _Beside(run, batches, lanes, copy_into)
    while (upto := batch_end(run.last_id, BATCH)) is not None:
        if connection.in_atomic_block or not beside.go(progress, pace):
            upto = batch_end(run.last_id, BATCH) or upto
            with transaction.atomic():
                scheme_lock(run.scheme)
                tally = batches.settle(run.last_id, upto, land=run.land, copy_into=copy_into)
                advance(run.pk, run.last_id, upto, tally)
            run.refresh_from_db()
            progress(pace.text(run.done))


@dataclass
class _Beside:
    """Batches that are written side by side."""

    run: AssignmentRun
    batches: Batches
    lanes: Lanes
    copy_into: Composed | None

    def go(self, progress: Progress, pace: Pace) -> bool:
        """Write batches until there are no more, or until one has to be done alone: then say no."""
        waiting: deque[Future[int]] = deque()
        after: int | None = self.run.last_id
        alone = False
        most = BESIDE if self.copy_into is None else LANES
        while after is not None or waiting:
            if after is not None and len(waiting) < most:
                upto = batch_end(after, BATCH)
                if upto is not None:
                    before = waiting[-1] if waiting else None
                    waiting.append(self.lanes.submit(self._write, after, upto, before))
                after = upto
                continue
            try:
                progress(pace.text(waiting.popleft().result()))
            except NotAlone:
                alone, after = True, None
                for future in waiting:
                    future.exception()
                waiting.clear()
        self.run.refresh_from_db()
        return not alone

    def _write(self, after: int, upto: int, before: Future[int] | None) -> int:
        """Write a batch, once the one before it stands; give how many features are done."""
        with transaction.atomic():
            _ask("scheme_lock_beside", {"scheme": self.run.scheme_id})
            tally = self.batches.settle(
                after, upto, land=self.run.land, alone=False, copy_into=self.copy_into
            )
            # Here, and not while others wait for this one to end.
            _ask("constraints_now", {})
            if before is not None:
                before.result()
            advance(self.run.pk, after, upto, tally)
        return int(AssignmentRun.objects.values_list("done", flat=True).get(pk=self.run.pk))


def _ask(query: str, parameters: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
