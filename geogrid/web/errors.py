"""What an error is over HTTP: the only place that knows status codes.

Errors of this project, of Django REST framework and of Django all become problem documents below `API_ROOTS`;
nothing of an unforeseen one is told to strangers, the log has it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import shapely
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from geogrid.core import errors as core
from geogrid.web.problem import MEDIA_TYPE, problem_response

logger = logging.getLogger(__name__)

API_ROOTS = ("/api/", "/tiles/", "/feature-tiles/")
"""Below these addresses programs ask, so that every error is a problem document."""


class BadParameter(core.BadInput):
    """A parameter of the request is not usable."""

    code = "bad-parameter"


class NoSuchPage(core.NotFound):
    """There is no such page of the list."""

    code = "no-such-page"


STATUS: Mapping[type[Exception], int] = {
    core.NotFound: 404,
    core.TooLarge: 413,
    core.BadInput: 400,
    core.Refused: 422,
    core.StaleVersion: 412,
    core.Conflict: 409,
    core.NotSignedIn: 401,
    core.NotAllowed: 403,
    core.NotReady: 503,
    core.GeogridError: 400,
}
"""Class → status; a class that is not named here has that of the nearest class above it."""

CODES: Mapping[type[Exception], str] = {
    drf.ParseError: "unreadable-request",
    drf.AuthenticationFailed: "bad-token",
    drf.NotAuthenticated: "not-signed-in",
    drf.PermissionDenied: "not-allowed",
    drf.NotFound: "not-found",
    drf.MethodNotAllowed: "method-not-allowed",
    drf.NotAcceptable: "not-acceptable",
    drf.UnsupportedMediaType: "unsupported-media-type",
    drf.ValidationError: "bad-parameter",
    drf.Throttled: "too-many-requests",
}
"""Class of Django REST framework → code; its classes bring their status along."""

SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request cannot be understood."),
    401: ("not-signed-in", "Sign in, or send a token, to see this."),
    403: ("not-allowed", "You may not do this here."),
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address cannot be asked in this way."),
    413: ("too-large", "The request is too large."),
    429: ("too-many-requests", "Too many requests; wait a little."),
    500: ("internal-error", "Something went wrong on our side; it has been written down."),
    503: ("unavailable", "The service is not ready; try again soon."),
}
"""What is said where an answer comes from below the views, without a sentence of its own."""


_STATUS_OF_DJANGO: Sequence[tuple[type[Exception], int]] = (
    (Http404, 404),
    (PermissionDenied, 403),
    (RequestDataTooBig, 413),
    (SuspiciousOperation, 400),
)

_HEADERS: Mapping[int, Mapping[str, str]] = {401: {"WWW-Authenticate": "Token"}, 503: {"Retry-After": "2"}}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Turn whatever a view of the API raised into a problem document."""
    set_rollback()
    return error_response(error)


def error_response(error: Exception) -> HttpResponse:
    """Turn an exception into a problem document; an unforeseen one is logged and told as 500."""
    if isinstance(error, core.GeogridError):
        return _core_response(error)
    if isinstance(error, drf.APIException):
        return _drf_response(error)
    for kind, status in _STATUS_OF_DJANGO:
        if isinstance(error, kind):
            return status_response(status)
    logger.error("unforeseen: %s", error, exc_info=error)
    return status_response(500)


def status_response(status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Give the problem document of a status about which nothing more is known."""
    code, detail = SENTENCES.get(status) or SENTENCES[500 if status >= 500 else 400]
    return problem_response(status, code=code, detail=detail, headers=headers)


def _core_response(error: core.GeogridError) -> HttpResponse:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = _HEADERS.get(status, {})
    shape = error.geometry if isinstance(error, core.EditRefused) else None
    return problem_response(
        status,
        code=error.code,
        detail=error.message,
        context=error.context,
        geometry=None if shape is None else json.loads(shapely.to_geojson(shape)),
        headers=headers,
    )


def _drf_response(error: drf.APIException) -> HttpResponse:
    code = next((CODES[kind] for kind in type(error).__mro__ if kind in CODES), "error")
    headers: dict[str, str] = {}
    if isinstance(error, drf.AuthenticationFailed | drf.NotAuthenticated):
        headers["WWW-Authenticate"] = getattr(error, "auth_header", None) or "Token"
    context: dict[str, Any] = {}
    if isinstance(error, drf.Throttled) and error.wait is not None:
        headers["Retry-After"] = str(max(1, int(-(-error.wait // 1))))
        context["retry_after_s"] = int(headers["Retry-After"])
    if isinstance(error, drf.ValidationError):
        name, sentence = first_fault(error.detail)
        detail = f"{name}: {sentence}" if name else sentence
        context["parameter"] = name
    else:
        detail = str(error.detail)
    return problem_response(error.status_code, code=code, detail=detail, context=context, headers=headers)


def first_fault(detail: Any) -> tuple[str, str]:
    """Find the first field of a validation error and the sentence about it; no field if it is about all."""
    if isinstance(detail, Mapping):
        name, rest = next(iter(detail.items()))
        return ("" if name == "non_field_errors" else str(name)), first_fault(rest)[1]
    if isinstance(detail, Iterable) and not isinstance(detail, str):
        return first_fault(next(iter(detail)))
    return "", str(detail)


class ProblemMiddleware:
    """Makes every error below `API_ROOTS` a problem document: of views, of the router, of middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Replace an answer that says no in any other form."""
        response = self.get_response(request)
        if response.status_code < 400 or not _asked_by_program(request):
            return response
        if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        kept = ("Allow", "Retry-After", "WWW-Authenticate")
        headers = {name: response.headers[name] for name in kept if name in response.headers}
        replaced = status_response(response.status_code, headers)
        replaced.cookies = response.cookies
        return replaced

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Translate what a plain Django view raised, so that no page is made; leave the rest to Django."""
        foreseen = (core.GeogridError, Http404, PermissionDenied)
        if isinstance(error, foreseen) and _asked_by_program(request):
            return error_response(error)
        return None


def _asked_by_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_ROOTS)
