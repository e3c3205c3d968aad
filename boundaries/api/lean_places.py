"""The plain question where a place is, answered before anything that only other questions need.

Django and its REST framework take longer to look at a request than the locator to find the cells. What is
answered here they would answer with the same bytes and headers; whatever is unusual, wrong or refused is left
to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError
from rest_framework.utils.encoders import JSONEncoder

from boundaries.locating import place_locate
from geogrid.core.errors import GeogridError
from geogrid.web.rates import stranger_take

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/api/v1/locate"
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,20})?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_ACCEPTED = frozenset({"", "*/*", "application/json"})
_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

#: What the headers of an answer may depend on, beside what is asked.
_ASKER = (
    "wsgi.url_scheme",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_COOKIE",
    "HTTP_ORIGIN",
    "HTTP_X_FORWARDED_PROTO",
)
_ASKERS_AT_MOST = 1000
_LENGTH = "Content-Length"

Headers = list[tuple[str, str]]
Asker = tuple[str | None, ...]


def lean_door(whole: WSGIApplication) -> WSGIApplication:
    """Open a lean door before the whole service, for strangers who ask with `lon`, `lat`, perhaps `scheme`.

    Headers are those that the whole service gave to the same kind of asker: the first of each comes by its
    door, and so does whoever asks too often, for whom asking again counts nothing more.
    """
    known: dict[Asker, Headers] = {}

    def door(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _asked(environ)
        if asked is None:
            return whole(environ, start_response)
        asker = tuple(environ.get(name) for name in _ASKER)
        headers = known.get(asker)
        if headers is None:
            return whole(environ, _remembering(start_response, known, asker))
        text = _answer(environ, *asked)
        if text is None:
            return whole(environ, start_response)
        length = str(len(text))
        start_response("200 OK", [(name, length if name == _LENGTH else value) for name, value in headers])
        return [text]

    return door


def _asked(environ: WSGIEnvironment) -> tuple[float, float, str | None] | None:
    """Read the parameters, if each is there once and looks as most do, and if a stranger asks for them."""
    if (
        environ["PATH_INFO"] != PATH
        or environ["REQUEST_METHOD"] != "GET"
        or "HTTP_AUTHORIZATION" in environ
        or environ.get("HTTP_ACCEPT", "") not in _ACCEPTED
        or settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "")
    ):
        return None
    query = environ.get("QUERY_STRING", "")
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


def _answer(environ: WSGIEnvironment, lon: float, lat: float, scheme: str | None) -> bytes | None:
    """Write the document; None if there is none, or not for this asker."""
    if stranger_take("locate", environ):
        return None
    try:
        document = place_locate(lon=lon, lat=lat, scheme=scheme).as_json()
    except (GeogridError, DatabaseError):
        return None
    return _ENCODER.encode(document).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


def _remembering(
    start_response: StartResponse, known: dict[Asker, Headers], asker: Asker
) -> Callable[..., Any]:
    """Keep the headers of an answer that is as it should be."""

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        told = dict(headers)
        if status == "200 OK" and told.get("Content-Type") == "application/json" and _LENGTH in told:
            if len(known) >= _ASKERS_AT_MOST:
                known.clear()
            if "Set-Cookie" not in told:
                known[asker] = list(headers)
        return start_response(status, headers, *rest)

    return start
