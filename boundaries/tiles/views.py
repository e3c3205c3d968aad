"""The tiles of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from boundaries.models import Scheme
from boundaries.policies import Asker
from boundaries.selectors import level_get, scheme_get
from boundaries.tiles.selectors import (
    CellSource,
    cell_tile,
    draft_with_id,
    source_in_force,
    source_of_draft,
    source_of_edition,
)
from boundaries.tiles.services import tile_set_ensure
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
        return source_of_draft(draft_with_id(scheme, asked["draft"], asker()), asked.get("v"))
    return source_in_force(scheme)


def _caching(source: CellSource | None, asked: Mapping[str, str]) -> str:
    if source is not None and source.draft:
        return f"private, {FOR_EVER if 'v' in asked else ASK_EACH_TIME}"
    return f"public, {FOR_EVER if 'edition' in asked else FOR_A_MOMENT}"
