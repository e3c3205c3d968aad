"""What stands now: editions in force and who answers, remembered until it may have changed.

Before each answer one cheap statement asks for the mark of the last changes (`boundaries_marked_v1`). While
it is the same, and no edition and no appointment has begun or ended meanwhile, what was read before holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from boundaries.lookup.places import Chain
from boundaries.models import Edition, Scheme
from boundaries.participants import registered
from boundaries.selectors import QUERIES, edition_next_time, schemes_with_edition
from boundaries.selectors.schemes import editions_in_force
from geogrid.db.prepared import prepared_rows

#: Cells whose answers a process remembers, at most; then it begins anew.
_REMEMBERED_AT_MOST = 50_000

Answers = list[dict[str, Any]]


@dataclass(frozen=True)
class Standing:
    """What was read when the mark was this one.

    Attributes
    ----------
    mark : str
    since, until : datetime
        It holds from the one on, up to the other; None for ever.
    in_force : dict
        Editions by the codes of their schemes, in order of these.
    """

    mark: str
    since: dt.datetime
    until: dt.datetime | None
    in_force: Mapping[str, Edition]
    _answers: dict[tuple[UUID, bool], tuple[dt.datetime, dt.datetime | None, Answers]] = field(
        default_factory=dict
    )

    def who_answers(self, scheme: Scheme, chain: Chain, at: dt.datetime, *, private: bool) -> Answers:
        """Tell who answers for the cells of a chain now."""
        key = chain.idents[-1], private
        known = self._answers.get(key)
        if known is not None and _holds(known[0], known[1], at):
            return known[2]
        answers = who_answers(scheme, chain, at, private=private)
        ends = [one.answers_until(cells=chain.idents, at=at) for one in registered()]
        if len(self._answers) >= _REMEMBERED_AT_MOST:
            self._answers.clear()
        self._answers[key] = at, min((end for end in ends if end is not None), default=None), answers
        return answers


def who_answers(scheme: Scheme, chain: Chain, at: dt.datetime, *, private: bool) -> Answers:
    """Ask all participants who answers for the cells of a chain at a time."""
    answers: Answers = []
    for participant in registered():
        held = participant.who_answers(scheme=scheme, cells=chain.idents, at=at, private=private)
        for ident in chain.idents:
            answers.extend(held.get(ident, []))
    return answers


_known: list[Standing] = []


def standing(now: dt.datetime) -> Standing:
    """Give what stands now.

    Within a transaction it is read anew each time: a second change of its own leaves no other mark.
    """
    ((mark,),) = prepared_rows(QUERIES["change_mark"])
    known = _known[0] if _known else None
    if (
        known
        and known.mark == mark
        and _holds(known.since, known.until, now)
        and not connection.in_atomic_block
    ):
        return known
    # What is read after the mark is as new as the mark, or newer: then the next mark is another one.
    editions = editions_in_force(now)
    in_force = {}
    for scheme in schemes_with_edition(now):
        edition = editions[scheme.pk]
        edition.scheme = scheme
        in_force[scheme.code] = edition
    found = Standing(mark, now, edition_next_time(now), in_force)
    if not connection.in_atomic_block:
        _known[:] = [found]
    return found


def _holds(since: dt.datetime, until: dt.datetime | None, at: dt.datetime) -> bool:
    return since <= at and (until is None or at < until)
