"""Runs through the features of a scheme: what is being done, and what is still to be done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from boundaries.models import Scheme
from boundaries.selectors import edition_at
from geogrid.times import moment_text
from layers.models import AssignmentRun, Layer
from layers.selectors import rows_of


def run_open(scheme: Scheme, layer: Layer | None) -> AssignmentRun | None:
    """Give the run through all features, or those of a layer, that has not ended."""
    return AssignmentRun.objects.filter(scheme=scheme, layer=layer, since=None, finished_at=None).first()


def runs_due(scheme: Scheme | None = None) -> list[AssignmentRun]:
    """Give the runs that editions left to be done, of a scheme or of all, the earliest first."""
    runs = AssignmentRun.objects.filter(finished_at=None, since__isnull=False).select_related("scheme")
    return list((runs.filter(scheme=scheme) if scheme else runs).order_by("since", "pk"))


def due_document(run: AssignmentRun) -> dict[str, Any]:
    """Say how far a run is that an edition left."""
    assert run.since is not None
    edition = edition_at(run.scheme, run.since)
    return {
        "edition": edition.number if edition else None,
        "since": moment_text(run.since, "auto"),
        "state": "running" if run.done else "pending",
        "done": run.done,
        "total": run.total,
    }


def due_next(run: AssignmentRun, count: int) -> list[tuple[int, bool]]:
    """Give the next features of such a run, and whether each is still what it was at the edition's moment."""
    facts = {"run": run.pk, "scheme": run.scheme_id, "after": run.last_id, "count": count, "since": run.since}
    return [(row[0], row[1]) for row in rows_of("due_next_named" if run.named else "due_next", facts)]


def features_waiting(scheme: Scheme, at: dt.datetime) -> int:
    """Count the features whose stored answer at a time is not yet that of the edition in force then."""
    return sum(max(0, run.total - run.done) for run in runs_due(scheme) if run.since and run.since <= at)
