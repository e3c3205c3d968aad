"""A draft becomes the next edition, all of it or nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from django.db import transaction

from accounts.models import User
from boundaries.lookup.files import locators_follow
from boundaries.models import LIVING_STATES, Draft, Edition
from boundaries.participants import registered
from boundaries.policies import require
from boundaries.selectors import edition_latest, land_at
from boundaries.selectors.changes import draft_change
from boundaries.services.audits import AuditFinding
from boundaries.services.guards import gaps_record, guarded
from boundaries.services.journal import refuse_stale
from boundaries.services.locks import clock, draft_lock, scheme_lock
from boundaries.services.merging import draft_bring_onto
from boundaries.services.transactions import whole
from boundaries.services.versions import Audited, audited, edition_create
from boundaries.tiles.services import tiles_follow
from geogrid.core.change import Change
from geogrid.core.errors import BadInput, DraftNotOpen
from geogrid.telling import Tell, silent
from geogrid.times import moment_text


@dataclass(frozen=True)
class Publication:
    """What publishing a draft came to.

    Attributes
    ----------
    edition : Edition, optional
        None if the draft was refused.
    blocking : tuple of AuditFinding
        What stands in the way.
    accepted : tuple of AuditFinding
        The gaps that were accepted on the way.
    followed : dict
        What the other apps did about it.
    """

    draft: Draft
    edition: Edition | None
    blocking: tuple[AuditFinding, ...]
    accepted: tuple[AuditFinding, ...] = ()
    followed: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Say what happened, and if nothing did, why and what to do."""
        name = self.draft.name
        if self.edition is not None:
            since = moment_text(self.edition.effective)
            return f"published the draft {name} as edition {self.edition.number}, in force from {since}"
        counts = Counter(found.finding.rule for found in self.blocking)
        reasons = ", ".join(f"{count} {rule}" for rule, count in sorted(counts.items()))
        first = self.blocking[0].finding
        only_gaps = set(counts) == {"gap"}
        step = "fill the gaps, or accept them with --accept-gaps REASON" if only_gaps else "mend them first"
        return f"the draft {name} is not published: {reasons} ({first.message}); {step}"

    def as_json(self) -> dict[str, Any]:
        """Give the document of design.md 7."""
        edition = self.edition
        return {
            "published": edition is not None,
            "scheme": self.draft.scheme.code,
            "draft": self.draft.name,
            "edition": edition.number if edition else None,
            "effective": moment_text(edition.effective, "auto") if edition else None,
            "blocking": [found.ident for found in self.blocking],
            "accepted": [found.ident for found in self.accepted],
            "message": self.sentence,
            **self.followed,
        }


@whole
def draft_publish(
    *,
    draft: Draft,
    accept_gaps: str | None = None,
    effective: dt.datetime | None = None,
    version: int | None = None,
    by: User | None = None,
    tell: Tell = silent,
) -> Publication:
    """Make a draft the next edition of its scheme, or say what stands in the way.

    If others published since the draft's base, it is brought onto their edition first. A draft of nothing but
    edits is audited where it touches the land; one that files went into, on all of it.

    Parameters
    ----------
    draft : Draft
        Open, submitted or approved.
    accept_gaps : str, optional
        The reason for which all gaps are accepted. An overlap never is.
    effective : datetime, optional
        When it takes effect; now if not given, never in the past.
    version : int, optional
        Of the draft, as who publishes knows it.

    Raises
    ------
    DraftConflict
        If editions since the draft's base changed the same cells; the context lists what has to be decided.
    DraftNotOpen
        If it is published or discarded already.
    StaleVersion
        If the draft went on meanwhile.
    BadInput
        If the draft is empty, or the time or the reason is none.
    NotAllowed
        If `by` may not publish it, or may not accept its gaps.
    Refused
        If the database's own guards find that it is no partition.
    """
    require(by, "draft.publish", scheme=draft.scheme, draft=draft)
    if accept_gaps is not None:
        require(by, "finding.accept", scheme=draft.scheme, draft=draft)
    scheme_lock(draft.scheme)
    draft_lock(draft)
    draft.refresh_from_db()
    _refuse_what_cannot_be(draft, accept_gaps, version)
    _bring_up_to_date(draft, tell)
    change = draft_change(draft) if draft.base else None
    if change is not None and not change:
        raise BadInput(f"the draft {draft.name} changes nothing of edition {draft.base.number}")
    tell(f"auditing the draft {draft.name} …")
    moment = _effective(draft, effective)
    audit = audited(draft, change, moment)
    blocking = audit.blocking
    gaps = [found for found in blocking if found.finding.acceptable] if accept_gaps else []
    if len(gaps) < len(blocking):
        rest = tuple(found for found in blocking if not (accept_gaps and found.finding.acceptable))
        return Publication(draft, None, rest)
    gaps_record(
        scheme=draft.scheme,
        findings=audit.findings,
        accepted=gaps,
        reason=accept_gaps,
        moment=moment,
        by=by,
    )
    return _published(draft, audit, change, moment, gaps, by, tell)


def _published(
    draft: Draft,
    audit: Audited,
    change: Change | None,
    moment: dt.datetime,
    gaps: list[AuditFinding],
    by: User | None,
    tell: Tell,
) -> Publication:
    tell("writing cells and assigning what lies in them …")
    with guarded():
        edition = edition_create(draft, audit, change, moment, by)
    followed = _follow(edition, change)
    # After the commit, and whatever comes of it: both can be made again, the edition stands.
    transaction.on_commit(partial(locators_follow, edition), robust=True)
    transaction.on_commit(partial(tiles_follow, edition), robust=True)
    return Publication(draft, edition, (), tuple(gaps), followed)


def _refuse_what_cannot_be(draft: Draft, accept_gaps: str | None, version: int | None) -> None:
    if draft.state not in LIVING_STATES:
        raise DraftNotOpen(
            f"the draft {draft.name} is {draft.state} already", draft=draft.pk, state=draft.state
        )
    refuse_stale(draft, version)
    if accept_gaps is not None and not accept_gaps.strip():
        raise BadInput("gaps are accepted for a reason: say it after --accept-gaps")
    if not draft.cells.exists():
        raise BadInput(f"the draft {draft.name} changes nothing; edit it, or import cells into it first")


def _bring_up_to_date(draft: Draft, tell: Tell) -> None:
    """Put the draft upon the latest edition, if that is not its base."""
    latest = edition_latest(draft.scheme)
    if latest is None or latest == draft.base:
        return
    tell(f"bringing the draft {draft.name} onto edition {latest.number} …")
    draft_bring_onto(draft, latest, {})


def _effective(draft: Draft, wanted: dt.datetime | None) -> dt.datetime:
    now = clock()
    moment = wanted or now
    if moment < now:
        raise BadInput(f"an edition takes effect now or later, and {moment_text(moment)} is past")
    if draft.base and moment <= draft.base.effective:
        since = moment_text(draft.base.effective)
        raise BadInput(
            f"edition {draft.base.number} takes effect at {since}, and the next can only follow it; "
            "say a later time with --effective"
        )
    return moment


def _follow(edition: Edition, change: Change | None) -> dict[str, Any]:
    followed: dict[str, Any] = {}
    land = cache(partial(land_at, edition.scheme, edition.effective))
    for participant in registered():
        followed.update(
            participant.edition_published(scheme=edition.scheme, edition=edition, land=land, change=change)
        )
    return followed
