"""The pages: what they show is asked of selectors, how it looks is the templates' and the modules'."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from geogrid.core.errors import NotFound
from workspace.selectors import cell_page, cells_with_code, code_above, land_box, schemes_in_words


@require_safe
def lookup(request: HttpRequest) -> HttpResponse:
    """Show who is responsible for a place; the browser asks the API."""
    data = {"schemes": schemes_in_words(), "bbox": land_box()}
    return render(request, "workspace/lookup.html", {"page_data": data})


@require_safe
def cell(request: HttpRequest, scheme: str, code: str) -> HttpResponse:
    """Show what everybody may know of a cell."""
    try:
        page = cell_page(scheme=scheme, code=code)
    except NotFound:
        return _missing(request, code, scheme)
    if page.other_code is not None:
        return redirect("workspace:cell", scheme=scheme, code=page.other_code)
    return render(request, "workspace/cell.html", {"page": page, "told": page.told, "cell": page.told.cell})


@require_safe
def cell_of_any_scheme(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the cell with that code, or let the reader choose where several schemes have one."""
    known = cells_with_code(code)
    if not known:
        return _missing(request, code, None)
    if len(known) == 1:
        return redirect("workspace:cell", scheme=known[0].scheme, code=code)
    return render(request, "workspace/cell_choice.html", {"code": code, "known": known})


def _missing(request: HttpRequest, code: str, scheme: str | None) -> HttpResponse:
    context = {"code": code, "near": code_above(code=code, scheme=scheme)}
    return render(request, "workspace/cell_missing.html", context, status=404)
