"""What stands now: editions in force and who answers, remembered until it may have changed.

Before each answer one cheap statement asks for the mark of the last changes (`boundaries_marked_v1`). While
it is the same, and no edition and no appointment has begun or ended meanwhile, what was read before holds.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from boundaries.lookup.places import Chain, EditionPlaces
from boundaries.models import Edition, Scheme
from boundaries.participants import registered
from boundaries.selectors import QUERIES, edition_next_time, schemes_with_edition
from boundaries.selectors.schemes import editions_in_force
from geogrid.db.prepared import prepared_text

#: Cells whose answers a process remembers, at most; then it begins anew.
_REMEMBERED_AT_MOST = 50_000

#: Cells that are asked for at once, at most.
_AT_ONCE_AT_MOST = 256

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
    _width: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def who_answers(self, places: EditionPlaces, chain: Chain, at: dt.datetime, *, private: bool) -> Answers:
        """Tell who answers for the cells of a chain now."""
        known = self._answers.get((chain.idents[-1], private))
        if known is not None and _holds(known[0], known[1], at):
            return known[2]
        if len(self._answers) >= _REMEMBERED_AT_MOST:
            self._answers.clear()
        # With it those beside it, the more the longer nothing has changed: one statement asks for all.
        width = min(next(self._width), _AT_ONCE_AT_MOST)
        chains = places.chains_around(chain.cells[-1], width)
        idents = list(dict.fromkeys(ident for one in chains for ident in one.idents))
        held = _held(places.edition.scheme, idents, at, private=private)
        ends = [one.answers_until(cells=idents, at=at) for one in registered()]
        until = min((end for end in ends if end is not None), default=None)
        for one in chains:
            self._answers[one.idents[-1], private] = at, until, _told(held, one.idents)
        return _told(held, chain.idents)


def who_answers(scheme: Scheme, chain: Chain, at: dt.datetime, *, private: bool) -> Answers:
    """Ask all participants who answers for the cells of a chain at a time."""
    return _told(_held(scheme, chain.idents, at, private=private), chain.idents)


def _held(
    scheme: Scheme, cells: Sequence[UUID], at: dt.datetime, *, private: bool
) -> list[Mapping[UUID, Answers]]:
    return [one.who_answers(scheme=scheme, cells=cells, at=at, private=private) for one in registered()]


def _told(held: list[Mapping[UUID, Answers]], chain: Sequence[UUID]) -> Answers:
    return [answer for of_one in held for ident in chain for answer in of_one.get(ident, ())]


_known: list[Standing] = []


def standing(now: dt.datetime) -> Standing:
    """Give what stands now.

    Within a transaction it is read anew each time: a second change of its own leaves no other mark.
    """
    if connection.in_atomic_block:
        return _read("", now)
    mark = prepared_text(QUERIES["change_mark"])
    known = _known[0] if _known else None
    if known and known.mark == mark and _holds(known.since, known.until, now):
        return known
    # What is read after the mark is as new as the mark, or newer: then the next mark is another one.
    found = _read(mark, now)
    _known[:] = [found]
    return found


def _read(mark: str, now: dt.datetime) -> Standing:
    editions = editions_in_force(now)
    in_force = {}
    for scheme in schemes_with_edition(now):
        edition = editions[scheme.pk]
        edition.scheme = scheme
        in_force[scheme.code] = edition
    return Standing(mark, now, edition_next_time(now), in_force)


def _holds(since: dt.datetime, until: dt.datetime | None, at: dt.datetime) -> bool:
    return since <= at and (until is None or at < until)
