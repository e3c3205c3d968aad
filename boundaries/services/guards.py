"""What the database itself watches over, and how its no reaches people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, connection

from accounts.models import User
from boundaries.models import STORED_SRID, Acceptance, Scheme
from boundaries.selectors import QUERIES
from boundaries.services.audits import AuditFinding
from geogrid.core.errors import Refused

#: What the guard's functions raise: land that is not tiled, history that would change.
_SQLSTATES = frozenset({"23GG1", "23GG2"})


@contextmanager
def guarded() -> Iterator[None]:
    """Have the database look at the cells written in the block as soon as it ends, not at the commit.

    Raises
    ------
    Refused
        With the database's sentence, if it says no. The transaction has to be rolled back.
    """
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["guard_now"])
            cursor.execute(QUERIES["guard_later"])
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) not in _SQLSTATES:
            raise
        raise Refused(f"the database refuses it: {_sentence(error)}") from error


def _sentence(error: IntegrityError) -> str:
    said = getattr(error.__cause__, "diag", None)
    return (said.message_primary if said else None) or str(error)


def gaps_record(
    *,
    scheme: Scheme,
    findings: Iterable[AuditFinding],
    accepted: Iterable[AuditFinding],
    reason: str | None,
    moment: dt.datetime,
    by: User | None,
) -> None:
    """Keep the gaps that an edition is allowed to have, with their land: the database knows them by that.

    Parameters
    ----------
    findings : iterable of AuditFinding
        All of the edition; those accepted before are kept anew where their border has gained nodes.
    accepted : iterable of AuditFinding
        Those accepted now, for `reason`.
    moment : datetime
        When the edition takes effect.
    """
    levels = {level.code: level for level in scheme.levels.all()}
    for found in accepted:
        Acceptance.objects.create(
            scheme=scheme,
            ident=found.ident,
            reason=reason or "",
            valid=(moment, None),
            by=by,
            level=levels[found.finding.level],
            geom=_stored(found.finding.geometry),
        )
    before = {found.ident: found for found in findings if found.finding.rule == "gap" and not found.is_open}
    for row in Acceptance.objects.filter(scheme=scheme, ident__in=before, valid__contains=moment):
        found = before[row.ident]
        geom = _stored(found.finding.geometry)
        if row.geom is not None and row.geom.equals_exact(geom):
            continue
        end = row.valid.upper
        if row.valid.lower < moment:
            row.valid = (row.valid.lower, moment)
            row.save(update_fields=["valid"])
            row.pk, row.valid = None, (moment, end)
        row.level, row.geom = levels[found.finding.level], geom
        row.save()


def _stored(shape: shapely.Geometry | None) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED_SRID)
