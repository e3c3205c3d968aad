"""What an audit stands on: as long as that does not change, the audit need not be repeated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import shapely

from boundaries.models import AuditRun, Draft, Scheme
from boundaries.participants import registered
from boundaries.selectors.findings import audit_state

REVISION = "1"
"""Counts the changes of what audits compute."""


@dataclass(frozen=True)
class AuditBasis:
    """What an audit stands on.

    Attributes
    ----------
    state : str
        Another text if any row that the audit reads was added, changed or removed, by whatever door.
    until : datetime, optional
        When the first of these rows begins or ends to hold.
    current : bool
        The audit is of now: of the edition in force, or of a draft.
    """

    state: str
    until: dt.datetime | None
    current: bool

    def carries(self, run: AuditRun, now: dt.datetime) -> bool:
        """Whether what was kept would be found again."""
        return run.state == self.state and (run.until is None or now < run.until)


def audit_basis(*, scheme: Scheme, at: dt.datetime, current: bool, draft: Draft | None = None) -> AuditBasis:
    """Tell what an audit as of a time stands on. Ask before the land is read, never after.

    A change between the two makes the audit newer than its basis, which is then out of date at once; asked
    the other way round it could be kept for newer than it is.
    """
    rows, until = audit_state(scheme, draft, at)
    states = [participant.audit_state(scheme=scheme, at=at) for participant in registered()]
    text = " | ".join(
        [REVISION, shapely.geos_version_string, "now" if current else "then", rows, *(s.rows for s in states)]
    )
    ends = [end for end in (until, *(s.until for s in states)) if end is not None]
    # An audit as of a past or future time is of that moment for ever.
    return AuditBasis(text, min(ends) if ends and current else None, current)
