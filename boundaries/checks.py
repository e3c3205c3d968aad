"""What Django's checks ask of this app: `manage.py check --deploy --database default`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections

from boundaries.selectors import QUERIES


@checks.register(checks.Tags.database, deploy=True)
def guard_is_out_of_reach(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Warn where the role that the service connects as could switch the database's guard off."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(QUERIES["guard_reach"])
            role, superuser, owner = cursor.fetchone()
        if superuser or owner:
            why = "is a superuser" if superuser else "owns the tables"
            found.append(
                checks.Warning(
                    f"the database role {role} {why}, so that whoever gets hold of it can switch off the "
                    "guard that keeps overlaps and gaps out of editions",
                    hint="let the service connect as a role of its own: docs/howto/database-role.md",
                    id="boundaries.W001",
                )
            )
    return found
