"""Schemes: all of them, and each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.documents import SchemeDetailSerializer, SchemeSerializer
from boundaries.participants import registered
from boundaries.selectors import drafts_visible, scheme_get
from boundaries.selectors.findings import findings_counted
from boundaries.selectors.schemes import (
    SchemeFacts,
    scheme_editions,
    schemes_all,
    schemes_describe,
)
from boundaries.services.kept_audits import audit_kept
from geogrid.web.pagination import Listed, page_response
from geogrid.web.parameters import PageParameters, Parameters, page_of
from geogrid.web.reading import ReadView, described, listed


class SchemesView(ReadView):
    """All schemes."""

    @described("schemes", summary="All schemes", parameters=[PageParameters], answer=listed(SchemeSerializer))
    def get(self, request: Request) -> Response:
        """List the schemes with their levels and the edition in force."""
        page = page_of(PageParameters.of(request))
        schemes = schemes_all()
        wanted = schemes[page.offset : page.offset + page.size]
        facts = [_judged(one) for one in schemes_describe(wanted)]
        return page_response(
            request, page, Listed(len(schemes), facts), SchemeSerializer(facts, many=True).data
        )


class SchemeView(ReadView):
    """One scheme."""

    @described("scheme", summary="One scheme", answer=SchemeDetailSerializer)
    def get(self, request: Request, scheme: str) -> Response:
        """Give a scheme with its editions, drafts and layers."""
        Parameters.of(request)
        found = scheme_get(scheme)
        facts = _judged(schemes_describe([found])[0])
        drafts = drafts_visible(found, request.user)
        added: dict[str, Any] = {}
        for participant in registered():
            added |= participant.about_scheme(scheme=found)
        context = {"drafts": drafts, "findings": findings_counted(drafts), "added": added}
        whole = replace(facts, editions=scheme_editions(found))
        return Response(SchemeDetailSerializer(whole, context=context).data)


def _judged(facts: SchemeFacts) -> SchemeFacts:
    """Add the verdict, if an audit holds; computing one is not for a list."""
    if facts.edition is None:
        return facts
    run = audit_kept(scheme=facts.scheme, edition=facts.edition)
    return replace(facts, verdict=run.verdict if run else None)
