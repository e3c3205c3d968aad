"""Questions about schemes, editions, drafts and their cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection
from django.db.models import Min
from django.utils import timezone

from boundaries.models import (
    LAND_RULES,
    LIVING_STATES,
    CellVersion,
    Draft,
    DraftVisibility,
    Edition,
    Level,
    Scheme,
)
from boundaries.policies import Asker, allowed
from geogrid.core.errors import NotFound
from geogrid.core.land import Land, LandLevel
from geogrid.db.named_sql import named_queries

QUERIES = named_queries(Path(__file__).parent.parent / "sql" / "queries")


def _one_of(what: str, names: Iterable[str]) -> str:
    known = sorted(names)
    return f"there are: {', '.join(known)}" if known else f"there is no {what} yet"


def scheme_get(code: str) -> Scheme:
    """Give a scheme by its code."""
    scheme = Scheme.objects.filter(code=code).first()
    if scheme is None:
        known = _one_of("scheme", Scheme.objects.values_list("code", flat=True))
        raise NotFound(f"there is no scheme {code!r}; {known} (load one with load_scheme)")
    return scheme


def schemes_with_edition(at: dt.datetime) -> list[Scheme]:
    """Give the schemes that have an edition in force at a time, in order of their codes."""
    return list(Scheme.objects.filter(editions__effective__lte=at).distinct().order_by("code"))


def level_get(scheme: Scheme, code: str) -> Level:
    """Give a level of a scheme by its code."""
    level = scheme.levels.filter(code=code).first()
    if level is None:
        known = ", ".join(scheme.levels.order_by("ordinal").values_list("code", flat=True))
        raise NotFound(f"the scheme {scheme.code} has no level {code!r}; its levels are: {known}")
    return level


def draft_get(scheme: Scheme, name: str) -> Draft:
    """Give the open or submitted draft of that name."""
    open_drafts = scheme.drafts.filter(state__in=LIVING_STATES)
    draft = open_drafts.filter(name=name).first()
    if draft is None:
        known = _one_of("open draft", open_drafts.values_list("name", flat=True))
        raise NotFound(f"the scheme {scheme.code} has no draft {name!r}; {known}")
    return draft


def draft_readable(draft: Draft, user: Asker) -> bool:
    """Tell whether somebody may read a draft: everybody a public one, the others who has the right."""
    if draft.visibility == DraftVisibility.PUBLIC:
        return True
    return allowed(user, "draft.read", scheme=draft.scheme, draft=draft)


def drafts_visible(scheme: Scheme, user: Asker) -> list[Draft]:
    """Give the open and submitted drafts of a scheme that somebody may read, in order of their names."""
    drafts = scheme.drafts.filter(state__in=LIVING_STATES)
    asked = drafts.select_related("scheme", "base").order_by("name")
    return [draft for draft in asked if draft_readable(draft, user)]


def edition_at(scheme: Scheme, at: dt.datetime) -> Edition | None:
    """Give the edition in force at a time; None before the first."""
    return scheme.editions.filter(effective__lte=at).order_by("-number").first()


def edition_next_time(at: dt.datetime) -> dt.datetime | None:
    """Tell when the next edition of any scheme takes effect after a time; None if none is published."""
    return Edition.objects.filter(effective__gt=at).aggregate(next=Min("effective"))["next"]


def edition_latest(scheme: Scheme) -> Edition | None:
    """Give the edition with the highest number, in force or not yet."""
    return scheme.editions.order_by("-number").first()


def edition_get(scheme: Scheme, number: int) -> Edition:
    """Give an edition by its number."""
    edition = scheme.editions.filter(number=number).first()
    if edition is None:
        last = edition_latest(scheme)
        known = f"its last is {last.number}" if last else "nothing has been published yet"
        raise NotFound(f"the scheme {scheme.code} has no edition {number}; {known}")
    return edition


def land_at(scheme: Scheme, at: dt.datetime | None = None) -> Land:
    """Give the land of the editions as of a time; now if none is given."""
    at = at or timezone.now()
    return _land(scheme, "cells_at", {"scheme": scheme.pk, "at": at, "draft": None})


def land_near(scheme: Scheme, lon: float, lat: float, at: dt.datetime) -> Land:
    """Give the part of a land whose cells' boxes hold a place, with all cells above them."""
    return _land(scheme, "cells_near", {"scheme": scheme.pk, "at": at, "lon": lon, "lat": lat})


def cell_kinds(cells: Sequence[UUID], at: dt.datetime) -> dict[UUID, str]:
    """Give the kind that each of some cells had at a time."""
    if not cells:
        return {}
    versions = CellVersion.objects.filter(cell__in=cells, valid__contains=at)
    return dict(versions.values_list("cell_id", "kind"))


def cell_kinds_at(scheme: Scheme, at: dt.datetime) -> dict[UUID, str]:
    """Give the kinds of all cells of a scheme that had one at a time."""
    versions = CellVersion.objects.filter(scheme=scheme, valid__contains=at).exclude(kind="")
    return dict(versions.values_list("cell_id", "kind"))


#: To be raised when what is made of a land, see `boundaries.lookup`, changes.
_PRINTED_FORM = 3


def land_print(scheme: Scheme, at: dt.datetime) -> str:
    """Give the fingerprint of a land as of a time: another one if anything that is told of it differs."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["land_print"], {"scheme": scheme.pk, "at": at, "form": _PRINTED_FORM})
        return str(cursor.fetchone()[0])


def cells_divided(cells: Sequence[UUID], at: dt.datetime) -> bool:
    """Tell whether cells of a level that divides land lie below any of some cells at a time."""
    below = CellVersion.objects.filter(parent__in=cells, valid__contains=at)
    return below.filter(level__rule__in=LAND_RULES).exists()


def land_of_draft(draft: Draft) -> Land:
    """Give the land as a draft has it: its base with the draft's cells over it."""
    parameters = {"scheme": draft.scheme_id, "draft": draft.pk, "at": draft.base_at}
    return _land(draft.scheme, "cells_at", parameters)


def _land(scheme: Scheme, query: str, parameters: dict[str, Any]) -> Land:
    levels = list(scheme.levels.order_by("ordinal"))
    place = {level.pk: index for index, level in enumerate(levels)}
    of_ordinal = {level.ordinal: index for index, level in enumerate(levels)}
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        rows = cursor.fetchall()
    ident: list[UUID] = [row[0] for row in rows]
    index = {cell: number for number, cell in enumerate(ident)}
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([None if row[5] is None else bytes(row[5]) for row in rows])
    return Land(
        levels=tuple(
            LandLevel(level.code, level.rule, place.get(level.parent_id, -1) if level.parent_id else -1)
            for level in levels
        ),
        ident=ident,
        code=[row[1] for row in rows],
        name=[row[2] for row in rows],
        level=np.array([of_ordinal[row[3]] for row in rows], dtype=np.int64),
        parent=np.array([index.get(row[4], -1) for row in rows], dtype=np.int64),
        shapes=shapes,
        extent=shapely.from_wkb(bytes(scheme.extent.wkb)) if scheme.extent else None,
    )
