"""Loading the demonstration: through the doors that everybody uses, all of it or nothing."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from boundaries.models import Cell, Draft, DraftState, DraftVisibility, ImportRun, Scheme
from boundaries.selectors import draft_get, land_at, scheme_get
from boundaries.services.audits import AuditReport, audit_run
from boundaries.services.drafts import draft_show
from boundaries.services.publishing import draft_publish
from demo.manifest import FOLDER, Manifest, sha256_of
from geogrid.core.errors import Refused
from geogrid.telling import Tell, silent
from importers.services.cells import CellFields, cells_import
from importers.services.features import Reading, features_import
from layers.services.progress import Progress
from people.models import Organisation, Person, Post
from people.services import appointment_add
from schemes.loader import read_document
from schemes.services.load import scheme_load

_FIELDS = CellFields(code="code", name="name", parent="parent", kind="kind")


@dataclass(frozen=True)
class DemoLoad:
    """What loading did, and how the land stands after it.

    Attributes
    ----------
    changed : bool
        False if everything was there already.
    planted : AuditReport, optional
        Of the draft with faults; None if nobody has it open any more.
    """

    changed: bool
    published: AuditReport
    planted: AuditReport | None
    people: int

    def as_json(self) -> dict[str, Any]:
        """Give what `load_demo --json` prints."""
        report, draft = self.published, self.planted
        return {
            "changed": self.changed,
            "scheme": report.scheme,
            "edition": report.edition,
            "verdict": report.verdict,
            "cells": {level: sums["cells"] for level, sums in report.levels.items()},
            "features": dict(report.features),
            "vacancies": report.vacancies,
            "people": self.people,
            "draft": draft and {"name": draft.draft, "findings": _counted(draft)},
        }

    @property
    def sentence(self) -> str:
        """Say what is there now."""
        facts = self.as_json()
        cells = " / ".join(str(count) for count in facts["cells"].values())
        what = "is loaded" if self.changed else "was loaded before, no change"
        draft = facts["draft"]
        planted = (
            f"; the draft {draft['name']} has {sum(draft['findings'].values())} findings" if draft else ""
        )
        return (
            f"the demonstration {what}: {facts['scheme']}, edition {facts['edition']}, {cells} cells, "
            f"{facts['features']['total']} objects, {facts['people']} people, "
            f"verdict {facts['verdict']}{planted}"
        )


def _counted(report: AuditReport) -> dict[str, int]:
    return dict(sorted(Counter(found.finding.rule for found in report.findings).items()))


def demo_load(*, folder: Path = FOLDER, tell: Tell = silent) -> DemoLoad:
    """Load the demonstration, unless it is there.

    One transaction: a load that is killed leaves nothing behind, and can be started again.

    Raises
    ------
    Refused
        If its scheme has other cells already, or other files of the demonstration were loaded before.
    """
    manifest = Manifest.read(folder)
    missing = _missing(manifest, folder)
    if not missing:
        return _standing(manifest)
    _refuse_other_land(manifest, missing)
    with transaction.atomic():
        scheme = scheme_load(loaded=read_document(manifest.scheme)).scheme
        _publish(manifest, folder, tell)
        for layer in manifest.layers:
            tell(f"importing {layer.file} …")
            reading = Reading(crs=manifest.crs)
            features_import(
                layer=layer.layer, path=folder / layer.file, reading=reading, progress=Progress(tell)
            )
        _appoint(manifest, folder, scheme, tell)
        _plant(manifest, folder, tell)
        return _standing(manifest, changed=True)


def _missing(manifest: Manifest, folder: Path) -> list[str]:
    """Name the files that no import has taken."""
    return [
        file
        for file, target in manifest.targets()
        if not ImportRun.objects.filter(target=target, sha256=sha256_of(folder / file)).exists()
    ]


def _refuse_other_land(manifest: Manifest, missing: list[str]) -> None:
    scheme = Scheme.objects.filter(code=manifest.scheme).first()
    files = [file for file, _ in manifest.targets()]
    if len(missing) < len(files):
        raise Refused(
            f"an earlier demonstration is loaded, with other {', '.join(missing)}; "
            "load this one into an empty database"
        )
    if scheme is not None and (scheme.editions.exists() or Draft.objects.filter(scheme=scheme).exists()):
        raise Refused(
            f"the scheme {scheme.code} has cells of its own already; "
            "load the demonstration into an empty database"
        )


def _publish(manifest: Manifest, folder: Path, tell: Tell) -> None:
    for cells in manifest.cells:
        done = cells_import(
            scheme=manifest.scheme,
            path=folder / cells.file,
            level=cells.level,
            draft=manifest.draft,
            fields=_FIELDS,
            crs=manifest.crs,
            tell=tell,
        )
    publication = draft_publish(draft=done.draft, tell=tell)
    if publication.edition is None:
        raise Refused(publication.sentence)


def _appoint(manifest: Manifest, folder: Path, scheme: Scheme, tell: Tell) -> None:
    tell("appointing who answers …")
    offices: dict[str, Organisation] = {}
    for row in _rows(folder / manifest.people.organisations):
        above = offices.get(row["parent"])
        office, _ = Organisation.objects.get_or_create(
            name=row["name"], defaults={"phone": row["phone"], "parent": above}
        )
        offices[office.name] = office
    persons = _persons(folder / manifest.people.persons, offices)
    posts = {post.code: post for post in Post.objects.filter(scheme=scheme).select_related("level")}
    land = land_at(scheme)
    ident = dict(zip(land.code, land.ident, strict=True))
    cells = Cell.objects.in_bulk(land.ident)
    for row in _rows(folder / manifest.people.appointments):
        appointment_add(
            person=persons[row["person"]],
            post=posts[row["post"]],
            cell=cells[ident[row["cell"]]],
            since=dt.datetime.fromisoformat(row["since"]),
            until=dt.datetime.fromisoformat(row["until"]) if row["until"] else None,
            deputy=row["deputy"] == "true",
        )
    for kind, file in manifest.people:
        count = len(_rows(folder / file))
        ImportRun.objects.create(
            target=kind, file_name=file, sha256=sha256_of(folder / file), report={"read": count, "new": count}
        )


def _persons(path: Path, offices: dict[str, Organisation]) -> dict[str, Person]:
    rows = _rows(path)
    persons = Person.objects.bulk_create(
        Person(
            name=row["name"],
            kind=row["kind"],
            organisation=offices[row["organisation"]],
            office_phone=row["office_phone"],
            private_phone=row["private_phone"],
            fictional=row["fictional"] == "true",
        )
        for row in rows
    )
    return {row["id"]: person for row, person in zip(rows, persons, strict=True)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _plant(manifest: Manifest, folder: Path, tell: Tell) -> None:
    planted = manifest.planted
    done = cells_import(
        scheme=manifest.scheme,
        path=folder / planted.file,
        level=planted.level,
        draft=planted.draft,
        fields=_FIELDS,
        crs=planted.crs,
        tell=tell,
    )
    draft_show(draft=done.draft, visibility=DraftVisibility.PUBLIC)


def _standing(manifest: Manifest, *, changed: bool = False) -> DemoLoad:
    """Audit what is there; only a load that changed something keeps what the audits find."""
    scheme = scheme_get(manifest.scheme)
    open_there = scheme.drafts.filter(name=manifest.planted.draft, state=DraftState.OPEN).exists()
    draft = draft_get(scheme, manifest.planted.draft) if open_there else None
    return DemoLoad(
        changed,
        audit_run(scheme=scheme, save=changed),
        audit_run(scheme=scheme, draft=draft, save=changed) if draft else None,
        Person.objects.filter(fictional=True).count(),
    )
