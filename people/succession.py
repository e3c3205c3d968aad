"""When cells end their posts are inherited: written when an edition is published, foretold before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from boundaries.models import Cell, Level, Lineage, Scheme
from boundaries.selectors.grounds import ground_at
from geogrid.core.area import polygon_areas
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from people.inheriting import Line, Plan, plan_succession
from people.models import Appointment


@transaction.atomic
def appointments_follow(*, scheme: Scheme, change: Change, at: dt.datetime) -> dict[str, Any]:
    """End the appointments of cells that end at a time, and let their heirs inherit them, to be confirmed.

    Publishing calls it and has asked who may. What has been written is not written a second time.

    Returns
    -------
    dict
        `{ended, inherited, vacated, made_deputies}`: how many appointments ended, were inherited, and how
        many holders no heir got; and the post and the cell of holders that became deputies, because the post
        takes no more.
    """
    involved = {cell.ident for cell in change.removed}
    for heir in change.heirs:
        involved |= {heir.predecessor, heir.successor}
    if not involved:
        return _document(Plan(at), {})
    # In one order, so that two who publish, or appoint, wait for one another and not in a ring.
    list(Cell.objects.select_for_update(no_key=True).filter(pk__in=involved).order_by("pk"))
    ground = ground_at(scheme, at)
    plan = _plan(scheme=scheme, change=change, ground=ground, at=at)
    document = _document(plan, _codes(change, ground, plan))
    _write(plan)
    return document


def appointment_goes_on(appointment: Appointment) -> None:
    """Let an appointment to a cell that is known to end be inherited as those that were there before."""
    cell = appointment.cell
    last = cell.versions.order_by("-valid").first()
    end = last.valid.upper if last else None
    if end is None or (appointment.valid.upper is not None and appointment.valid.upper <= end):
        return
    heirs = Lineage.objects.filter(predecessor=cell, edition__effective=end).select_related("successor")
    levels = {heir.successor_id: heir.successor.level_id for heir in heirs}
    others = _appointments(appointment.post.scheme, levels, end)
    plan = plan_succession(
        at=end,
        ended=[cell.pk],
        lines=[Line(cell.pk, heir.successor_id, heir.share) for heir in heirs],
        appointments=[appointment, *others],
        fits=lambda post, successor: not post.retired and post.level_id == levels[successor],
        codes={},
    )
    _write(plan)


def people_impact(*, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime) -> dict[str, Any]:
    """Foretell which appointments would end and who would inherit them; posts and numbers, nobody's name.

    Returns
    -------
    dict
        `{appointments, inherited, vacated, made_deputies}`: of each post of each cell that ends
        `{level, post, cell, holders, deputies, heirs}`, heirs being codes; the rest as in publishing.
    """
    if not change.removed and not change.heirs:
        return {"appointments": [], "inherited": 0, "vacated": 0, "made_deputies": []}
    plan = _plan(scheme=scheme, change=change, ground=ground, at=at)
    codes = _codes(change, ground, plan)
    heirs: dict[tuple[UUID, int], set[str]] = {}
    for one in plan.inherited:
        heirs.setdefault((one.source.cell_id, one.source.post_id), set()).add(codes[one.cell])
    listed: dict[tuple[UUID, int], dict[str, Any]] = {}
    for appointment in plan.ending:
        post, key = appointment.post, (appointment.cell_id, appointment.post_id)
        entry = listed.setdefault(
            key,
            {
                "level": post.level.code if post.level else None,
                "post": post.code,
                "cell": codes[appointment.cell_id],
                "holders": 0,
                "deputies": 0,
                "heirs": sorted(heirs.get(key, ()), key=str.encode),
            },
        )
        entry["deputies" if appointment.deputy else "holders"] += 1
    document = _document(plan, codes)
    del document["ended"]
    rows = sorted(listed.values(), key=lambda row: (row["cell"].encode(), row["post"].encode()))
    return {"appointments": rows, **document}


def _plan(*, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime) -> Plan:
    gone = {cell.ident for cell in change.removed}
    lines = _lines(change)
    cells = gone | {ident for line in lines for ident in (line.predecessor, line.successor)}
    level_of = _levels(scheme, change, ground, [line.successor for line in lines])
    return plan_succession(
        at=at,
        ended=gone,
        lines=lines,
        appointments=_appointments(scheme, cells, at),
        fits=lambda post, cell: not post.retired and post.level_id == level_of.get(cell),
        codes={one.ident: one.before.code for one in change.cells if one.before is not None},
    )


def _lines(change: Change) -> list[Line]:
    """Give who takes over how much land: the share of the area where the cell that ends has one."""
    before = {one.ident: one.before for one in change.cells if one.before is not None}
    shapes = np.array([cell.shape for cell in before.values()], dtype=object)
    measured = polygon_areas(shapes).tolist() if len(shapes) else []
    area = dict(zip(before, measured, strict=True))
    return [
        Line(heir.predecessor, heir.successor, heir.share * (area.get(heir.predecessor) or 1.0))
        for heir in change.heirs
        if heir.predecessor != heir.successor
    ]


def _levels(scheme: Scheme, change: Change, ground: Ground, cells: Sequence[UUID]) -> dict[UUID, int]:
    """Give the row of the level of each of some cells, which may be new or stay as they are."""
    known = {one.ident: one.after.level for one in change.cells if one.after is not None}
    missing = set(cells) - known.keys()
    known.update((ident, cell.level) for ident, cell in ground.by_ident(missing).items())
    rows = list(Level.objects.filter(scheme=scheme).order_by("ordinal").values_list("pk", flat=True))
    return {cell: rows[known[cell]] for cell in cells if cell in known}


def _appointments(scheme: Scheme, cells: Iterable[UUID], at: dt.datetime) -> list[Appointment]:
    holding = DateTimeTZRange(at, None)
    found = Appointment.objects.filter(post__scheme=scheme, cell__in=list(cells), valid__overlap=holding)
    return list(found.select_related("post__level").order_by("pk"))


def _codes(change: Change, ground: Ground, plan: Plan) -> dict[UUID, str]:
    codes = {one.ident: cell.code for one in change.cells if (cell := one.after or one.before) is not None}
    missing = {one.cell for one in plan.inherited} - codes.keys()
    codes.update((ident, cell.code) for ident, cell in ground.by_ident(missing).items())
    return codes


def _document(plan: Plan, codes: Mapping[UUID, str]) -> dict[str, Any]:
    demoted = {(one.source.post.code, codes[one.cell]) for one in plan.inherited if one.demoted}
    return {
        "ended": len(plan.ending),
        "inherited": len(plan.inherited),
        "vacated": len(plan.vacated),
        "made_deputies": [{"post": post, "cell": cell} for post, cell in sorted(demoted)],
    }


def _write(plan: Plan) -> None:
    """Carry a plan out; an appointment that was to begin only later moves, so that it is not lost."""
    moving = {one.pk for one in plan.ending if one.valid.lower >= plan.at}
    changed: dict[int, Appointment] = {}
    added = []
    for one in plan.inherited:
        valid = DateTimeTZRange(*one.period)
        if one.source.pk in moving and one.source.pk not in changed:
            source = one.source
            changed[source.pk] = Appointment(
                pk=source.pk,
                person_id=source.person_id,
                post_id=source.post_id,
                cell_id=one.cell,
                deputy=one.deputy,
                to_confirm=True,
                valid=valid,
            )
        else:
            added.append(
                Appointment(
                    person_id=one.source.person_id,
                    post_id=one.source.post_id,
                    cell_id=one.cell,
                    deputy=one.deputy,
                    to_confirm=True,
                    valid=valid,
                )
            )
    for ending in plan.ending:
        if ending.pk not in moving:
            ending.valid = DateTimeTZRange(ending.valid.lower, plan.at)
            changed[ending.pk] = ending
    Appointment.objects.bulk_update(changed.values(), ["cell", "deputy", "to_confirm", "valid"])
    Appointment.objects.bulk_create(added)
