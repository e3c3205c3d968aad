"""Reports over HTTP: how many features each cell holds, and which are blind spots."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from boundaries.api.asking import asked_level
from boundaries.models import Scheme
from boundaries.policies import allowed
from boundaries.selectors import scheme_get
from boundaries.selectors.cells import cell_find
from boundaries.selectors.moments import as_of_time
from geogrid.web.errors import BadParameter
from geogrid.web.pagination import DEFAULT_SIZE, page_response
from geogrid.web.parameters import (
    CountField,
    MomentField,
    PageParameters,
    Parameters,
    TextParameter,
    naming,
    page_of,
    shown,
)
from geogrid.web.reading import ReadView, described, listed
from layers.api.report_documents import BlindSpotsSerializer, CellCountsSerializer
from layers.models import Layer
from layers.selectors import layer_get
from layers.selectors.blind_spots import KINDS, MOST, blind_spots
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


class BlindSpotParameters(Parameters):
    """Which objects, and when."""

    kind = serializers.ChoiceField(
        KINDS, required=False, help_text="one kind only; else all but those outside"
    )
    layer = TextParameter(required=False, help_text="code of a layer: its objects only")
    cell = TextParameter(required=False, help_text="code of a cell: those in it, or in a gap in it")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")
    after = CountField(
        required=False,
        help_text="go on after the object of this number; `next` has it",
    )
    limit = CountField(most=MOST, required=False, help_text=f"at most so many; {DEFAULT_SIZE} if left out")


class BlindSpotsView(ReadView):
    """The objects of a scheme that somebody should look at."""

    @described(
        "blind_spots",
        summary="Objects in no cell, astride, on an edge, or put elsewhere by a person",
        parameters=[BlindSpotParameters],
        answer=BlindSpotsSerializer,
    )
    def get(self, request: Request, scheme: str) -> Response:
        """List them in the order of their numbers; those outside the land only if they are asked for."""
        asked = BlindSpotParameters.of(request)
        found, at = scheme_get(scheme), asked["at"] or timezone.now()
        part = blind_spots(
            found,
            at=at,
            kind=asked["kind"],
            layer=asked_layer(asked["layer"]),
            cell=_asked_cell(found, asked["cell"], at),
            after=asked["after"] or 0,
            limit=asked["limit"] or DEFAULT_SIZE,
            private=allowed(request.user, "features.private"),
        )
        following = part.next and replace_query_param(request.build_absolute_uri(), "after", part.next)
        facts = {"at": part.at, "numbers": part.numbers, "next": following, "results": part.rows}
        return Response(BlindSpotsSerializer(facts).data)


def _asked_cell(scheme: Scheme, code: str | None, at: dt.datetime) -> str | None:
    if code is not None and cell_find(as_of_time(scheme, at), code) is None:
        raise BadParameter(f"cell: the scheme {scheme.code} has no cell {shown(code)} then", parameter="cell")
    return code
