"""Files of cells into drafts."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from accounts.models import User
from boundaries.models import Draft, ImportRun, Level, Scheme
from boundaries.policies import require
from boundaries.selectors import level_get, scheme_get
from boundaries.services.audits import AuditReport, audit_run
from boundaries.services.drafts import (
    DraftChange,
    IncomingCell,
    draft_cells_put,
    draft_open,
)
from geogrid.core.errors import BadCoordinates, BadInput
from geogrid.core.repairing_terms import Limits
from geogrid.telling import Tell, silent
from importers.readers import RefusedRow, SourceTable, read_table, require_field
from importers.readers.antimeridian import crosses_antimeridian
from importers.refused import keep_refused, refused_text

_LONGEST_CODE = 100


@dataclass(frozen=True)
class CellFields:
    """Which fields of a file hold what; None where the file does not say."""

    code: str | None = None
    name: str | None = None
    parent: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class CellImport:
    """What an import did: the document of design.md 7, and where the refused rows are."""

    draft: Draft
    run: ImportRun | None
    refused: tuple[RefusedRow, ...]
    report: Mapping[str, Any]


def cells_import(
    *,
    scheme: str,
    path: Path,
    level: str,
    draft: str = "import",
    layer: str | None = None,
    fields: CellFields | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
    by: User | None = None,
    tell: Tell = silent,
) -> CellImport:
    """Put the cells of a file into a draft, all that can be taken or nothing.

    Raises
    ------
    BadInput
        If the file, its coordinate system or a named field is no good, or every row is refused.
    BadCoordinates
        If land crosses longitude 180.
    """
    into = scheme_get(scheme)
    require(by, "cells.import", scheme=into)
    rank = level_get(into, level)
    tell(f"reading {path.name} …")
    table = read_table(path, want="polygon", layer=layer, crs=crs, encoding=encoding)
    incoming, refused = _cells_of(table, fields or CellFields(), rank)
    with transaction.atomic():
        # A row without a code in a named field is land all the same: it lands as a fault of the draft.
        give_codes = fields is None or fields.code is None
        result = _put(
            into,
            rank,
            draft,
            table,
            incoming,
            refused,
            replace=replace,
            give_codes=give_codes,
            by=by,
            tell=tell,
        )
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run:
        return result
    return CellImport(result.draft, None, result.refused, {**result.report, "dry_run": True})


def _put(
    scheme: Scheme,
    level: Level,
    name: str,
    table: SourceTable,
    incoming: list[IncomingCell],
    refused: list[RefusedRow],
    *,
    replace: bool,
    give_codes: bool,
    by: User | None,
    tell: Tell,
) -> CellImport:
    draft = draft_open(scheme=scheme, name=name, by=by)
    change = draft_cells_put(
        draft=draft,
        level=level,
        system=table.crs,
        incoming=incoming,
        replace=replace,
        give_codes=give_codes,
        by=by,
        tell=tell,
    )
    attributes = dict(zip(table.numbers.tolist(), table.attributes, strict=True))
    refused = [
        *refused,
        *(RefusedRow(one.row, one.reason, one.code, attributes[one.row]) for one in change.refused),
    ]
    refused.sort(key=lambda one: one.row)
    if len(refused) == table.read:
        raise BadInput(_all_refused(table, refused))
    tell("auditing the draft …")
    audit = audit_run(scheme=scheme, draft=draft)
    report = _report(level, draft, table, change, refused, audit)
    run = ImportRun.objects.create(
        draft=draft,
        target=level.code,
        file_name=table.path.name,
        sha256=_sha256(table.path),
        report=report,
        refused_csv=refused_text(table.fields, refused) if refused else "",
        by=by,
    )
    return CellImport(draft, run, tuple(refused), report)


def _all_refused(table: SourceTable, refused: list[RefusedRow]) -> str:
    reasons = Counter(one.reason for one in refused)
    first = min(refused, key=lambda one: one.row)
    more = f" (and {len(reasons) - 1} other reasons)" if len(reasons) > 1 else ""
    kept = keep_refused(table.path, table.fields, refused)
    return (
        f"no row of {table.path.name} can be taken; row {first.row}: {first.reason}{more}; "
        f"all {len(refused)} are listed in {kept}"
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _cells_of(
    table: SourceTable, fields: CellFields, level: Level
) -> tuple[list[IncomingCell], list[RefusedRow]]:
    """Give the rows of a table as cells; rows with an endless code or no place on the earth are refused."""
    for name in (fields.code, fields.name, fields.parent, fields.kind):
        if name is not None:
            require_field(table, name)
    off = _off_the_earth(table)
    named = {name for name in (fields.code, fields.name, fields.parent, fields.kind) if name}
    cells, refused = [], list(table.refused)
    for row, attributes, shape, lost in zip(
        table.numbers.tolist(), table.attributes, table.geometries, off, strict=True
    ):
        code = _text(attributes.get(fields.code)) if fields.code else ""
        fault = _fault(table, code, lost=bool(lost))
        if fault:
            refused.append(RefusedRow(row, fault[1], fault[0], attributes))
            continue
        parent = _text(attributes.get(fields.parent)) if fields.parent and level.parent_id else ""
        name = _text(attributes.get(fields.name)) if fields.name else ""
        kind = _text(attributes.get(fields.kind)) if fields.kind else ""
        rest = {key: value for key, value in attributes.items() if key not in named}
        cells.append(IncomingCell(row, code, name, parent, _json_safe(rest), shape, kind))
    return cells, refused


def _fault(table: SourceTable, code: str, *, lost: bool) -> tuple[str, str] | None:
    if len(code) > _LONGEST_CODE:
        return "long-code", f"its code has {len(code)} characters, more than {_LONGEST_CODE}"
    if lost:
        return "off-the-earth", f"its coordinates have no place on the earth in {table.crs.name}"
    return None


def _off_the_earth(table: SourceTable) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which rows leave the world when they are transformed; refuse land across longitude 180."""
    shapes = shapely.transform(table.geometries, table.crs.to_lonlat)
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    off = np.zeros(len(shapes), dtype=bool)
    off[owner[~np.isfinite(xy).all(axis=1) | (np.abs(xy[:, 1]) > 90) | (np.abs(xy[:, 0]) > 360)]] = True
    across = crosses_antimeridian(np.where(off, None, shapes))
    if across.any():
        row = int(table.numbers[np.flatnonzero(across)[0]])
        raise BadCoordinates(
            f"row {row} of {table.path.name} crosses longitude 180; land that does is not taken: divide it "
            "there into two schemes"
        )
    return off


