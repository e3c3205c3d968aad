"""Writing an edition: versions of the cells that a draft changes, who inherits, and the certificate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import User
from boundaries.models import Draft, DraftState, Edition
from boundaries.selectors import QUERIES
from boundaries.selectors.certificates import certificate_at
from boundaries.selectors.changes import ground_of_base
from boundaries.services.audits import AuditFinding, audit_run, findings_store
from boundaries.services.engine import audit_around, findings_follow, findings_since
from boundaries.services.gaps import gaps_standing
from boundaries.services.journal import has_files
from boundaries.services.locks import clock
from geogrid.core.audits.finding import Finding
from geogrid.core.certificate import Face
from geogrid.core.change import Change
from geogrid.core.remembering import Remembered


@dataclass(frozen=True)
class Audited:
    """What was found on the land that a draft is to bring about.

    Attributes
    ----------
    findings : tuple of AuditFinding
        Of all the land, or of what the draft touches.
    certificate : mapping, optional
        None where only the touched land was audited: it is summed up when the edition is written.
    nearby : bool
        Only the touched land was audited.
    gone : sequence of Finding
        What is found no more where only the touched land was audited.
    """

    findings: tuple[AuditFinding, ...]
    certificate: Mapping[str, Any] | None
    nearby: bool
    gone: Sequence[Finding] = ()

    @property
    def blocking(self) -> list[AuditFinding]:
        """What keeps the land from being published."""
        return [found for found in self.findings if found.is_open and found.finding.blocks_publishing]


_NODED_M2 = 1.0
"""Gaps of one level that differ by less are one gap: 1 m² is a grid step, 1.1 mm, times 900 m of border."""


def audited(draft: Draft, change: Change | None, moment: dt.datetime) -> Audited:
    """Audit a draft: where it touches its base if only edits made it, else all of its land.

    Gaps that were accepted for the base are looked at anew where that may be over at `moment`.
    """
    if change is None or has_files(draft):
        report = audit_run(scheme=draft.scheme, draft=draft)
        return Audited(report.findings, report.certificate, nearby=False)
    audit = audit_around(draft.scheme, Remembered(ground_of_base(draft)), change, sound=True)
    standing = {one.ident: one for one in gaps_standing(draft, change, moment)}
    since = [one for one in findings_since(draft.scheme, audit) if one.ident not in standing]
    return Audited((*since, *standing.values()), None, nearby=True, gone=audit.gone)


def _faces(draft: Draft, audit: Audited) -> list[Face] | None:
    """Give the accepted gaps of the edition: those of the base, less what is gone, and what was found."""
    known = draft.base.certificate.get("faces") if draft.base else None
    if known is None:
        return None
    faces = {Face(**{**face, "cells": tuple(face["cells"])}) for face in known}
    now = [_face(one.finding) for one in audit.findings if one.finding.rule == "gap"]
    over = [*now, *(_face(found) for found in audit.gone if found.rule == "gap")]
    # Nodes on its border change the area of a gap by a grid step times their edges at most (geometry.md 5).
    kept = [
        face
        for face in faces
        if not any(face.level == one.level and abs(face.area_m2 - one.area_m2) < _NODED_M2 for one in over)
    ]
    return sorted({*kept, *now})


def _face(gap: Finding) -> Face:
    return Face(gap.level, gap.subject, "nobodys", gap.cells, gap.area_m2 or 0.0)


def edition_create(
    draft: Draft, audit: Audited, change: Change | None, moment: dt.datetime, by: User | None
) -> Edition:
    """Write the next edition and close its draft. The locks of the scheme and of the draft are held."""
    scheme = draft.scheme
    edition = Edition.objects.create(
        scheme=scheme,
        number=(draft.base.number if draft.base else 0) + 1,
        effective=moment,
        published_at=clock(),
        published_by=by,
        certificate=dict(audit.certificate or {}),
    )
    _versions_write(draft, edition, change)
    if audit.certificate is None:
        edition.certificate = certificate_at(scheme, moment, faces=_faces(draft, audit), change=change)
        edition.save(update_fields=["certificate"])
    draft.state, draft.edition = DraftState.PUBLISHED, edition
    draft.closed_at, draft.closed_by = edition.published_at, by
    draft.save(update_fields=["state", "edition", "closed_at", "closed_by"])
    if audit.nearby:
        findings_follow(scheme, audit.findings, audit.gone)
    else:
        findings_store(scheme=scheme, draft=None, findings=audit.findings)
    return edition


def _versions_write(draft: Draft, edition: Edition, change: Change | None) -> None:
    if change is None:
        changed, noded = list(draft.cells.values_list("cell_id", flat=True)), []
    else:
        changed = [one.ident for one in change.cells]
        noded = [one.ident for one in change.cells if one.noded]
    heirs = change.heirs if change else ()
    facts = {
        "draft": draft.pk,
        "scheme": draft.scheme_id,
        "edition": edition.pk,
        "effective": edition.effective,
        "changed": changed,
        "noded": noded,
        "predecessor": [heir.predecessor for heir in heirs],
        "successor": [heir.successor for heir in heirs],
        "share": [heir.share for heir in heirs],
    }
    with connection.cursor() as cursor:
        for step in ("cells_create", "versions_close", "versions_open", "lineage_add"):
            cursor.execute(QUERIES[step], facts)
