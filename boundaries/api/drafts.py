"""Drafts."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import draft_of_path
from boundaries.api.documents import DraftSerializer
from boundaries.selectors.findings import findings_counted
from geogrid.web.parameters import Parameters
from geogrid.web.reading import ReadView, described


class DraftView(ReadView):
    """One draft."""

    @described("draft", summary="One draft", answer=DraftSerializer)
    def get(self, request: Request, draft: int) -> Response:
        """Give a draft, whatever its state."""
        Parameters.of(request)
        found = draft_of_path(request, draft)
        return Response(DraftSerializer(found, context={"findings": findings_counted([found])}).data)