def _text(value: Any) -> str:
    """Give a code or a name as text: whole numbers without a point, nothing for nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _json_safe(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what JSON can hold: NaN and infinite numbers become nothing."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in attributes.items()
    }


def _report(
    level: Level,
    draft: Draft,
    table: SourceTable,
    change: DraftChange,
    refused: list[RefusedRow],
    audit: AuditReport,
) -> dict[str, Any]:
    sums = audit.levels[level.code]
    return {
        "scheme": audit.scheme,
        "draft": draft.name,
        "level": level.code,
        "file": table.path.name,
        "layer": table.layer,
        "crs": table.crs.name,
        "crs_origin": table.crs_origin,
        "encoding": table.encoding,
        "read": table.read,
        "new": change.new,
        "changed": change.changed,
        "unchanged": change.unchanged,
        "removed": change.removed,
        "codes_generated": change.generated,
        "refused": [{"row": one.row, "reason": one.reason, "code": one.code} for one in refused],
        "refused_file": str(keep_refused(table.path, table.fields, refused)) if refused else None,
        "vertices": change.vertices,
        "vertices_added": change.vertices_added,
        "moved_max_m": change.moved_m,
        "cells": sums["cells"],
        "gaps": sums["gaps"],
        "gap_area_m2": sums["gap_area_m2"],
        "overlaps": sums["overlaps"],
        "overlap_area_m2": sums["overlap_area_m2"],
        "repairable": sum(Limits().allow(found.finding) for found in audit.findings if found.is_open),
        "findings": dict(sorted(Counter(found.finding.rule for found in audit.findings).items())),
        "verdict": audit.verdict,
        "notes": list(table.notes),
        "dry_run": False,
    }
