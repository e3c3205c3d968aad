"""Note how far a run through many features is."""

from __future__ import annotations

from boundaries.services.locks import clock
from layers.models import AssignmentRun
from layers.services.outcomes import Tally


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
