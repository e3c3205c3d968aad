"""Where browsers tell what the Content-Security-Policy kept them from."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from geogrid.web.rates import limited

logger = logging.getLogger(__name__)

MAX_BYTES = 16 * 1024
_MAX_REPORTS = 10
_MAX_TEXT = 200
_MEDIA_TYPES = {"application/csp-report", "application/reports+json", "application/json"}


@csrf_exempt  # browsers send reports without a token; nothing is changed, one line is logged
@require_POST
@limited("csp-report")
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log each violation of a report in one line."""
    if request.content_type not in _MEDIA_TYPES:
        return HttpResponse(status=415)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse(status=413)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    for report in _reports(document):
        logger.warning(
            "content security: %s kept out %s on %s",
            _field(report, "effective-directive", "effectiveDirective", "violated-directive"),
            _field(report, "blocked-uri", "blockedURL"),
            _field(report, "document-uri", "documentURL"),
        )
    return HttpResponse(status=204)


def _reports(document: Any) -> Iterator[Mapping[str, Any]]:
    """Give the reports of both forms: the object of `report-uri` and the list of the Reporting API."""
    for item in (document if isinstance(document, list) else [document])[:_MAX_REPORTS]:
        report = item.get("csp-report", item.get("body")) if isinstance(item, Mapping) else None
        if isinstance(report, Mapping):
            yield report


def _field(report: Mapping[str, Any], *names: str) -> str:
    """Give a field as it may stand in a log: no line of its own, no query (it may hold what is private)."""
    text = next((str(report[name]) for name in names if report.get(name)), "-")
    try:
        text = urlsplit(text)._replace(query="", fragment="").geturl()
    except ValueError:
        text = "-"
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_MAX_TEXT]
