"""Who inherits which post when cells end: planned from rows, before anything is written.

An appointment of a cell that ends goes on for each of its heirs, to be confirmed. What is planned breaks no
rule of appointments: a person holds a post for a cell once at a time, and where more holders meet in an heir
than the post takes, those of the largest piece of land stay and the others become deputies.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from people.models import Appointment, Post

#: From when to when; no end is for ever.
Period = tuple[dt.datetime, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A cell that takes over land of another.

    Attributes
    ----------
    predecessor, successor : UUID
    weight : float
        How much land, for comparing lines of one successor.
    """

    predecessor: UUID
    successor: UUID
    weight: float


@dataclass(frozen=True, slots=True)
class Inherited:
    """What an appointment becomes for an heir."""

    source: Appointment
    cell: UUID
    deputy: bool
    period: Period

    @property
    def demoted(self) -> bool:
        """Whether a holder becomes a deputy, since the post takes no more."""
        return self.deputy and not self.source.deputy


@dataclass(frozen=True)
class Plan:
    """What is to happen to the appointments of cells that end.

    Attributes
    ----------
    at : datetime
    inherited : list of Inherited
    ending : list of Appointment
        Those of cells that end, and hold at that time or later.
    vacated : list of Appointment
        Holders among them whose post no heir has, or whom no heir gets.
    """

    at: dt.datetime
    inherited: list[Inherited] = field(default_factory=list)
    ending: list[Appointment] = field(default_factory=list)
    vacated: list[Appointment] = field(default_factory=list)


@dataclass
class _Held:
    """Who holds what, with what was planned so far: by post and cell, holders and everybody's periods."""

    holders: dict[tuple[int, UUID], list[Period]] = field(default_factory=lambda: defaultdict(list))
    of_person: dict[tuple[int, UUID, int], list[Period]] = field(default_factory=lambda: defaultdict(list))

    def note(self, appointment: Appointment, cell: UUID, period: Period, *, deputy: bool) -> None:
        self.of_person[appointment.post_id, cell, appointment.person_id].append(period)
        if not deputy:
            self.holders[appointment.post_id, cell].append(period)

    def free(self, appointment: Appointment, cell: UUID, period: Period) -> list[Period]:
        """Give the parts of a period in which the person does not hold the post for the cell."""
        left = [period]
        for held in self.of_person[appointment.post_id, cell, appointment.person_id]:
            left = [part for one in left for part in without(one, held)]
        return left

    def full(self, post: Post, cell: UUID, period: Period) -> bool:
        """Tell whether at some moment one more would be too many; that can only begin when somebody does."""
        if post.maximum is None:
            return False
        others = [held for held in self.holders[post.pk, cell] if overlap(held, period)]
        moments = {period[0], *(begin for begin, _ in others if begin > period[0])}
        return any(sum(holds(held, moment) for held in others) >= post.maximum for moment in moments)


def plan_succession(
    *,
    at: dt.datetime,
    ended: Iterable[UUID],
    lines: Sequence[Line],
    appointments: Sequence[Appointment],
    fits: Callable[[Post, UUID], bool],
    codes: Mapping[UUID, str],
) -> Plan:
    """Plan what becomes of appointments at a time.

    Parameters
    ----------
    ended : iterable of UUID
        The cells that are no more from then on.
    appointments : sequence of Appointment
        Of all these cells, at that time or later; with their posts.
    fits : callable
        Whether a post is one that a cell has.
    codes : mapping
        Of predecessors; equal pieces of land go in byte order of these.
    """
    gone = frozenset(ended)
    plan, held = Plan(at), _Held()
    of_cell: dict[UUID, list[Appointment]] = defaultdict(list)
    plan.ending.extend(one for one in appointments if one.cell_id in gone)
    for one in appointments:
        of_cell[one.cell_id].append(one)
        if one.cell_id not in gone:
            held.note(one, one.cell_id, period_of(one), deputy=one.deputy)
    left = [line for line in lines if line.successor not in gone]
    pairs = [
        (line, one) for line in left for one in of_cell[line.predecessor] if fits(one.post, line.successor)
    ]
    goes_on = {one.pk for _, one in pairs}
    plan.vacated.extend(one for one in plan.ending if not (one.deputy or one.pk in goes_on))
    _inherit(plan, held, sorted(pairs, key=lambda pair: _rank(*pair, codes)))
    return plan


def _inherit(plan: Plan, held: _Held, pairs: Sequence[tuple[Line, Appointment]]) -> None:
    """Plan what each appointment becomes for each heir, those that come first first."""
    for line, one in pairs:
        begin, end = period_of(one)
        for period in held.free(one, line.successor, (max(begin, plan.at), end)):
            deputy = one.deputy or held.full(one.post, line.successor, period)
            held.note(one, line.successor, period, deputy=deputy)
            plan.inherited.append(Inherited(one, line.successor, deputy, period))


def _rank(line: Line, one: Appointment, codes: Mapping[UUID, str]) -> tuple[object, ...]:
    code = codes.get(line.predecessor, "").encode()
    return (one.deputy, -line.weight, code, one.valid.lower, one.pk, line.successor.bytes)


def period_of(appointment: Appointment) -> Period:
    """Give from when to when an appointment holds."""
    return appointment.valid.lower, appointment.valid.upper


def holds(period: Period, moment: dt.datetime) -> bool:
    """Tell whether a moment is in a period."""
    return period[0] <= moment and (period[1] is None or moment < period[1])


def overlap(one: Period, other: Period) -> bool:
    """Tell whether two periods have a moment in common."""
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])


def without(period: Period, taken: Period) -> list[Period]:
    """Give what is left of a period beside another."""
    if not overlap(period, taken):
        return [period]
    left: list[Period] = [(period[0], taken[0])] if period[0] < taken[0] else []
    if taken[1] is not None and (period[1] is None or taken[1] < period[1]):
        left.append((taken[1], period[1]))
    return left
