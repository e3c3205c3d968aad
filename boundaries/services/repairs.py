"""Repairs of drafts: proposed with everything before and after, written only when somebody accepts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import shapely
from django.core import signing
from django.db import transaction

from accounts.models import User
from boundaries.models import Draft, DraftState, EditSide
from boundaries.policies import require
from boundaries.selectors.grounds import ground_of_draft
from boundaries.services.audits import AuditReport, audit_run
from boundaries.services.journal import REPAIR, draft_move_on, edit_add, side_keep, touched_by
from boundaries.services.locks import draft_lock
from boundaries.services.working import working_cells, write_cells
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.change import Change
from geogrid.core.errors import BadInput, Conflict, NotFound, StaleVersion
from geogrid.core.repairing import propose_repair
from geogrid.core.repairing_terms import REPAIRABLE, Fixed, Left, Limits, Repair
from geogrid.telling import Tell, silent

_SALT = "boundaries.repairs"


@dataclass(frozen=True)
class RepairProposal:
    """What would mend a draft as it was at a version.

    Attributes
    ----------
    version : int
        Of the draft; of another one it cannot be accepted any more.
    only : tuple of str, optional
        The ids of the findings that were asked for; None for all that nobody has accepted.
    """

    draft: Draft
    version: int
    only: tuple[str, ...] | None
    repair: Repair
    report: AuditReport

    @cached_property
    def _idents(self) -> dict[int, str]:
        return {id(found.finding): found.ident for found in self.report.findings}

    @cached_property
    def token(self) -> str:
        """What accepts exactly this proposal, signed; it needs no place in the database."""
        facts = {"draft": self.draft.pk, "version": self.version, "sha": _digest(self.repair)}
        limits = asdict(self.repair.limits)
        return signing.dumps({**facts, "limits": limits, "only": self.only}, salt=_SALT, compress=True)

    def as_json(self) -> dict[str, Any]:
        """Give the proposal for programs; geometries are GeoJSON."""
        repair = self.repair
        return {
            "scheme": self.report.scheme,
            "draft": self.draft.name,
            "version": self.version,
            "token": self.token,
            "limits": asdict(repair.limits),
            "fixed": [{**self._about(one), "to": list(one.to)} for one in repair.fixed],
            "left": [
                {
                    **self._about(one),
                    "code": one.code,
                    "reason": one.reason,
                    "geometry": _geojson(one.place),
                }
                for one in repair.left
            ],
            "cells": [
                {
                    "code": one.code,
                    "name": one.name,
                    "level": one.level,
                    "area_before_m2": one.area_before,
                    "area_after_m2": one.area_after,
                    "gained_m2": one.gained,
                    "lost_m2": one.lost,
                    "change_percent": 100 * one.change,
                    "moved_m": one.moved_m,
                    "noded": one.noded,
                    "before": _geojson(one.before),
                    "after": _geojson(one.after),
                }
                for one in repair.cells
            ],
        }

    def _about(self, one: Fixed | Left) -> dict[str, Any]:
        found = one.finding
        return {
            "id": self._idents[id(found)],
            "rule": found.rule,
            "level": found.level,
            "cells": list(found.cells),
            "area_m2": found.area_m2,
            "width_m": found.width_m,
        }


def repair_propose(
    *,
    draft: Draft,
    limits: Limits | None = None,
    only: Collection[str] | None = None,
    by: User | None = None,
    tell: Tell = silent,
) -> RepairProposal:
    """Work out what would mend the findings of a draft; nothing is stored.

    Findings that somebody has accepted are left as they are, unless `only` names them.

    Raises
    ------
    NotFound
        If `only` names a finding that the draft has not.
    """
    require(by, "draft.read", scheme=draft.scheme, draft=draft)
    # Read before the land: a change between the two makes the proposal older than its version, never newer.
    version = Draft.objects.values_list("version", flat=True).get(pk=draft.pk)
    tell("auditing the draft …")
    report = audit_run(scheme=draft.scheme, draft=draft, save=False)
    named = None if only is None else tuple(sorted(set(only)))
    unknown = set(named or ()) - {found.ident for found in report.findings}
    if unknown:
        raise NotFound(f"the draft {draft.name} has no finding {', '.join(sorted(unknown))}; audit it again")
    wanted = [
        found.finding
        for found in report.findings
        if (found.is_open if named is None else found.ident in named)
    ]
    tell(f"working out repairs of {sum(one.rule in REPAIRABLE for one in wanted):,} findings …")
    tolerance = Tolerance(draft.scheme.tolerance_area_m2, draft.scheme.tolerance_width_m)
    repair = propose_repair(report.land, wanted, limits=limits, tolerance=tolerance)
    return RepairProposal(draft, version, named, repair, report)


@transaction.atomic
def repair_accept(
    *,
    draft: Draft,
    proposal: RepairProposal | str,
    version: int,
    by: User | None = None,
    tell: Tell = silent,
) -> AuditReport:
    """Write a proposal, or the one of a token, into its draft; give the audit of the draft as it is then.

    Parameters
    ----------
    version : int
        Of the draft, as the person who accepts has seen it.

    Raises
    ------
    StaleVersion
        If the draft has changed since the proposal was made, or somebody has accepted a finding of it.
    BadInput
        If the token is none, or of another draft.
    Conflict
        If the draft is no longer open.
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft_lock(draft)
    draft.refresh_from_db()
    if draft.state != DraftState.OPEN:
        raise Conflict(f"the draft {draft.name} is {draft.state}, only an open one can be repaired")
    made_for = proposal.version if isinstance(proposal, RepairProposal) else _read(draft, proposal)["version"]
    if not version == made_for == draft.version:
        raise StaleVersion(
            f"the repair was worked out for version {made_for} of the draft {draft.name}, which is now at "
            f"version {draft.version}; propose it again",
            version=draft.version,
        )
    if isinstance(proposal, str):
        proposal = _again(draft, proposal, by, tell)
    if proposal.draft.pk != draft.pk:
        raise BadInput(f"this proposal is for another draft than {draft.name}")
    cells = ground_of_draft(draft).by_ident([one.ident for one in proposal.repair.cells])
    _write(draft, proposal.repair.change(cells), by)
    tell("auditing the draft …")
    return audit_run(scheme=draft.scheme, draft=draft)


