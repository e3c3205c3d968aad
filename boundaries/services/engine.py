"""What the services ask of the engine of edits, and what they give it: actions, codes, an audit nearby."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import shapely

from boundaries.models import Finding as StoredFinding
from boundaries.models import Scheme
from boundaries.selectors.codes import SchemeCodes
from boundaries.services.audits import AuditFinding, findings_stored, findings_with_states
from boundaries.services.locks import audit_lock, clock
from geogrid.core.actions import action_of
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.nearby import NearbyAudit, audit_nearby
from geogrid.core.change import Change
from geogrid.core.coverage import Ground

ENGINE = f"shapely {shapely.__version__}, GEOS {shapely.geos_version_string}"
"""What edits are computed with; kept with each of them."""


class Identities:
    """The identities that an edit gives to new cells: those it gave before, in their order, then new ones."""

    def __init__(self, given: Sequence[str] = ()) -> None:
        """Take those that were given when the edit was made first."""
        self._again = [UUID(one) for one in given]
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[UUID]:
        return self

    def __next__(self) -> UUID:
        number = len(self.taken)
        ident = self._again[number] if number < len(self._again) else uuid4()
        self.taken.append(str(ident))
        return ident


def action_carry_out(name: str, params: Mapping[str, Any], ground: Ground, ids: Iterator[UUID]) -> Change:
    """Compute what an action makes of a ground; new cells have no codes yet.

    Raises
    ------
    BadInput
        If there is no such action, or its parameters are not usable.
    EditRefused
        If it cannot be done there.
    """
    return action_of(name, params)(ground, ids)


def audit_around(scheme: Scheme, ground: Ground, change: Change, *, sound: bool = False) -> NearbyAudit:
    """Audit the land that a change touches: what is found since, and what of before is found no more.

    `sound` if the land before is an edition's, or only edits were made since: no edit brings an overlap.
    """
    codes = SchemeCodes(scheme)
    return audit_nearby(
        ground,
        change,
        tolerance=Tolerance(scheme.tolerance_area_m2, scheme.tolerance_width_m),
        code_lengths={level.code: level.code_length for level in codes.levels},
        code_system=codes.system,
        sound=sound,
    )


def findings_since(scheme: Scheme, audit: NearbyAudit) -> tuple[AuditFinding, ...]:
    """Give what came with a change, and whether somebody has accepted it."""
    return tuple(findings_with_states(scheme, audit.found, clock()) if audit.found else ())


def findings_follow(scheme: Scheme, found: Sequence[AuditFinding], gone: Sequence[Finding]) -> None:
    """Bring the stored findings of the editions up to date where only some land was audited."""
    audit_lock(scheme, None)
    StoredFinding.objects.filter(
        scheme=scheme, draft=None, ident__in=[*(one.ident for one in gone), *(one.ident for one in found)]
    ).delete()
    StoredFinding.objects.bulk_create(findings_stored(scheme, None, found))
