"""The tiles of cells, and the states of cells that tiles do not tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from boundaries.models import Scheme
from boundaries.policies import Asker, require
from boundaries.selectors import draft_readable, edition_at, level_get, scheme_get
from boundaries.tiles.selectors import (
    CellSource,
    cell_states,
    cell_tile,
    draft_with_id,
    source_in_force,
    source_of_draft,
    source_of_edition,
)
from boundaries.tiles.services import tile_set_ensure
from boundaries.times import moment_parse
from geogrid.core.errors import BadInput
from geogrid.web.tiles import (
    ASK_EACH_TIME,
    FOR_A_MOMENT,
    FOR_EVER,
    TileAddress,
    TileBody,
    TileCache,
    is_current,
    tile_etag,
    tile_response,
)

CACHE = TileCache(32 * 1024 * 1024)
"""What this process has drawn lately; a set never changes, so that nothing in here is ever wrong."""

NOTHING = TileBody.of(b"")


@require_safe
def cells_tile(request: HttpRequest, scheme: str, level: str, z: str, x: str, y: str) -> HttpResponse:
    """Give a tile of the cells of a level: of an edition, of a draft, or of the edition in force."""
    address = TileAddress.read(z, x, y)
    of = scheme_get(scheme)
    rank = level_get(of, level)
    source = _source(of, request.GET, lambda: request.user)
    caching = _caching(source, request.GET)
    if source is None:
        return tile_response(request, NOTHING, etag=tile_etag("nothing"), caching=caching)
    tile_set = tile_set_ensure(source)
    etag = tile_etag(tile_set.token.hex)
    if is_current(request, etag):
        return tile_response(request, None, etag=etag, caching=caching)
    key = (tile_set.token, rank.pk, address)
    body = CACHE.get(key)
    if body is None:
        body = TileBody.of(cell_tile(tile_set, rank, address))
        CACHE.put(key, body)
    return tile_response(request, body, etag=etag, caching=caching)


def _source(scheme: Scheme, asked: Mapping[str, str], asker: Callable[[], Asker]) -> CellSource | None:
    """Give what the parameters ask for; a session is looked into for drafts only."""
    if "edition" in asked and "draft" in asked:
        raise BadInput("edition and draft: give one of them", parameter="draft")
    if "edition" in asked:
        return source_of_edition(scheme, asked["edition"])
    if "draft" in asked:
        draft = draft_with_id(scheme, asked["draft"])
        user = asker()
        if not draft_readable(draft, user):
            require(user, "draft.read", scheme=scheme, draft=draft)
        return source_of_draft(draft, asked.get("v"))
    return source_in_force(scheme)


def _caching(source: CellSource | None, asked: Mapping[str, str]) -> str:
    if source is not None and source.draft:
        return f"private, {FOR_EVER if 'v' in asked else ASK_EACH_TIME}"
    return f"public, {FOR_EVER if 'edition' in asked else FOR_A_MOMENT}"


class CellStates(APIView):
    """The states of cells: which have a post that must be filled and is not."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="scheme_states",
        parameters=[
            OpenApiParameter("at", OpenApiTypes.STR, description="as of an ISO date or time; now if left out"),
            OpenApiParameter("edition", OpenApiTypes.INT),
            OpenApiParameter("draft", OpenApiTypes.INT, description="the id of a draft"),
        ],
        responses={200: {"type": "object", "additionalProperties": {"type": "string", "enum": ["vacant"]}}},
    )
    def get(self, request: Request, scheme: str) -> Response:
        """Give code → state for the cells that have one; tiles do not tell it, so that they never change."""
        of, asked, now = scheme_get(scheme), request.query_params, timezone.now()
        if "at" in asked:
            if "edition" in asked or "draft" in asked:
                raise BadInput("at, edition, draft: give one of them", parameter="at")
            now = moment_parse(asked["at"])
            edition = edition_at(of, now)
            source = CellSource(of, edition=edition) if edition else None
        else:
            source = _source(of, asked, lambda: request.user)
        return Response(cell_states(source, max(now, source.at)) if source else {})