def _read(draft: Draft, token: str) -> dict[str, Any]:
    """Give what a token says."""
    try:
        facts: dict[str, Any] = signing.loads(token, salt=_SALT)
    except signing.BadSignature as error:
        raise BadInput("this is not the token of a proposed repair") from error
    if facts["draft"] != draft.pk:
        raise BadInput(f"this proposal is for another draft than {draft.name}")
    return facts


def _again(draft: Draft, token: str, by: User | None, tell: Tell) -> RepairProposal:
    """Work a proposal out again; it has to come out as it was shown."""
    facts = _read(draft, token)
    limits = Limits(**facts["limits"])
    try:
        proposal = repair_propose(draft=draft, limits=limits, only=facts["only"], by=by, tell=tell)
    except NotFound as error:
        raise StaleVersion(str(error)) from error
    if _digest(proposal.repair) != facts["sha"]:
        raise StaleVersion("the repair would be another one by now; propose it again", version=draft.version)
    return proposal


def _write(draft: Draft, change: Change, by: User | None) -> None:
    """Put changed cells into a draft, as one edit that can be undone.

    The polygons that its cells came as are forgotten, those of cells that did not change too: the next import
    settles the draft anew and would take the repair back where it started from them. And where some cells
    came from a file in a projected system and their neighbours no longer did, the nodes that they share
    would be found after the projection has bent the edges, and not fit any more (geometry.md 6).
    """
    after = {one.ident: one.after for one in change.cells}
    known = working_cells(draft)
    about = [(one.cell_id, one.level_id, False) for one in known if one.cell_id in after or one.source]
    cells = [cell for cell in known if cell.cell_id in after]
    if not cells:
        return
    for cell in cells:
        repaired = after[cell.cell_id]
        assert repaired is not None
        cell.shape, cell.dirty = repaired.shape, True
    edit = edit_add(draft, action=REPAIR, params={}, given={}, touched=touched_by(change), by=by)
    side_keep(edit, EditSide.BEFORE, about)
    write_cells(draft, cells)
    draft.cells.filter(geom__isnull=False).update(source=None, source_crs="")
    side_keep(edit, EditSide.AFTER, about)
    draft_move_on(draft, edit.number)


def _digest(repair: Repair) -> str:
    """Tell one outcome from another."""
    digest = hashlib.sha256()
    for one in repair.cells:
        digest.update(one.ident.bytes)
        digest.update(shapely.to_wkb(one.after, byte_order=1))
    return digest.hexdigest()[:32]


def _geojson(shape: shapely.Geometry | None) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    document: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return document
