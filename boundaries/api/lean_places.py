"""The plain question where a place is, answered without what only other questions need.

Django REST framework takes longer to look at a request than the locator to find the cells. What is answered
here it would answer with the same bytes and headers; whatever is unusual, wrong or refused is left to it.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from rest_framework.utils.encoders import JSONEncoder

from boundaries.locating import place_locate
from geogrid.core.errors import GeogridError
from geogrid.web.rates import stranger_take

_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_ACCEPTED = frozenset({"", "*/*", "application/json"})
_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_HEADERS = {
    "Allow": "GET, HEAD, OPTIONS",
    "Cache-Control": "private, no-cache",
    "Vary": "Accept, Authorization, Cookie",
}


def lean_answer(request: HttpRequest) -> HttpResponse | None:
    """Answer a stranger who asks for JSON with `lon`, `lat` and perhaps `scheme`; None if it is not that.

    A stranger who asks too often gets None as well: asking again counts nothing more.
    """
    meta = request.META
    if (
        request.method != "GET"
        or "HTTP_AUTHORIZATION" in meta
        or meta.get("HTTP_ACCEPT", "") not in _ACCEPTED
        or settings.SESSION_COOKIE_NAME in meta.get("HTTP_COOKIE", "")
    ):
        return None
    asked = _asked(meta.get("QUERY_STRING", ""))
    if asked is None or stranger_take("locate", request):
        return None
    lon, lat, scheme = asked
    try:
        document = place_locate(lon=lon, lat=lat, scheme=scheme).as_json()
    except (GeogridError, DatabaseError):
        return None
    text = _ENCODER.encode(document).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return HttpResponse(text.encode(), content_type="application/json", headers=_HEADERS)


def _asked(query: str) -> tuple[float, float, str | None] | None:
    """Read the parameters, if each is there once and looks as most do."""
    asked = dict(part.partition("=")[::2] for part in query.split("&"))
    if query.count("=") != len(asked) or not asked.keys() <= {"lon", "lat", "scheme"}:
        return None
    lon, lat, scheme = asked.get("lon", ""), asked.get("lat", ""), asked.get("scheme")
    if not _DEGREES.fullmatch(lon) or not _DEGREES.fullmatch(lat):
        return None
    if scheme is not None and not _SCHEME.fullmatch(scheme):
        return None
    if abs(float(lon)) > 180 or abs(float(lat)) > 90:
        return None
    return float(lon), float(lat), scheme
