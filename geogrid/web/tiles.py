"""Vector tiles over HTTP: addresses, compressed bodies, and what caches may do with them."""

from __future__ import annotations

import gzip
import re
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag

from geogrid.core.errors import NotFound

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
DEEPEST_ZOOM = 24

FOR_EVER = "max-age=31536000, immutable"
"""What an address always answers alike."""
FOR_A_MOMENT = "max-age=30"
"""What changes now and then: asked again after half a minute, answered 304 if it is still so."""
ASK_EACH_TIME = "no-cache"

_NUMBER = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)
_ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TileAddress:
    """A tile of the usual pyramid: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @classmethod
    def read(cls, z: str, x: str, y: str) -> TileAddress:
        """Read an address; there are no tiles deeper than zoom 24 or beside the world.

        Raises
        ------
        NotFound
            If there is no such tile.
        """
        if all(_NUMBER.fullmatch(text) for text in (z, x, y)) and int(z) <= DEEPEST_ZOOM:
            address = cls(int(z), int(x), int(y))
            if max(address.x, address.y) < 1 << address.z:
                return address
        shown = "/".join(text[:12] for text in (z, x, y))
        raise NotFound(
            f"there is no tile {shown}; zooms go from 0 to {DEEPEST_ZOOM}, x and y from 0 to 2^z - 1"
        )


@dataclass(frozen=True, slots=True)
class TileBody:
    """The bytes of a tile, compressed once; empty if there is nothing on it."""

    compressed: bytes

    @classmethod
    def of(cls, plain: bytes) -> TileBody:
        """Compress a tile."""
        return cls(gzip.compress(plain, compresslevel=6, mtime=0) if plain else b"")

    @property
    def plain(self) -> bytes:
        """The tile as it was."""
        return gzip.decompress(self.compressed) if self.compressed else b""


class TileCache:
    """The tiles that were asked for last, in the memory of one process, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        """Begin empty."""
        self._most, self._held = most_bytes, 0
        self._bodies: OrderedDict[Hashable, TileBody] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> TileBody | None:
        """Give a tile that is held."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
            return body

    def put(self, key: Hashable, body: TileBody) -> None:
        """Hold a tile; those not asked for the longest go."""
        with self._lock:
            before = self._bodies.pop(key, None)
            self._held += len(body.compressed) - (len(before.compressed) if before else 0)
            self._bodies[key] = body
            while self._held > self._most:
                _, gone = self._bodies.popitem(last=False)
                self._held -= len(gone.compressed)


def tile_etag(text: str) -> str:
    """Give the tag of a content; a weak one, since the same tile goes out compressed and plain."""
    return f"W/{quote_etag(text)}"


def is_current(request: HttpRequest, etag: str) -> bool:
    """Tell whether the asker has what the tag stands for."""
    asked = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    return "*" in asked or etag.removeprefix("W/") in asked


def tile_response(request: HttpRequest, body: TileBody | None, *, etag: str, caching: str) -> HttpResponse:
    """Answer with a tile: 304 if there is no body to send, 204 if there is nothing on the tile."""
    if body is None:
        response = HttpResponse(status=304)
    elif not body.compressed:
        response = HttpResponse(status=204)
    elif _ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(body.compressed, content_type=MEDIA_TYPE)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(body.plain, content_type=MEDIA_TYPE)
    if response.status_code != 200:
        del response.headers["Content-Type"]
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = caching
    patch_vary_headers(response, ("Accept-Encoding",))
    return response
