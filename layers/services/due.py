"""What an edition leaves to be assigned after its commit, because it is too much for the transaction."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from boundaries.models import Edition, Scheme
from boundaries.services.locks import clock, scheme_lock
from layers.models import AssignmentRun
from layers.selectors import QUERIES, assignable_from
from layers.selectors.bulk import features_count
from layers.selectors.runs import due_next, runs_due
from layers.services.advancing import advance
from layers.services.batches import land_name
from layers.services.outcomes import Tally
from layers.services.progress import Pace, Progress
from layers.services.runs import only_run
from layers.services.settling import Lands, Scope, settle

#: More features than these are not assigned while others wait for the publication: a second or two.
IN_THE_TRANSACTION = 20_000
#: And so many are one transaction of the job: whoever edits in the scheme waits for it.
_AT_ONCE = 5_000


def due_leave(*, scheme: Scheme, edition: Edition, ids: Sequence[int] | None) -> AssignmentRun:
    """Note, in the edition's transaction, what is to be assigned from its moment on; None means all."""
    now = clock()
    run = AssignmentRun.objects.create(
        scheme=scheme,
        since=edition.effective,
        named=ids is not None,
        land=land_name(assignable_from(scheme, edition.effective)),
        total=features_count(scheme, None) if ids is None else len(ids),
        started_at=now,
        renewed_at=now,
    )
    if ids is not None:
        with connection.cursor() as cursor, cursor.copy(QUERIES["due_copy"]) as copy:
            for feature in ids:
                copy.write_row((run.pk, feature))
    return run


def due_work(*, scheme: Scheme | None = None, progress: Progress | None = None) -> int:
    """Do what editions left to be done, of a scheme or of all, the earliest first; give how much changed.

    Each batch is a transaction that notes that it is done: killed, the next call goes on.
    """
    changed, progress = 0, progress or Progress()
    for run in runs_due(scheme):
        with only_run(run.scheme, progress):
            changed += _work(run, progress)
    return changed


def _work(run: AssignmentRun, progress: Progress) -> int:
    run.refresh_from_db()
    pace = Pace(f"{run.scheme.code}, left by an edition", run.total, run.done)
    lands = Lands(run.scheme)
    while run.finished_at is None:
        with transaction.atomic():
            scheme_lock(run.scheme)
            some = due_next(run, _AT_ONCE)
            if some:
                ids = [feature for feature, still in some if still]
                # The count is of all that are looked at; who changed since needs no new answer.
                tally = _settled(run, ids, lands)
                advance(run.pk, run.last_id, some[-1][0], tally, done=len(some))
            else:
                _end(run)
        run.refresh_from_db()
        progress(pace.text(run.done))
    return Tally.from_json(run.numbers).changed


def _settled(run: AssignmentRun, ids: Sequence[int], lands: Lands) -> Tally:
    assert run.since is not None
    with connection.cursor() as cursor:
        return settle(cursor, Scope(run.scheme, None, ids, assignable_from(run.scheme, run.since), lands))


def _end(run: AssignmentRun) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["due_done"], {"run": run.pk})
    AssignmentRun.objects.filter(pk=run.pk).update(finished_at=clock())
