"""The duties of a scheme's document in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Duty:
    """A duty and how often it is done."""

    name: dict[str, str]
    rhythm: str


def duties_of(document: Mapping[str, Any], posts: Collection[str]) -> list[Duty]:
    """Give the duties that any of some posts has; those that name no post are everybody's."""
    written = [duty for duty in document.get("duties", ()) if duty.get("post") in {None, *posts}]
    return [Duty(_name(duty), _rhythm(duty)) for duty in written if posts]


def _name(duty: Mapping[str, Any]) -> dict[str, str]:
    plain = str(duty.get("topic") or duty.get("code") or duty.get("kind") or "")
    return {"zh": plain, "en": plain, **(duty.get("name") or {})}


def _rhythm(duty: Mapping[str, Any]) -> str:
    words = []
    if duty.get("per"):
        words.append(_times(duty["per"], int(duty.get("count") or 1)))
    words += [_times(period, 1) for period in duty.get("periods", ())]
    if duty.get("season"):
        months = _(", ").join(str(month) for month in duty["season"])
        words.append(_("in the months %(months)s") % {"months": months})
    if duty.get("on_demand"):
        words.append(_("when somebody asks"))
    return _("; ").join(words)


def _times(period: str, count: int) -> str:
    periods = {
        "day": _("day"),
        "week": _("week"),
        "month": _("month"),
        "quarter": _("quarter"),
        "half_year": _("half-year"),
        "year": _("year"),
    }
    return ngettext("once every %(period)s", "%(count)s times every %(period)s", count) % {
        "count": count,
        "period": periods.get(period, period),
    }
