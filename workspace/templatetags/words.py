"""Names in the page's language, and measures with their units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django import template
from django.utils import timezone

from geogrid.templatetags.pages import page_language

register = template.Library()


@register.filter
def named(name: Mapping[str, str] | None) -> str:
    """Choose the name in the page's language, whichever there is."""
    first, second = ("en", "zh") if page_language() == "en" else ("zh", "en")
    both = name or {}
    return both.get(first) or both.get(second) or ""


def _measure(value: float, unit: str) -> str:
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f} {unit}"


@register.filter
def number(value: int) -> str:
    """Write a whole number: both languages group thousands alike."""
    return f"{value:,}"


@register.filter
def area(square_metres: float) -> str:
    """Write an area in m², hectares or km², as fits."""
    if square_metres < 1e4:
        return _measure(square_metres, "m²")
    if square_metres < 1e6:
        return _measure(square_metres / 1e4, "ha")
    return _measure(square_metres / 1e6, "km²")


@register.filter
def distance(metres: float) -> str:
    """Write a round length in m or km."""
    return f"{metres:g} m" if metres < 1000 else f"{metres / 1000:g} km"


@register.filter
def percent(share: float) -> str:
    """Write a share; what is there is never told to be nothing."""
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"


@register.filter
def day(moment: dt.datetime) -> str:
    """Write the day that a moment is in, in the zone of the installation."""
    return timezone.localtime(moment).date().isoformat()


@register.filter
def call(phone: str) -> str:
    """Give the address that calls a number."""
    return "tel:" + "".join(sign for sign in phone if sign.isdigit() or sign == "+")
