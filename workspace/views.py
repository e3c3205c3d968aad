"""The pages: what they show is asked of selectors, how it looks is the templates' and the modules'."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspace.selectors import land_box, schemes_in_words


@require_safe
def lookup(request: HttpRequest) -> HttpResponse:
    """Show who is responsible for a place; the browser asks the API."""
    data = {"schemes": schemes_in_words(), "bbox": land_box()}
    return render(request, "workspace/lookup.html", {"page_data": data})
