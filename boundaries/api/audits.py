"""What is wrong on the land: the audit, and the findings one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import LandParameters, asked_draft, asked_level, draft_of_path, exclusive
from boundaries.api.documents import AuditSerializer, FindingSerializer
from boundaries.models import Draft, Scheme
from boundaries.selectors import edition_get, edition_latest, scheme_get
from boundaries.selectors.findings import findings_list
from boundaries.services.kept_audits import audit_current
from geogrid.web.pagination import page_response
from geogrid.web.parameters import BoxField, PageParameters, TextParameter, naming, page_of
from geogrid.web.reading import ReadView, described, listed


class AuditParameters(LandParameters):
    """Which land, and of which level the findings are wanted."""

    level = TextParameter(required=False, help_text="sums and findings of this level only")


class DraftFindingsParameters(PageParameters):
    """Which findings."""

    rule = TextParameter(required=False, help_text="id of a rule, such as gap")
    level = TextParameter(required=False, help_text="code of a level")
    severity = serializers.ChoiceField(["major", "minor", "suspected"], required=False)
    state = serializers.ChoiceField(["open", "accepted"], required=False)
    bbox = BoxField(required=False, help_text="findings that meet west,south,east,north")


class FindingsParameters(DraftFindingsParameters):
    """Which findings, of the edition in force or of a draft."""

    draft = TextParameter(required=False, help_text="a draft of this name")


class AuditView(ReadView):
    """The audit of a land."""

    @described(
        "audit",
        summary="Audit of an edition or a draft",
        parameters=[AuditParameters],
        answer=AuditSerializer,
    )
    def get(self, request: Request, scheme: str) -> Response:
        """Give what the command `audit` prints; the verdict is that of all levels."""
        parameters = AuditParameters.of(request)
        exclusive(parameters)
        found = scheme_get(scheme)
        level = asked_level(found, parameters["level"])
        if parameters["draft"] is not None:
            run = audit_current(scheme=found, draft=asked_draft(request, found, parameters["draft"]))
        elif parameters["edition"] is not None:
            with naming("edition"):
                edition = edition_get(found, parameters["edition"])
            run = audit_current(scheme=found, edition=edition)
        else:
            run = audit_current(scheme=found)
        return Response(_of_level(run.document, level))


def _of_level(document: dict[str, Any], level: str | None) -> dict[str, Any]:
    if level is None:
        return document
    return {
        **document,
        "levels": {code: sums for code, sums in document["levels"].items() if code == level},
        "findings": [found for found in document["findings"] if found["level"] == level],
    }


class FindingsView(ReadView):
    """The findings of a scheme."""

    @described(
        "findings",
        summary="Findings of the edition in force or of a draft",
        parameters=[FindingsParameters],
        answer=listed(FindingSerializer),
    )
    def get(self, request: Request, scheme: str) -> Response:
        """List findings, the most severe and largest first."""
        parameters = FindingsParameters.of(request)
        found = scheme_get(scheme)
        name = parameters["draft"]
        draft = None if name is None else asked_draft(request, found, name)
        return findings_response(request, found, draft, parameters)


class DraftFindingsView(ReadView):
    """The findings of a draft."""

    @described(
        "draft_findings",
        summary="Findings of a draft",
        parameters=[DraftFindingsParameters],
        answer=listed(FindingSerializer),
    )
    def get(self, request: Request, draft: int) -> Response:
        """List findings, the most severe and largest first."""
        found = draft_of_path(request, draft)
        return findings_response(request, found.scheme, found, DraftFindingsParameters.of(request))


def findings_response(
    request: Request, scheme: Scheme, draft: Draft | None, parameters: Mapping[str, Any]
) -> Response:
    """Give a page of findings of the land as it stands, audited first if no audit holds."""
    page = page_of(parameters)
    level = asked_level(scheme, parameters["level"])
    if draft is not None or edition_latest(scheme) is not None:
        audit_current(scheme=scheme, draft=draft)
    found = findings_list(
        scheme,
        page,
        draft=draft,
        level=level,
        **{name: parameters[name] for name in ("rule", "severity", "state", "bbox")},
    )
    return page_response(request, page, found, FindingSerializer(found.rows, many=True).data)
