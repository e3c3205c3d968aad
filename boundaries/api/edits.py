"""Edits of drafts: made, previewed, undone; their journal; conflicts with what others published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import draft_of_path
from boundaries.api.draft_documents import (
    ConflictSerializer,
    DraftDetailSerializer,
    EditOutcomeSerializer,
    EditSerializer,
    conflict_document,
    outcome_document,
)
from boundaries.api.drafts import draft_response
from boundaries.policies import require
from boundaries.services.edits import EditOutcome, draft_redo, draft_undo, edit_make
from boundaries.services.merging import RESOLUTIONS, draft_conflicts, draft_rebase
from geogrid.web.pagination import Listed, page_response
from geogrid.web.parameters import PageParameters, Parameters, page_of
from geogrid.web.reading import ReadView, described, listed
from geogrid.web.writing import Body, CountMember, ObjectMember, TextMember, WriteView, writing


class EditParameters(Parameters):
    """Whether it is done, or only told what would come of it."""

    preview = serializers.ChoiceField(
        ["1", "0", "true", "false"], required=False, help_text="1: change nothing"
    )


class EditBody(Body):
    """An action, what it takes, and the version of the draft that you know."""

    action = TextMember()
    params = ObjectMember()
    version = CountMember()


class VersionBody(Body):
    """The version of the draft that you know; not compared if left out."""

    version = CountMember(required=False, allow_null=True)


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "enum": list(RESOLUTIONS)}}
)
class ResolutionsMember(serializers.Field):
    """What becomes of each edit that has a conflict, by its number."""

    def to_internal_value(self, data: Any) -> dict[int, str]:
        """Read the numbers and the words."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("an object of edit numbers and decisions is wanted")
        for number, word in data.items():
            if not (number.isascii() and number.isdigit() and len(number) < 10):
                raise serializers.ValidationError(f"{number[:40]!r} is no number of an edit")
            if word not in RESOLUTIONS:
                raise serializers.ValidationError(f"edit {number}: one of {', '.join(RESOLUTIONS)} is wanted")
        return {int(number): word for number, word in data.items()}

    def to_representation(self, value: Mapping[int, str]) -> dict[str, str]:
        """Give the numbers and the words."""
        return {str(number): word for number, word in value.items()}


class RebaseBody(VersionBody):
    """The version that you know, and what becomes of the edits that have conflicts."""

    resolutions = ResolutionsMember(required=False)


class EditsView(WriteView):
    """The edits of a draft."""

    @described(
        "draft_edits",
        summary="Journal of a draft",
        parameters=[PageParameters],
        answer=listed(EditSerializer),
    )
    def get(self, request: Request, draft: int) -> Response:
        """List the edits of a draft, the last first; undone and dropped ones too."""
        page = page_of(PageParameters.of(request))
        found = draft_of_path(request, draft)
        require(request.user, "draft.read", scheme=found.scheme, draft=found)
        edits = found.edits.select_related("by").order_by("-number")
        rows = list(edits[page.offset : page.offset + page.size])
        told = EditSerializer(rows, many=True, context={"draft": found}).data
        return page_response(request, page, Listed(edits.count(), rows), told)

    @writing(
        "draft_edit",
        summary="Edit a draft, or tell what an edit would do",
        parameters=[EditParameters],
        body=EditBody,
        answer=EditOutcomeSerializer,
    )
    def post(self, request: Request, draft: int) -> Response:
        """Do one action: what is to be drawn anew, what is found since, what it moves."""
        preview = EditParameters.of(request)["preview"] in {"1", "true"}
        body = EditBody.of(request)
        outcome = edit_make(draft=draft_of_path(request, draft), by=request.user, preview=preview, **body)
        return Response(outcome_document(outcome))


class DraftUndoView(WriteView):
    """Undoing."""

    @writing("draft_undo", summary="Undo the last edit", body=VersionBody, answer=EditOutcomeSerializer)
    def post(self, request: Request, draft: int) -> Response:
        """Take the last edit back, byte for byte."""
        return _turned(request, draft, draft_undo)


class DraftRedoView(WriteView):
    """Making again what was undone."""

    @writing("draft_redo", summary="Redo what was undone", body=VersionBody, answer=EditOutcomeSerializer)
    def post(self, request: Request, draft: int) -> Response:
        """Make the edit again that was undone last, byte for byte."""
        return _turned(request, draft, draft_redo)


def _turned(request: Request, draft: int, turn: Callable[..., EditOutcome]) -> Response:
    Parameters.of(request)
    body = VersionBody.of(request)
    outcome = turn(draft=draft_of_path(request, draft), version=body["version"], by=request.user)
    return Response(outcome_document(outcome))


class DraftConflictsView(ReadView):
    """What does not merge by itself."""

    @described("draft_conflicts", summary="Conflicts with others", answer=ConflictSerializer(many=True))
    def get(self, request: Request, draft: int) -> Response:
        """Give the edits that would not merge by themselves with the latest edition, side by side."""
        Parameters.of(request)
        found = draft_of_path(request, draft)
        require(request.user, "draft.read", scheme=found.scheme, draft=found)
        return Response([conflict_document(one) for one in draft_conflicts(draft=found)])


class DraftRebaseView(WriteView):
    """Bringing a draft onto the latest edition."""

    @writing(
        "draft_rebase",
        summary="Bring a draft onto the latest edition",
        body=RebaseBody,
        answer=DraftDetailSerializer,
    )
    def post(self, request: Request, draft: int) -> Response:
        """Merge what others published; what has conflicts is decided edit by edit."""
        Parameters.of(request)
        body = RebaseBody.of(request)
        done = draft_rebase(
            draft=draft_of_path(request, draft),
            version=body["version"],
            resolutions=body["resolutions"] or {},
            by=request.user,
        )
        return draft_response(request, done)
