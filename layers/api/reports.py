"""Reports over HTTP: how many features each cell holds, and which are blind spots."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import asked_level
from boundaries.selectors import scheme_get
from geogrid.web.pagination import page_response
from geogrid.web.parameters import MomentField, PageParameters, TextParameter, naming, page_of
from geogrid.web.reading import ReadView, described, listed
from layers.api.report_documents import CellCountsSerializer
from layers.models import Layer
from layers.selectors import layer_get
from layers.selectors.counts import counts_list


class CountsParameters(PageParameters):
    """Of which cells, of what, and when."""

    level = TextParameter(required=False, help_text="code of a level: its cells only")
    layer = TextParameter(required=False, help_text="code of a layer: its objects only")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")


COUNTS_EXAMPLE = {
    "count": 1,
    "next": None,
    "previous": None,
    "results": [
        {
            "code": "341002001",
            "name": "昱东街道",
            "level": "street",
            "parent": "341002",
            "counts": {"building": 812, "enterprise": 96},
            "total": 908,
        }
    ],
}


class CountsView(ReadView):
    """How many features the cells hold."""

    @described(
        "counts",
        summary="How many objects of each layer lie in each cell",
        parameters=[CountsParameters],
        answer=listed(CellCountsSerializer),
        example=COUNTS_EXAMPLE,
    )
    def get(self, request: Request, scheme: str) -> Response:
        """List the cells with their counts, the top level first; what lies in the cells below counts."""
        asked = CountsParameters.of(request)
        page, found = page_of(asked), scheme_get(scheme)
        level = asked_level(found, asked["level"])
        rows = counts_list(
            found, page, at=asked["at"] or timezone.now(), level=level, layer=asked_layer(asked["layer"])
        )
        return page_response(request, page, rows, CellCountsSerializer(rows.rows, many=True).data)


def asked_layer(code: str | None) -> Layer | None:
    """Find the layer that a parameter names."""
    if code is None:
        return None
    with naming("layer"):
        return layer_get(code)
