"""The first answers of a scheme: written apart, then all at once in force (docs/adr/0020-bulk-assignment.md).

Rows go into a table without indexes, references or triggers. At the end these are made for all rows at once,
and in one transaction the table becomes the scheme's part of `layers_assignment`. Until then nobody sees it,
and a run that was killed goes on with it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, LiteralString, cast

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors, sql

from boundaries.models import Scheme
from boundaries.services.locks import clock, scheme_lock
from layers.models import AssignmentRun
from layers.selectors import QUERIES, rows_of
from layers.selectors.bulk import batch_end
from layers.services.advancing import advance
from layers.services.batches import BATCH, Batches, Overtaken, land_name
from layers.services.lanes import Lanes
from layers.services.progress import Progress

#: Fewer features are not worth a table of their own.
WORTH = 50_000
#: So many answers that are stored already are moved into it at the end, while others wait.
STORED_ALREADY = 20_000
#: Beginning with what takes longest.
_INDEXES = ("cell", "now", "id", "feature", "look", "was", "nowhere")
#: How long others go first who are busy with the tables that have to stand still.
_OTHERS_FIRST_S = 0.5
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected)


@dataclass(frozen=True, slots=True)
class Apart:
    """The table in which a run leaves the first answers of a scheme."""

    scheme: Scheme
    run: int

    @property
    def name(self) -> str:
        """What it is called, for ever."""
        return f"layers_assignment_s{self.scheme.pk}_r{self.run}"

    def statement(self, query: str, **names: str) -> sql.Composed:
        """Give a named statement with the names of tables, indexes and constraints."""
        # From our own files, where the type checker cannot see it.
        text = cast("LiteralString", QUERIES[query])
        quoted = {key: sql.Identifier(name) for key, name in names.items()}
        return sql.SQL(text).format(part=sql.Identifier(self.name), **quoted)

    def run_statement(self, query: str, **names: str) -> int:
        """Run one; give how many rows it was about."""
        with connection.cursor() as cursor:
            cursor.execute(self.statement(query, **names), {"scheme": self.scheme.pk})
            return int(cursor.rowcount)

    def made(self) -> set[str]:
        """Give the names of what there is of it: itself, its indexes, its constraints."""
        return {row[0] for row in rows_of("apart_made", {"part": self.name})}


def is_worth_it(batches: Batches, total: int) -> bool:
    """Tell whether the answers of a run are to be written apart: many, and hardly any stored already."""
    if total < WORTH or connection.in_atomic_block or len(batches.stretches()) > 1:
        return False
    return _stored(batches.scheme) <= STORED_ALREADY


def can_go_on(run: AssignmentRun) -> bool:
    """Tell whether a run that was cut short still has its table, and nobody else filled the scheme."""
    apart = Apart(run.scheme, run.pk)
    return apart.name in apart.made() and _stored(run.scheme) <= STORED_ALREADY


def _stored(scheme: Scheme) -> int:
    count: int = rows_of("stored_up_to", {"scheme": scheme.pk, "most": STORED_ALREADY + 1})[0][0]
    return count


def begin(run: AssignmentRun) -> None:
    """Make the table of a run, in the transaction of the run."""
    Apart(run.scheme, run.pk).run_statement("apart_create")


def sweep(scheme: Scheme, keep: AssignmentRun | None) -> None:
    """Remove what runs left behind that are no more."""
    kept = keep and Apart(scheme, keep.pk).name
    for (name,) in rows_of("apart_left", {"scheme": scheme.pk}):
        if name != kept:
            Apart(scheme, int(name.rpartition("_r")[2])).run_statement("apart_drop")


def put_in_force(run: AssignmentRun, batches: Batches, lanes: Lanes, progress: Progress) -> bool:
    """Make of the table the scheme's part; say no if features have come that are to be assigned first.

    Raises
    ------
    Overtaken
        If the land is not the one any more on which the answers stand.
    """
    apart = Apart(run.scheme, run.pk)
    progress.tell(f"{run.scheme.code}: all are placed; putting the answers in force")
    counts = _finished(apart, lanes)
    while True:
        try:
            with transaction.atomic():
                stands = _in_its_place(apart, run, batches, counts)
            if stands:
                # The planner knows nothing of it yet.
                apart.run_statement("apart_analyze")
            return stands
        except OperationalError as error:
            if not isinstance(error.__cause__, _BUSY):
                raise
        time.sleep(_OTHERS_FIRST_S)


def _finished(apart: Apart, lanes: Lanes) -> list[tuple[Any, ...]]:
    """Make indexes and references, where they are not made; give what the answers count."""
    made = apart.made()
    # The one of the ids has become the key's by then.
    done = made | ({f"{apart.name}_id"} if f"{apart.name}_pkey" in made else set())
    indexes = [
        lanes.submit(apart.run_statement, f"apart_index_{one}", name=f"{apart.name}_{one}")
        for one in _INDEXES
        if f"{apart.name}_{one}" not in done
    ]
    for index in indexes:
        index.result()
    if f"{apart.name}_pkey" not in made:
        apart.run_statement(
            "apart_constraints",
            name=f"{apart.name}_pkey",
            id=f"{apart.name}_id",
            apart=f"{apart.name}_apart",
        )
    counts = lanes.submit(_counted, apart)
    if "assignment_of_feature" not in made:
        try:
            _refer(apart)
        except IntegrityError:
            counts.result()
            apart.run_statement("apart_forget_gone")
            _refer(apart)
            return _counted(apart)
    return counts.result()


def _refer(apart: Apart) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUERIES["in_order"])
        apart.run_statement("apart_features")
        cursor.execute(QUERIES["in_any_order"])
        apart.run_statement("apart_references")


def _counted(apart: Apart) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(QUERIES["in_order"])
        cursor.execute(apart.statement("apart_counts"))
        counts: list[tuple[Any, ...]] = cursor.fetchall()
        return counts


def _in_its_place(apart: Apart, run: AssignmentRun, batches: Batches, counts: list[tuple[Any, ...]]) -> bool:
    scheme_lock(run.scheme)
    if not _last_come(run, batches):
        return False
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["lock_timeout"])
        cursor.execute(QUERIES["apart_lock"])
        stored = _stored(run.scheme)
        if not stored:
            cursor.execute(QUERIES["counts_forget"], {"scheme": run.scheme_id})
        with cursor.copy(QUERIES["apart_counts_copy"]) as copy:
            for layer, cell, since, count in counts:
                copy.write_row((run.scheme_id, layer, cell, False, since, count))
        apart.run_statement("apart_triggers")
        if stored:
            apart.run_statement("apart_give_way")
            apart.run_statement("apart_take_over")
        cursor.execute(QUERIES["constraints_now"])
        for (name,) in rows_of("apart_former", {"scheme": run.scheme_id}):
            Apart(run.scheme, int(name.rpartition("_r")[2])).run_statement("apart_drop")
        apart.run_statement("apart_attach")
    AssignmentRun.objects.filter(pk=run.pk).update(apart=False, finished_at=clock())
    return True


def _last_come(run: AssignmentRun, batches: Batches) -> bool:
    """Assign what came since the last batch as it is always done; say no if that is more than one batch."""
    run.refresh_from_db()
    upto = batch_end(run.last_id, BATCH)
    if upto is None:
        if land_name(batches.stretches()) != run.land:
            raise Overtaken
        return True
    if batch_end(upto, 1) is not None:
        return False
    advance(run.pk, run.last_id, upto, batches.settle(run.last_id, upto, land=run.land))
    return True
