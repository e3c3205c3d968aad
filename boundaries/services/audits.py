"""Audits of editions and drafts: what is found, what of it is accepted, and the verdict."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.utils import timezone

from boundaries.models import STORED_SRID, Acceptance, AuditRun, Draft, Edition, Finding, Scheme
from boundaries.participants import registered
from boundaries.selectors import edition_at, edition_latest, land_at, land_of_draft
from boundaries.selectors.codes import SchemeCodes
from boundaries.services.audit_basis import AuditBasis, audit_basis
from boundaries.services.locks import audit_lock
from geogrid.core.audits.audit import LandAudit, audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding as CoreFinding
from geogrid.core.audits.polygons import PolygonFault
from geogrid.core.certificate import certificate
from geogrid.core.errors import BadInput
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray
from geogrid.times import moment_text

_NO_FEATURES = {"total": 0, "assigned": 0, "outside": 0, "in_gap": 0, "on_edge": 0, "straddling": 0}


@dataclass(frozen=True)
class AuditFinding:
    """A finding with its id in this scheme and whether somebody has accepted it."""

    ident: str
    finding: CoreFinding
    state: str
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has accepted it."""
        return self.state == "open"

    def as_json(self) -> dict[str, Any]:
        """Give the finding as design.md 7 has it."""
        found = self.finding
        return {
            "id": self.ident,
            "rule": found.rule,
            "level": found.level,
            "cells": list(found.cells),
            "area_m2": found.area_m2,
            "width_m": found.width_m,
            "severity": found.severity,
            "state": self.state,
            "reason": self.reason,
            "message": found.message,
            "subject": found.subject,
            "geometry": None if found.geometry is None else json.loads(shapely.to_geojson(found.geometry)),
        }


@dataclass(frozen=True)
class AuditReport:
    """What an audit says of a land; `areas` are m², one a cell."""

    scheme: str
    edition: int | None
    draft: str | None
    at: dt.datetime
    land: Land
    levels: Mapping[str, Mapping[str, Any]]
    areas: FloatArray
    features: Mapping[str, int]
    vacancies: int
    findings: tuple[AuditFinding, ...]
    certificate: Mapping[str, Any]
    reassigning: int = 0

    @property
    def blocking(self) -> list[AuditFinding]:
        """What keeps the land from being published."""
        return [found for found in self.findings if found.is_open and found.finding.blocks_publishing]

    @property
    def verdict(self) -> str:
        """Give "full" only if land there is, no blind spot is open, and no feature waits for its cell."""
        spots = any(found.is_open and found.finding.is_blind_spot for found in self.findings)
        full = self.land.has_land.any() and not spots and not self.reassigning
        return "full" if full else "blind_spots"

    def as_json(self, level: str | None = None) -> dict[str, Any]:
        """Give the document of design.md 7; of one level only if asked, the verdict being that of all."""
        return {
            "scheme": self.scheme,
            "edition": self.edition,
            "draft": self.draft,
            "at": moment_text(self.at, "auto"),
            "verdict": self.verdict,
            "levels": {code: dict(sums) for code, sums in self.levels.items() if level in {None, code}},
            "features": dict(self.features),
            "vacancies": self.vacancies,
            **({"reassigning": self.reassigning} if self.reassigning else {}),
            "findings": [f.as_json() for f in self.findings if level in {None, f.finding.level}],
            "certificate": dict(self.certificate),
        }


def audit_run(
    *, scheme: Scheme, edition: Edition | None = None, draft: Draft | None = None, save: bool = True
) -> AuditReport:
    """Audit an edition, a draft, or, if neither is given, the edition in force.

    Everything is recomputed from the stored cells; nothing that was found before is trusted. What is found is
    kept for `audit_current`, unless `save` says no.
    """
    now = timezone.now()
    if draft is not None:
        at, basis = now, audit_basis(scheme=scheme, draft=draft, at=now, current=True)
        land, faults = land_of_draft(draft), _faults(draft)
    else:
        edition, at = _edition_to_audit(scheme, edition, now)
        basis = audit_basis(scheme=scheme, at=at, current=at == now)
        land, faults = land_at(scheme, at), {}
    number = edition.number if edition is not None else None
    report = _report(scheme, number, draft, at, land, faults)
    if save:
        _keep(scheme, None if draft else edition, draft, report, basis)
    return report


@transaction.atomic
def _keep(
    scheme: Scheme, edition: Edition | None, draft: Draft | None, report: AuditReport, basis: AuditBasis
) -> None:
    audit_lock(scheme, draft)
    if draft is not None or basis.current:
        findings_store(scheme=scheme, draft=draft, findings=report.findings)
    AuditRun.objects.update_or_create(
        scheme=scheme,
        edition=edition,
        draft=draft,
        defaults={
            "state": basis.state,
            "until": basis.until,
            "verdict": report.verdict,
            "document": report.as_json(),
        },
    )


