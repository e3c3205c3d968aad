"""Which state of a scheme a question is about: that of a time, of an edition, or of a draft."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from boundaries.models import Draft, Edition, Scheme
from boundaries.selectors import edition_at


@dataclass(frozen=True)
class AsOf:
    """A state of a scheme.

    Attributes
    ----------
    land_at : datetime, optional
        Cells are those of this time; None where there were none yet.
    at : datetime
        People and objects are asked for at this time.
    edition : Edition, optional
        In force at the time; the base, where a draft is asked for; None before the first.
    draft : Draft, optional
        Whose cells lie over those of the time.
    is_now : bool
        It is the state in force.
    """

    scheme: Scheme
    land_at: dt.datetime | None
    at: dt.datetime
    edition: Edition | None
    draft: Draft | None = None
    is_now: bool = False

    @property
    def facts(self) -> dict[str, object]:
        """The parameters of the statements that read cells."""
        draft = self.draft.pk if self.draft else None
        return {"scheme": self.scheme.pk, "draft": draft, "at": self.land_at}

    @property
    def revision(self) -> tuple[object, ...]:
        """What tells this state of the cells from any other."""
        draft = (self.draft.pk, self.draft.version) if self.draft else None
        return self.scheme.pk, self.scheme.document_version, self.edition and self.edition.pk, draft


def as_of_time(scheme: Scheme, at: dt.datetime | None = None) -> AsOf:
    """Give the state at a time; now if none is given."""
    moment = at or timezone.now()
    return AsOf(scheme, moment, moment, edition_at(scheme, moment), is_now=at is None)


def as_of_edition(scheme: Scheme, edition: Edition) -> AsOf:
    """Give the state of an edition: now if it is in force, else when it took or takes effect."""
    now = as_of_time(scheme)
    return now if now.edition == edition else as_of_time(scheme, edition.effective)


def as_of_draft(draft: Draft) -> AsOf:
    """Give the state that a draft would bring about."""
    base = draft.base
    return AsOf(draft.scheme, draft.base_at, timezone.now(), base, draft)
