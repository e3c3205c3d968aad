"""Cells: those of a scheme, and each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import StateParameters, asked_level, asked_state, draft_of_path
from boundaries.api.documents import CellRowSerializer, CellSerializer, cell_facts
from boundaries.describing import cell_describe
from boundaries.policies import may_see_private
from boundaries.selectors import scheme_get
from boundaries.selectors.cells import cells_list
from boundaries.selectors.moments import AsOf, as_of_draft
from geogrid.web.pagination import page_response
from geogrid.web.parameters import BoxField, FlagField, PageParameters, TextParameter, page_of
from geogrid.web.reading import ReadView, described, listed, unless_unchanged

REVISION = "1"
"""Counts the changes of what the list says of a cell."""


class CellsParameters(PageParameters):
    """Which cells."""

    level = TextParameter(required=False, help_text="code of a level")
    parent = TextParameter(required=False, help_text="code of the cell above")
    q = TextParameter(required=False, help_text="beginning of the code, or part of the name")
    bbox = BoxField(required=False, help_text="cells that meet west,south,east,north")
    geometry = FlagField(required=False, help_text="true: with geometry")


class SchemeCellsParameters(CellsParameters, StateParameters):
    """Which cells, and of which state."""


EXAMPLE = {
    "count": 1,
    "next": None,
    "previous": None,
    "results": [
        {
            "code": "341002001",
            "name": "昱东街道",
            "level": "street",
            "kind": "street",
            "parent": "341002",
            "area_m2": 5123456.7,
            "children": 0,
            "centre": [118.3375, 29.7149],
            "bbox": [118.31, 29.7, 118.36, 29.74],
        }
    ],
}


class CellsView(ReadView):
    """The cells of a scheme."""

    @described(
        "cells",
        summary="Cells of a scheme",
        parameters=[SchemeCellsParameters],
        answer=listed(CellRowSerializer),
        example=EXAMPLE,
    )
    def get(self, request: Request, scheme: str) -> HttpResponseBase:
        """List cells, the top level first."""
        parameters = SchemeCellsParameters.of(request)
        as_of = asked_state(request, scheme_get(scheme), parameters)
        return cells_response(request, as_of, parameters)


class DraftCellsView(ReadView):
    """The cells of a draft."""

    @described(
        "draft_cells",
        summary="Cells of a draft",
        parameters=[CellsParameters],
        answer=listed(CellRowSerializer),
    )
    def get(self, request: Request, draft: int) -> HttpResponseBase:
        """List cells as a draft has them, the top level first."""
        as_of = as_of_draft(draft_of_path(request, draft))
        return cells_response(request, as_of, CellsParameters.of(request))


def cells_response(request: Request, as_of: AsOf, parameters: Mapping[str, Any]) -> HttpResponseBase:
    """Give a page of cells, or 304: the cells of an edition never change, those of a draft by its version."""
    page = page_of(parameters)
    level = asked_level(as_of.scheme, parameters["level"])
    geometry = bool(parameters["geometry"])

    def answer() -> Response:
        found = cells_list(
            as_of,
            page,
            level=level,
            geometry=geometry,
            **{name: parameters[name] for name in ("parent", "q", "bbox")},
        )
        rows = CellRowSerializer(found.rows, many=True, context={"geometry": geometry}).data
        return page_response(request, page, found, rows)

    return unless_unchanged(request, (REVISION, *as_of.revision), answer)


class CellView(ReadView):
    """One cell."""

    @described("cell", summary="One cell", parameters=[StateParameters], answer=CellSerializer)
    def get(self, request: Request, scheme: str, code: str) -> Response:
        """Give all of a cell; a retired code answers with its last state and its heirs."""
        as_of = asked_state(request, scheme_get(scheme), StateParameters.of(request))
        told = cell_describe(as_of, code, private=may_see_private(request.user))
        return Response(CellSerializer(cell_facts(told)).data)
