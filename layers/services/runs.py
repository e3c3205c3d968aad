"""Assign all features of a scheme: batch by batch, each in a transaction that also notes that it is done.

A run that was cut short goes on behind its last batch. Batches in which nothing but first answers is to be
written are done two at a time, on connections of their own; their transactions end in the order of the
features, so that what is done is always all up to one feature. A batch with more to it is done alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import User
from boundaries.models import Scheme
from boundaries.policies import require
from boundaries.services.locks import clock, scheme_lock
from layers.models import AssignmentRun, Layer
from layers.selectors import QUERIES, rows_of
from layers.selectors.bulk import batch_end, features_count
from layers.selectors.runs import run_open
from layers.services.batches import BATCH, Batches, NotAlone, Overtaken, land_name
from layers.services.outcomes import Assigned, Tally
from layers.services.progress import Pace, Progress

#: So many batches are written at once.
LANES = 2
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
        batches = Batches(scheme, layer)
        run = _begun(batches, progress, anew=anew)
        while True:
            try:
                _go_on(run, batches, progress)
                break
            except Overtaken:
                run = _begun(batches, progress, anew=False)
        run.finished_at = clock()
        run.save(update_fields=["finished_at"])
        (first, *_) = batches.stretches()
        return Assigned.of(scheme.code, first.edition.number, first.start, Tally.from_json(run.numbers))


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
    if run is not None and run.land == land and not anew:
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
    return AssignmentRun.objects.create(
        scheme=batches.scheme, layer=batches.layer, land=land, total=total, started_at=now, renewed_at=now
    )


def _go_on(run: AssignmentRun, batches: Batches, progress: Progress) -> None:
    """Do all that the run has not done."""
    pace = Pace(batches.scheme.code, run.total, run.done)
    batches.warm()
    lanes = _Lanes(run, batches)
    try:
        while (upto := batch_end(run.last_id, BATCH)) is not None:
            if connection.in_atomic_block or not lanes.go(progress, pace):
                upto = batch_end(run.last_id, BATCH) or upto
                with transaction.atomic():
                    scheme_lock(run.scheme)
                    tally = batches.settle(run.last_id, upto, land=run.land)
                    advance(run.pk, run.last_id, upto, tally)
                run.refresh_from_db()
                progress(pace.text(run.done))
    finally:
        lanes.close()


def advance(run: int, after: int, upto: int, tally: Tally, *, done: int | None = None) -> None:
    """Note that a run is done up to a feature, in the transaction of what was done.

    Raises
    ------
    RuntimeError
        If it is not the next batch: then nothing of it may stay.
    """
    row = AssignmentRun.objects.select_for_update().get(pk=run)
    if row.last_id != after or row.finished_at is not None:
        raise RuntimeError(f"run {run} is done up to feature {row.last_id}, not {after}")
    row.last_id, row.renewed_at = upto, clock()
    row.done += tally.total if done is None else done
    row.numbers = (Tally.from_json(row.numbers) + tally).as_json()
    row.save(update_fields=["last_id", "done", "renewed_at", "numbers"])


@dataclass
class _Lanes:
    """Two connections on which batches are written side by side."""

    run: AssignmentRun
    batches: Batches
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LANES))
    _opened: set[BaseDatabaseWrapper] = field(default_factory=set)

    def go(self, progress: Progress, pace: Pace) -> bool:
        """Write batches until there are no more, or until one has to be done alone: then say no."""
        waiting: deque[Future[int]] = deque()
        after: int | None = self.run.last_id
        alone = False
        while after is not None or waiting:
            if after is not None and len(waiting) < LANES:
                upto = batch_end(after, BATCH)
                if upto is not None:
                    before = waiting[-1] if waiting else None
                    waiting.append(self._pool.submit(self._write, after, upto, before))
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
        mine = connections["default"]
        self._opened.add(mine)
        mine.inc_thread_sharing()
        with transaction.atomic():
            _ask("scheme_lock_beside", {"scheme": self.run.scheme_id})
            tally = self.batches.settle(after, upto, land=self.run.land, alone=False)
            # Here, and not while others wait for this one to end.
            _ask("constraints_now", {})
            if before is not None:
                before.result()
            advance(self.run.pk, after, upto, tally)
        return int(AssignmentRun.objects.values_list("done", flat=True).get(pk=self.run.pk))

    def close(self) -> None:
        """Leave no connection open."""
        self._pool.shutdown(cancel_futures=True)
        for one in self._opened:
            one.close()


def _ask(query: str, parameters: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
