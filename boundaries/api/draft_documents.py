"""The documents that the API gives about drafts: where they stand, their journals, edits, conflicts."""

from __future__ import annotations

import json
from typing import Any

import shapely
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from boundaries.api.documents import AuditFindingSerializer, DraftSerializer
from boundaries.models import Draft, Edit
from boundaries.services.edits import EditOutcome
from boundaries.services.impact import heirs_told
from boundaries.services.journal import edit_state
from boundaries.services.merging import CellConflict, EditConflict, code_of
from geogrid.core.change import CellChange
from geogrid.core.coverage import Cell
from geogrid.core.land import LandLevel
from geogrid.web.fields import AttributesField, GeometryField


class DraftDetailSerializer(DraftSerializer):
    """A draft and where it stands; who did what is told to who has the right to read drafts."""

    created_at = serializers.DateTimeField()
    created_by = serializers.SerializerMethodField()
    head = serializers.IntegerField(help_text="number of the last edit that counts; 0 if none does")
    submitted_at = serializers.DateTimeField(allow_null=True)
    submitted_by = serializers.SerializerMethodField()
    approved_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.SerializerMethodField()
    closed_at = serializers.DateTimeField(allow_null=True)
    note = serializers.SerializerMethodField()
    edition = serializers.SerializerMethodField(help_text="that it became")

    def get_created_by(self, draft: Draft) -> str | None:
        """Give who opened it."""
        return self._name(draft.created_by)

    def get_submitted_by(self, draft: Draft) -> str | None:
        """Give who handed it in."""
        return self._name(draft.submitted_by)

    def get_approved_by(self, draft: Draft) -> str | None:
        """Give who approved it."""
        return self._name(draft.approved_by)

    def get_note(self, draft: Draft) -> str:
        """Give what was said when it last went on or back."""
        return draft.note if self.context["team"] else ""

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_edition(self, draft: Draft) -> int | None:
        """Give the number of the edition that it became."""
        return draft.edition.number if draft.edition else None

    def _name(self, user: Any) -> str | None:
        return user.get_username() if user is not None and self.context["team"] else None


class EditSerializer(serializers.Serializer):
    """An edit in the journal: `made`, `undone`, or `dropped` because another was made instead."""

    number = serializers.IntegerField()
    state = serializers.SerializerMethodField()
    action = serializers.CharField()
    params = AttributesField()
    cells = serializers.SerializerMethodField()
    changed = serializers.SerializerMethodField()
    removed = serializers.SerializerMethodField()
    created = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    by = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string"})
    def get_state(self, edit: Edit) -> str:
        """Tell whether it counts."""
        return edit_state(edit, self.context["draft"])

    def get_by(self, edit: Edit) -> str | None:
        """Give who made it."""
        return edit.by.get_username() if edit.by else None

    def get_cells(self, edit: Edit) -> int:
        """Give the number of all cells that it touched; of codes 500 of a kind are named."""
        return int(edit.touched.get("cells", 0))

    def get_changed(self, edit: Edit) -> list[str]:
        """Give the codes of the cells that it changed by more than nodes."""
        return list(edit.touched.get("changed", []))

    def get_removed(self, edit: Edit) -> list[str]:
        """Give the codes of the cells that ended."""
        return list(edit.touched.get("removed", []))

    def get_created(self, edit: Edit) -> list[str]:
        """Give the codes of the new cells."""
        return list(edit.touched.get("created", []))


class ChangedCellSerializer(serializers.Serializer):
    """A cell as it is now; `noded` if only nodes came or went; `was` is its code before, if another."""

    code = serializers.CharField()
    level = serializers.CharField()
    name = serializers.CharField()
    noded = serializers.BooleanField()
    was = serializers.CharField(required=False)
    geometry = GeometryField()