def _edition_to_audit(
    scheme: Scheme, edition: Edition | None, now: dt.datetime
) -> tuple[Edition, dt.datetime]:
    """Choose the edition, and the time as of which people and objects count."""
    in_force = edition_at(scheme, now)
    edition = edition or in_force or edition_latest(scheme)
    if edition is None:
        raise BadInput(_nothing_published(scheme))
    return edition, now if edition == in_force else edition.effective


def _nothing_published(scheme: Scheme) -> str:
    drafts = ", ".join(scheme.drafts.filter(state="open").order_by("name").values_list("name", flat=True))
    hint = f"audit a draft with --draft: {drafts}" if drafts else "import cells with import_cells first"
    return f"the scheme {scheme.code} has no edition yet; {hint}"


def _faults(draft: Draft) -> dict[Any, PolygonFault]:
    rows = draft.cells.filter(retired=False).exclude(fault="")
    return {
        cell_id: PolygonFault(reason, shapely.from_wkb(bytes(at.wkb)) if at else None, doubtful=doubtful)
        for cell_id, reason, doubtful, at in rows.values_list(
            "cell_id", "fault", "fault_doubtful", "fault_at"
        )
    }


def _report(
    scheme: Scheme,
    number: int | None,
    draft: Draft | None,
    at: dt.datetime,
    land: Land,
    faults: Mapping[Any, PolygonFault],
) -> AuditReport:
    audit = land_audit(scheme, land, faults)
    shares = [
        participant.land_audited(scheme=scheme, land=land, at=at, stored=draft is None)
        for participant in registered()
    ]
    numbers: dict[str, Any] = {"features": dict(_NO_FEATURES), "vacancies": 0}
    found = list(audit.findings)
    for share in shares:
        numbers.update(share.numbers)
        found.extend(share.findings)
    return AuditReport(
        scheme=scheme.code,
        edition=number,
        draft=draft.name if draft else None,
        at=at,
        land=land,
        levels=audit.levels,
        areas=audit.areas,
        features=numbers["features"],
        vacancies=numbers["vacancies"],
        reassigning=numbers.get("reassigning", 0),
        findings=tuple(findings_with_states(scheme, found, at)),
        certificate=certificate(land, audit.areas, audit.findings),
    )


def land_audit(scheme: Scheme, land: Land, faults: Mapping[Any, PolygonFault]) -> LandAudit:
    """Audit a land by the scheme's tolerances and code lengths; `faults` by the id of the cell."""
    place = {ident: index for index, ident in enumerate(land.ident)}
    codes = SchemeCodes(scheme)
    return audit_land(
        land,
        tolerance=Tolerance(scheme.tolerance_area_m2, scheme.tolerance_width_m),
        code_lengths={level.code: level.code_length for level in codes.levels},
        code_system=codes.system,
        faults={place[ident]: fault for ident, fault in faults.items() if ident in place},
    )


def findings_with_states(scheme: Scheme, found: Sequence[CoreFinding], at: dt.datetime) -> list[AuditFinding]:
    """Give each finding its id, and say whether somebody has accepted it as of a time."""
    accepted = dict(
        Acceptance.objects.filter(scheme=scheme, valid__contains=at).values_list("ident", "reason")
    )
    seen: Counter[str] = Counter()
    findings = []
    for finding in found:
        seen[finding.ident] += 1
        count = seen[finding.ident]
        ident = finding.ident if count == 1 else f"{finding.ident}-{count}"
        reason = accepted.get(ident) if finding.acceptable else None
        state = "open" if reason is None else "accepted"
        findings.append(AuditFinding(ident, finding, state, reason or ""))
    return findings


@transaction.atomic
def findings_store(*, scheme: Scheme, draft: Draft | None, findings: tuple[AuditFinding, ...]) -> None:
    """Keep what the last audit of a draft, or of the scheme's editions, found."""
    audit_lock(scheme, draft)
    Finding.objects.filter(scheme=scheme, draft=draft).delete()
    Finding.objects.bulk_create(findings_stored(scheme, draft, findings), batch_size=2000)


def findings_stored(scheme: Scheme, draft: Draft | None, findings: Sequence[AuditFinding]) -> list[Finding]:
    """Give findings as the rows that are to be stored."""
    return [
        Finding(
            scheme=scheme,
            draft=draft,
            ident=found.ident,
            rule=found.finding.rule,
            level=found.finding.level,
            cells=list(found.finding.cells),
            severity=found.finding.severity,
            message=found.finding.message,
            subject=found.finding.subject,
            area_m2=found.finding.area_m2,
            width_m=found.finding.width_m,
            geom=_stored(found.finding.geometry),
        )
        for found in findings
    ]


def _stored(shape: shapely.Geometry | None) -> GEOSGeometry | None:
    if shape is None or shape.is_empty:
        return None
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED_SRID)
