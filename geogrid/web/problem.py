"""Problem documents: the one shape of every "no" that a program gets (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from rest_framework.utils.encoders import JSONEncoder

MEDIA_TYPE = "application/problem+json"


def problem_document(
    status: int,
    *,
    code: str,
    detail: str,
    context: Mapping[str, Any] | None = None,
    geometry: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a problem document: `code` is for programs and stays, `detail` is one sentence for people.

    `geometry` is GeoJSON of the place that it is about.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "context": dict(context or {}),
    }
    if geometry is not None:
        document["geometry"] = dict(geometry)
    return document


def problem_response(
    status: int,
    *,
    code: str,
    detail: str,
    context: Mapping[str, Any] | None = None,
    geometry: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Make a response of a problem document."""
    document = problem_document(status, code=code, detail=detail, context=context, geometry=geometry)
    body = json.dumps(document, ensure_ascii=False, cls=JSONEncoder)
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))
    response.headers["Cache-Control"] = "no-store"
    return response
