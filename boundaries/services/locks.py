"""Who may write at a time. Locks end with the transaction."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from boundaries.models import Draft, Scheme
from boundaries.selectors import QUERIES


def scheme_lock(scheme: Scheme) -> None:
    """Wait until no one else publishes or assigns in the scheme."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["scheme_lock"], {"scheme": scheme.pk})


def draft_lock(draft: Draft) -> None:
    """Wait until no one else writes into the draft."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["draft_lock"], {"draft": draft.pk})


def codes_lock(scheme: Scheme, *, alone: bool) -> None:
    """Give codes in the scheme beside others who do, or alone; who is not alone waits for who is."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["codes_lock" if alone else "codes_lock_shared"], {"scheme": scheme.pk})


def audit_lock(scheme: Scheme, draft: Draft | None) -> None:
    """Wait until no one else audits the scheme's editions, or the draft, and stores what is found."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["audit_lock"], {"scheme": scheme.pk, "draft": draft.pk if draft else None})


def clock() -> dt.datetime:
    """Give the database's clock; read it after the lock, so that versions follow one another."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["now"])
        moment: dt.datetime = cursor.fetchone()[0]
    return moment