class PatchSerializer(serializers.Serializer):
    """What to draw anew: all cells that changed, new ones too; codes that are no more; codes that are new.

    `whole` if rows of a file came or went: then nothing is listed, and the draft is to be read anew.
    """

    changed = ChangedCellSerializer(many=True)
    removed = serializers.ListField(child=serializers.CharField())
    created = serializers.ListField(child=serializers.CharField())
    whole = serializers.BooleanField()


class EditHeirSerializer(serializers.Serializer):
    """Who takes over which share of a cell that ended, by codes."""

    predecessor = serializers.CharField()
    successor = serializers.CharField()
    share = serializers.FloatField()


class EditOutcomeSerializer(serializers.Serializer):
    """What an edit came to; a preview has no number, and leaves the version as it is.

    `findings` are those that are there since. `impact` has `areas`, `heirs`, and what features, people and
    tasks add.
    """

    edit = serializers.IntegerField(allow_null=True)
    action = serializers.CharField()
    version = serializers.IntegerField()
    patch = PatchSerializer()
    heirs = EditHeirSerializer(many=True)
    findings = AuditFindingSerializer(many=True)
    impact = AttributesField()


def outcome_document(outcome: EditOutcome) -> dict[str, Any]:
    """Give what an edit came to as design.md 7 has it."""
    change = outcome.change
    return {
        "edit": outcome.number,
        "action": outcome.action,
        "version": outcome.version,
        "patch": {
            "changed": sorted(
                (_changed(one, one.after, outcome.levels) for one in change.cells if one.after is not None),
                key=lambda cell: cell["code"].encode(),
            ),
            "removed": sorted((cell.code for cell in change.removed), key=str.encode),
            "created": sorted((cell.code for cell in change.created), key=str.encode),
            "whole": outcome.whole_land,
        },
        "heirs": heirs_told(change),
        "findings": [found.as_json() for found in outcome.findings],
        "impact": dict(outcome.impact),
    }


def _changed(one: CellChange, cell: Cell, levels: tuple[LandLevel, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": cell.code,
        "level": levels[cell.level].code,
        "name": cell.name,
        "noded": one.noded,
        "geometry": _geojson(cell.shape),
    }
    if one.before is not None and one.before.code != cell.code:
        told["was"] = one.before.code
    return told


class CellSideSerializer(serializers.Serializer):
    """A cell on one side of a conflict."""

    code = serializers.CharField()
    name = serializers.CharField()
    geometry = GeometryField()


class CellConflictSerializer(serializers.Serializer):
    """A cell that both sides changed; null where it is not there."""

    code = serializers.CharField()
    base = CellSideSerializer(allow_null=True)
    mine = CellSideSerializer(allow_null=True)
    theirs = CellSideSerializer(allow_null=True)


class ConflictSerializer(serializers.Serializer):
    """An edit that does not merge by itself: `cells-changed`, or the code with which it was refused."""

    edit = serializers.IntegerField()
    action = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    reason = serializers.CharField()
    geometry = GeometryField()
    cells = CellConflictSerializer(many=True)


def conflict_document(conflict: EditConflict) -> dict[str, Any]:
    """Give a conflict side by side."""
    return {
        "edit": conflict.edit["number"],
        "action": conflict.edit["action"],
        "by": conflict.edit["by"],
        "code": conflict.code,
        "reason": conflict.reason,
        "geometry": _geojson(conflict.geometry),
        "cells": [_sides(cell) for cell in conflict.cells],
    }


def _sides(cell: CellConflict) -> dict[str, Any]:
    sides = {"base": cell.base, "mine": cell.mine, "theirs": cell.theirs}
    return {
        "code": code_of(cell),
        **{
            name: None
            if side is None
            else {"code": side.code, "name": side.name, "geometry": _geojson(side.shape)}
            for name, side in sides.items()
        },
    }


def _geojson(shape: shapely.Geometry | None) -> Any:
    return None if shape is None or shape.is_empty else json.loads(shapely.to_geojson(shape))
