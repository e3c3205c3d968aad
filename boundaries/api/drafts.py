"""Drafts: opening them, what they would move, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import draft_of_path
from boundaries.api.draft_documents import DraftDetailSerializer
from boundaries.models import Draft, DraftState
from boundaries.policies import Asker, allowed, require
from boundaries.selectors import scheme_get
from boundaries.selectors.changes import draft_change, ground_of_base
from boundaries.selectors.findings import findings_counted
from boundaries.selectors.schemes import draft_by_id, drafts_of
from boundaries.services.drafts import draft_find, draft_open
from boundaries.services.impact import impact_of
from boundaries.services.locks import clock
from boundaries.services.review import draft_approve, draft_discard, draft_return, draft_submit
from geogrid.web.pagination import Listed, page_response
from geogrid.web.parameters import PageParameters, Parameters, page_of
from geogrid.web.reading import ReadView, described, listed
from geogrid.web.writing import Body, CountMember, TextMember, WriteView, writing

IMPACT = {"type": "object", "additionalProperties": {}}


class DraftsParameters(PageParameters):
    """Which drafts."""

    state = serializers.ChoiceField(
        [*DraftState.values, "all"], required=False, help_text="those not closed if left out"
    )


class DraftBody(Body):
    """The draft to open."""

    name = TextMember()


class ReviewBody(Body):
    """On which version of the draft the decision is, and what there is to say."""

    version = CountMember(required=False, allow_null=True)
    note = TextMember(required=False, longest=1000, blank=True)


def drafts_told(drafts: Sequence[Draft], asker: Asker) -> list[dict[str, Any]]:
    """Give drafts as the API has them."""
    context = {
        "findings": findings_counted(drafts),
        "team": all(allowed(asker, "draft.read", scheme=draft.scheme, draft=draft) for draft in drafts),
    }
    told: list[dict[str, Any]] = DraftDetailSerializer(drafts, many=True, context=context).data
    return told


def draft_response(request: Request, draft: Draft, status: int = 200) -> Response:
    """Give a draft as it is now."""
    fresh = draft_by_id(draft.pk)
    assert fresh is not None
    return Response(drafts_told([fresh], request.user)[0], status=status)


class DraftsView(WriteView):
    """The drafts of a scheme."""

    @described(
        "drafts",
        summary="Drafts of a scheme",
        parameters=[DraftsParameters],
        answer=listed(DraftDetailSerializer),
    )
    def get(self, request: Request, scheme: str) -> Response:
        """List the drafts that you may read: those not closed, unless a state is asked for."""
        parameters = DraftsParameters.of(request)
        page = page_of(parameters)
        found = drafts_of(scheme_get(scheme), request.user, parameters["state"])
        shown = found[page.offset : page.offset + page.size]
        rows = drafts_told(shown, request.user)
        return page_response(request, page, Listed(len(found), rows), rows)

    @writing(
        "draft_open",
        summary="Open a draft on the latest edition, or find the open one of that name",
        body=DraftBody,
        answer=DraftDetailSerializer,
        statuses=(200, 201),
    )
    def post(self, request: Request, scheme: str) -> Response:
        """Open a draft: 201; the open draft of that name, if there is one already: 200."""
        Parameters.of(request)
        found, name = scheme_get(scheme), DraftBody.of(request)["name"]
        there = draft_find(found, name)
        draft = draft_open(scheme=found, name=name, by=request.user)
        return draft_response(request, draft, 200 if there is not None else 201)


class DraftView(ReadView):
    """One draft."""

    @described("draft", summary="One draft", answer=DraftDetailSerializer)
    def get(self, request: Request, draft: int) -> Response:
        """Give a draft, whatever its state."""
        Parameters.of(request)
        return draft_response(request, draft_of_path(request, draft))


class DraftImpactView(ReadView):
    """What a draft would move."""

    @described("draft_impact", summary="What a draft would move if it took effect now", answer=IMPACT)
    def get(self, request: Request, draft: int) -> Response:
        """Give areas, heirs, and what features, people and tasks add: the draft against its base."""
        Parameters.of(request)
        found = draft_of_path(request, draft)
        require(request.user, "draft.read", scheme=found.scheme, draft=found)
        return Response(impact_of(found.scheme, draft_change(found), ground_of_base(found), clock()))


class _ReviewView(WriteView):
    """A step of a draft through its review."""

    step: Callable[..., Draft]

    def post(self, request: Request, draft: int) -> Response:
        """Take the step."""
        Parameters.of(request)
        body = ReviewBody.of(request)
        found = draft_of_path(request, draft)
        done = type(self).step(draft=found, version=body["version"], note=body["note"] or "", by=request.user)
        return draft_response(request, done)


def _reviewing(operation: str, summary: str, step: Callable[..., Draft]) -> type[_ReviewView]:
    described_post = writing(operation, summary=summary, body=ReviewBody, answer=DraftDetailSerializer)

    class View(_ReviewView):
        """A step of a draft through its review."""

        def post(self, request: Request, draft: int) -> Response:
            """Take the step."""
            return super().post(request, draft)

    View.step = staticmethod(step)
    View.post = described_post(View.post)
    return View


DraftSubmitView = _reviewing("draft_submit", "Hand a draft in for review", draft_submit)
DraftApproveView = _reviewing("draft_approve", "Approve a submitted draft", draft_approve)
DraftReturnView = _reviewing("draft_return", "Open a submitted or approved draft again", draft_return)
DraftDiscardView = _reviewing("draft_discard", "Put a draft away; it stays readable", draft_discard)
