"""The tiles of features: what is public of them, and nothing else."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from boundaries.selectors import scheme_get
from geogrid.web.tiles import FOR_A_MOMENT, TileAddress, TileBody, is_current, tile_etag, tile_response
from layers.selectors import layer_get
from layers.tiles.selectors import feature_tile


@require_safe
def features_tile(request: HttpRequest, layer: str, z: str, x: str, y: str) -> HttpResponse:
    """Give a tile of the features of a layer as they are now, with their cells in the named scheme."""
    address = TileAddress.read(z, x, y)
    of = layer_get(layer)
    code = request.GET.get("scheme")
    scheme = None if code is None else scheme_get(code)
    plain = feature_tile(of, scheme, timezone.now(), address)
    etag = tile_etag(hashlib.sha256(plain).hexdigest()[:32])
    body = None if is_current(request, etag) else TileBody.of(plain)
    return tile_response(request, body, etag=etag, caching=f"public, {FOR_A_MOMENT}")
