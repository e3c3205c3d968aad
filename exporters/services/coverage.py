"""The coverage report of a scheme: an audit turned into the page's plain data and written into one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from boundaries.models import Scheme
from boundaries.selectors import draft_get, scheme_get
from boundaries.services.audits import AuditFinding, AuditReport, audit_run
from exporters.report import CoverageReport, FeatureCounts, ReportFinding, ReportLevel, render_report
from exporters.writers.staging import staged

LEAFLET = settings.BASE_DIR / "node_modules" / "leaflet" / "dist"

_SEVERITIES = ("major", "suspected", "minor")


@dataclass(frozen=True)
class CoverageWritten:
    """What a written report says, and where it is."""

    path: Path
    size_bytes: int
    verdict: str
    findings: int


def coverage_report_write(*, scheme: str, path: Path, draft: str | None = None) -> CoverageWritten:
    """Audit a scheme, or one of its drafts, and write what was found as a page; nothing else is stored."""
    found = scheme_get(scheme)
    audit = audit_run(scheme=found, draft=draft_get(found, draft) if draft is not None else None, save=False)
    report = coverage_report_of(scheme=found, audit=audit)
    page = render_report(report, assets=LEAFLET)
    with staged(path) as place:
        place.write_text(page, encoding="utf-8")
    return CoverageWritten(path, path.stat().st_size, report.verdict, len(report.findings))


def coverage_report_of(*, scheme: Scheme, audit: AuditReport) -> CoverageReport:
    """Turn an audit into what the page shows."""
    titles = {level.code: _title(level.name_zh, level.name_en) for level in scheme.levels.all()}
    return CoverageReport(
        scheme=scheme.code,
        scheme_name=_title(scheme.name_zh, scheme.name_en),
        edition=_source(audit),
        made_at=timezone.localtime(audit.at),
        verdict=audit.verdict,
        levels=[
            _level(audit, number, titles[level.code])
            for number, level in enumerate(audit.land.levels)
            if level.code in audit.levels
        ],
        findings=[_finding(found) for found in sorted(audit.findings, key=_importance)],
        features=FeatureCounts(
            **{entry.name: audit.features.get(entry.name, 0) for entry in fields(FeatureCounts)}
        ),
        vacancies=audit.vacancies,
        certificate=_certificate(audit.certificate),
    )


def _title(chinese: str, english: str) -> str:
    return chinese if chinese == english else f"{chinese} {english}"


def _source(audit: AuditReport) -> str:
    if audit.draft is not None:
        return f"草稿 {audit.draft} · Draft {audit.draft}"
    return f"版本 {audit.edition} · Edition {audit.edition}"


def _level(audit: AuditReport, number: int, title: str) -> ReportLevel:
    land, sums = audit.land, audit.levels[audit.land.levels[number].code]
    cells = np.flatnonzero(land.level == number)
    parents = land.parent[cells].tolist()
    return ReportLevel(
        code=land.levels[number].code,
        name=title,
        gaps=sums["gaps"],
        overlaps=sums["overlaps"],
        gap_area_m2=sums["gap_area_m2"],
        overlap_area_m2=sums["overlap_area_m2"],
        area_m2=sums["area_m2"],
        codes=[land.code[cell] for cell in cells.tolist()],
        names=[land.name[cell] for cell in cells.tolist()],
        parents=[land.code[parent] if parent >= 0 else "" for parent in parents],
        # A cell without land has no area; the page shows numbers only.
        areas_m2=np.nan_to_num(audit.areas[cells]).tolist(),
        geometries=land.shapes[cells],
    )


def _finding(found: AuditFinding) -> ReportFinding:
    finding = found.finding
    return ReportFinding(
        id=found.ident,
        rule=finding.rule,
        level=finding.level,
        cells=finding.cells,
        area_m2=finding.area_m2,
        width_m=finding.width_m,
        severity=finding.severity,
        state=found.state,
        geometry=finding.geometry,
        reason=found.reason,
    )


def _importance(found: AuditFinding) -> tuple[bool, bool, int, float, str]:
    """Order findings: the open first, what makes a blind spot first, then by severity and size."""
    finding = found.finding
    return (
        not found.is_open,
        not finding.is_blind_spot,
        _SEVERITIES.index(finding.severity),
        -(finding.area_m2 or 0.0),
        found.ident,
    )


def _certificate(certificate: Mapping[str, Any]) -> str:
    """Name what proves which land was audited: the hash, and over how many cells."""
    return f"{certificate['cells']:,} cells, SHA-256 {certificate['sha256']}"
