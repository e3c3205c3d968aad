"""Questions about schemes as a whole, their levels, editions and drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from boundaries.models import LIVING_STATES, Draft, Edition, Level, Scheme
from boundaries.policies import Asker
from boundaries.selectors import draft_readable
from boundaries.selectors.cells import Place, place_of, rows_of


@dataclass(frozen=True)
class LevelFacts:
    """A level, how many cells it has now, and at which zooms its document wants it shown."""

    level: Level
    parent: str | None
    cells: int
    zoom: list[int] | None
    kinds: list[str]


@dataclass(frozen=True)
class SchemeFacts:
    """A scheme with its edition in force, if there is one."""

    scheme: Scheme
    edition: Edition | None
    levels: list[LevelFacts]
    bbox: Place | None
    verdict: str | None = None
    editions: list[Edition] = field(default_factory=list)


def schemes_all() -> list[Scheme]:
    """Give all schemes in order of their codes."""
    return list(Scheme.objects.order_by("code").prefetch_related("levels__parent"))


def schemes_describe(schemes: Sequence[Scheme]) -> list[SchemeFacts]:
    """Describe schemes as they stand now, in three queries however many there are."""
    now = timezone.now()
    in_force = editions_in_force(now)
    numbers = {
        level: (cells, box)
        for level, cells, *box in rows_of(
            "levels_counted", {"schemes": [scheme.pk for scheme in schemes], "at": now}
        )
    }
    return [_described(scheme, in_force.get(scheme.pk), numbers) for scheme in schemes]


def editions_in_force(at: dt.datetime) -> dict[int, Edition]:
    """Give the edition in force of every scheme that has one, by the scheme."""
    editions = Edition.objects.filter(effective__lte=at).order_by("scheme", "-number").distinct("scheme")
    return {edition.scheme_id: edition for edition in editions}


def _described(
    scheme: Scheme, edition: Edition | None, numbers: dict[int, tuple[int, list[float | None]]]
) -> SchemeFacts:
    levels = sorted(scheme.levels.all(), key=lambda level: level.ordinal)
    written = {block["code"]: block for block in scheme.document.get("levels", ()) if "code" in block}
    facts = [
        LevelFacts(
            level,
            level.parent.code if level.parent else None,
            numbers.get(level.pk, (0, []))[0],
            written.get(level.code, {}).get("zoom"),
            written.get(level.code, {}).get("kinds", []),
        )
        for level in levels
    ]
    boxes = [box for level in levels if (box := numbers.get(level.pk, (0, []))[1]) and box[0] is not None]
    return SchemeFacts(scheme, edition, facts, _around(boxes))


def _around(boxes: Sequence[Sequence[Any]]) -> Place | None:
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return place_of([min(west), min(south), max(east), max(north)])


def scheme_editions(scheme: Scheme) -> list[Edition]:
    """Give the editions of a scheme, the latest first."""
    return list(scheme.editions.order_by("-number"))


_DRAFTS = Draft.objects.select_related(
    "scheme", "base", "edition", "created_by", "submitted_by", "approved_by"
)


def draft_by_id(number: int) -> Draft | None:
    """Give a draft, whatever its state; None if there is none."""
    return _DRAFTS.filter(pk=number).first()


def drafts_of(scheme: Scheme, user: Asker, state: str | None = None) -> list[Draft]:
    """Give the drafts of a scheme that somebody may read, the newest first.

    `state` is one of `DraftState`, or `all`; those that are not closed if it is not given.
    """
    drafts = _DRAFTS.filter(scheme=scheme).order_by("-created_at", "-pk")
    if state is None:
        drafts = drafts.filter(state__in=LIVING_STATES)
    elif state != "all":
        drafts = drafts.filter(state=state)
    return [draft for draft in drafts if draft_readable(draft, user)]


def draft_by_name(scheme: Scheme, name: str) -> Draft | None:
    """Give the open or submitted draft of that name; None if there is none."""
    found = scheme.drafts.filter(state__in=LIVING_STATES, name=name)
    return found.select_related("scheme", "base").first()
