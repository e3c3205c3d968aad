"""Import the objects of a layer from a file: all that can be taken, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import User
from boundaries.models import ImportRun
from boundaries.policies import require
from geogrid.core.errors import BadInput
from importers.readers import RefusedRow, SourceTable, read_table
from importers.refused import keep_refused, refused_text
from importers.services.feature_rows import FeatureRows, feature_rows
from layers.models import Layer
from layers.selectors import layer_get
from layers.services.assignments import Assigned
from layers.services.features import features_upsert
from layers.services.progress import Progress


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person says about a file, against what it says itself."""

    layer: str | None = None
    key_field: str | None = None
    lon_field: str | None = None
    lat_field: str | None = None
    crs: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureImport:
    """What an import did, or in a dry run would do."""

    layer: str
    file: str
    dry_run: bool
    read: int
    refused: Sequence[RefusedRow]
    key_fields: Sequence[str]
    crs: str
    crs_origin: str
    encoding: str
    notes: Sequence[str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    assigned: Mapping[str, Assigned] = field(default_factory=dict)
    refused_file: Path | None = None

    def document(self) -> dict[str, Any]:
        """Give what `--json` prints and the run's record keeps."""
        counted = ("layer", "file", "dry_run", "read", "new", "changed", "unchanged")
        read = ("crs", "crs_origin", "encoding")
        return {
            **{name: getattr(self, name) for name in (*counted, *read)},
            "key_fields": list(self.key_fields),
            "notes": list(self.notes),
            "refused": [{"row": row.row, "reason": row.reason} for row in self.refused],
            "refused_file": None if self.refused_file is None else str(self.refused_file),
            "assigned": {scheme: assigned.document() for scheme, assigned in self.assigned.items()},
        }


class AllRefused(BadInput):
    """No row of the file can be taken."""

    code = "all-refused"

    def __init__(self, message: str, report: FeatureImport) -> None:
        """Keep the report, which names every row."""
        super().__init__(message)
        self.report = report


def features_import(
    *,
    layer: str,
    path: Path,
    reading: Reading,
    dry_run: bool = False,
    by: User | None = None,
    progress: Progress | None = None,
) -> FeatureImport:
    """Import a file into a layer, upserted by key, and assign what is new or changed in every scheme.

    Raises
    ------
    AllRefused
        If no row can be taken; nothing is written but the file of the refused rows.
    BadInput
        If there is no such layer or file, or the file cannot be read.
    """
    require(by, "features.import")
    register = layer_get(layer)
    if register.geometry_type == "none":
        raise BadInput(f"the objects of the layer {layer} have no place on the land: nothing can be imported")
    table = read_table(
        path,
        want="any",
        layer=reading.layer,
        crs=reading.crs,
        encoding=reading.encoding,
        lon_field=reading.lon_field,
        lat_field=reading.lat_field,
    )
    taken = feature_rows(table, register, key_field=reading.key_field)
    report = _report(register, table, taken, dry_run=dry_run)
    if not taken.rows:
        raise AllRefused(_all_refused(report), report)
    return _write(register, table, taken, report, by, progress)


def _write(
    layer: Layer,
    table: SourceTable,
    taken: FeatureRows,
    report: FeatureImport,
    by: User | None,
    progress: Progress | None,
) -> FeatureImport:
    """Write everything in one transaction, the record of the import with it; undo it in a dry run."""
    with transaction.atomic():
        done = features_upsert(layer=layer, rows=taken.rows, by=by, progress=progress)
        counted = {"new": done.new, "changed": done.changed, "unchanged": done.unchanged}
        report = replace(report, **counted, assigned=done.assigned)
        if report.dry_run:
            transaction.set_rollback(True)
        else:
            ImportRun.objects.create(
                target=layer.code,
                file_name=table.path.name,
                sha256=_sha256(table.path),
                report=report.document(),
                refused_csv=_refused_csv(table, taken.refused),
                by=by,
            )
    return report


def _report(layer: Layer, table: SourceTable, taken: FeatureRows, *, dry_run: bool) -> FeatureImport:
    return FeatureImport(
        layer=layer.code,
        file=table.path.name,
        dry_run=dry_run,
        read=table.read,
        refused=taken.refused,
        key_fields=taken.key_fields,
        crs=table.crs.name,
        crs_origin=table.crs_origin,
        encoding=table.encoding,
        notes=taken.notes,
        refused_file=keep_refused(table.path, table.fields, taken.refused) if taken.refused else None,
    )


def _all_refused(report: FeatureImport) -> str:
    first = report.refused[0]
    return (
        f"no row of {report.file} can be taken, and nothing was imported; row {first.row}: {first.reason}; "
        f"all {len(report.refused)} are listed in {report.refused_file}"
    )


def _refused_csv(table: SourceTable, refused: Sequence[RefusedRow]) -> str:
    # The database has no NUL; the file keeps it.
    return refused_text(table.fields, refused).replace("\0", "") if refused else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
