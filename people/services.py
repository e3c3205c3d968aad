"""Appointing persons to posts, and ending that."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from accounts.models import User
from boundaries.models import Cell
from boundaries.policies import require
from geogrid.core.errors import BadInput, Refused
from people.models import Appointment, Person, Post
from people.succession import appointment_goes_on


@transaction.atomic
def appointment_add(
    *,
    person: Person,
    post: Post,
    cell: Cell,
    since: dt.datetime,
    until: dt.datetime | None = None,
    deputy: bool = False,
    by: User | None = None,
) -> Appointment:
    """Appoint a person to a post for a cell, from a time on or for a time.

    Where an edition to come ends the cell before, the appointment ends with it and its heirs inherit it.

    Raises
    ------
    BadInput
        If the times have no zone or do not follow one another.
    Refused
        If the post is not one of the cell's level, the cell was retired before, the person holds the post
        for the cell already, or more would hold it at some time than it allows. Deputies are not counted.
    """
    require(by, "people.appoint", scheme=post.scheme, cell=cell)
    _check_period(since, until)
    # Whoever appoints for the same cell at the same time waits here, so that nobody is counted too late.
    cell = Cell.objects.select_for_update(no_key=True).get(pk=cell.pk)
    _refuse_misfit(post, cell, since)
    period = DateTimeTZRange(since, until)
    meanwhile = Appointment.objects.filter(post=post, cell=cell, valid__overlap=period)
    _refuse_twice(person, post, cell, meanwhile.filter(person=person).first())
    if not deputy and post.maximum is not None:
        _refuse_too_many(post, cell, since, list(meanwhile.filter(deputy=False).select_related("person")))
    appointment = Appointment.objects.create(person=person, post=post, cell=cell, deputy=deputy, valid=period)
    appointment_goes_on(appointment)
    return appointment


@transaction.atomic
def appointment_end(*, appointment: Appointment, at: dt.datetime, by: User | None = None) -> Appointment:
    """End an appointment at a time: it holds up to, and no longer at, that moment.

    Raises
    ------
    BadInput
        If the time has no zone.
    Refused
        If the appointment only begins then or later, or ends before.
    """
    require(by, "people.appoint", scheme=appointment.post.scheme, cell=appointment.cell)
    if timezone.is_naive(at):
        raise BadInput(f"the time {at.isoformat()} has no zone; write 2026-03-01T08:00+08:00")
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    valid = appointment.valid
    if at <= valid.lower:
        raise Refused(
            f"the appointment of {appointment.person.name} begins on {_day(valid.lower)} and cannot "
            f"end on {_day(at)}; give a later time"
        )
    if valid.upper is not None and valid.upper < at:
        raise Refused(
            f"the appointment of {appointment.person.name} ends on {_day(valid.upper)} already; "
            "to prolong it, appoint anew from then on"
        )
    appointment.valid = DateTimeTZRange(valid.lower, at)
    appointment.save(update_fields=["valid"])
    return appointment


@transaction.atomic
def appointment_confirm(*, appointment: Appointment, by: User | None = None) -> Appointment:
    """Confirm that who inherited a post holds it; confirmed once more it stays so.

    Raises
    ------
    Refused
        If the appointment has ended.
    """
    require(by, "people.appoint", scheme=appointment.post.scheme, cell=appointment.cell)
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    until = appointment.valid.upper
    if until is not None and until <= timezone.now():
        raise Refused(
            f"the appointment of {appointment.person.name} ended on {_day(until)}, so that "
            "there is nothing to confirm"
        )
    appointment.to_confirm = False
    appointment.save(update_fields=["to_confirm"])
    return appointment


def _check_period(since: dt.datetime, until: dt.datetime | None) -> None:
    for moment in (since, until):
        if moment is not None and timezone.is_naive(moment):
            raise BadInput(f"the time {moment.isoformat()} has no zone; write 2026-03-01T08:00+08:00")
    if until is not None and until <= since:
        raise BadInput(f"the appointment would end on {_day(until)}, not after it begins on {_day(since)}")


def _refuse_misfit(post: Post, cell: Cell, since: dt.datetime) -> None:
    if post.retired:
        raise Refused(f"the post {post.code} is no longer in the document of its scheme; choose another one")
    if post.level_id != cell.level_id:
        raise Refused(
            f"the post {post.code} is one of the level {post.level}, and {_shown(cell)} is of the level "
            f"{cell.level}; choose a post of that level"
        )
    last = cell.versions.order_by("-valid").first()
    if last is not None and last.valid.upper is not None and last.valid.upper <= since:
        raise Refused(
            f"{_shown(cell)} was retired on {_day(last.valid.upper)}, before the appointment begins; "
            "appoint for the cell that has its land now"
        )


def _refuse_twice(person: Person, post: Post, cell: Cell, held: Appointment | None) -> None:
    if held is not None:
        how = "as a deputy " if held.deputy else ""
        raise Refused(
            f"{person.name} holds the post {post.code} for {_shown(cell)} {how}already, "
            f"{_period(held.valid)}; end that first"
        )


def _refuse_too_many(post: Post, cell: Cell, since: dt.datetime, others: list[Appointment]) -> None:
    """Refuse where the post is full at some moment; it can only get full when somebody begins."""
    assert post.maximum is not None
    for moment in sorted({since, *(other.valid.lower for other in others if other.valid.lower > since)}):
        there = [other for other in others if moment in other.valid]
        if len(there) >= post.maximum:
            names = ", ".join(f"{other.person.name} {_period(other.valid)}" for other in there)
            raise Refused(
                f"the post {post.code} of {_shown(cell)} takes {post.maximum} at a time, and on "
                f"{_day(moment)} that is {names}; end that first, or appoint a deputy"
            )


def _shown(cell: Cell) -> str:
    last = cell.versions.order_by("-valid").first()
    return f"the cell {last.code!r}" if last else f"the cell {cell.pk}"


def _period(valid: DateTimeTZRange) -> str:
    until = f" until {_day(valid.upper)}" if valid.upper else ""
    return f"since {_day(valid.lower)}{until}"


def _day(moment: dt.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes")
