"""Times as people write them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from geogrid.core.errors import BadInput


def moment_text(moment: dt.datetime, timespec: str = "seconds") -> str:
    """Write a time with its zone, that of the installation."""
    return timezone.localtime(moment).isoformat(timespec=timespec)


def moment_parse(text: str) -> dt.datetime:
    """Read an ISO date or time; without a zone it is that of the installation.

    A date alone means its first moment.
    """
    try:
        moment = parse_datetime(text)
        day = None if moment else parse_date(text)
    except ValueError:
        moment, day = None, None
    if moment is None and day is not None:
        moment = dt.datetime.combine(day, dt.time())
    # The zone of the installation may be on the other side of the first or the last year there is.
    if moment is None or not 1 < moment.year < 9999:
        raise BadInput(f"{text[:40]!r} is no time; write it as 2026-11-24 or 2026-11-24T08:30+08:00")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
