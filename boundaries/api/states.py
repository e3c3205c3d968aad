"""The states of cells, which tiles do not tell, so that the tiles of an edition never change."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import StateParameters, asked_state
from boundaries.selectors import scheme_get
from boundaries.selectors.states import cell_states
from geogrid.web.reading import ReadView, described

ANSWER = {"type": "object", "additionalProperties": {"type": "string", "enum": ["vacant"]}}


class StatesView(ReadView):
    """The states of the cells of a scheme."""

    @described(
        "scheme_states",
        summary="Cells that the map marks: code and state",
        parameters=[StateParameters],
        answer=ANSWER,
        example={"341002001": "vacant"},
    )
    def get(self, request: Request, scheme: str) -> Response:
        """Give the cells with a post that must be filled and is not."""
        parameters = StateParameters.of(request)
        return Response(cell_states(asked_state(request, scheme_get(scheme), parameters)))
