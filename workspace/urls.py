"""The addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import TemplateView

from geogrid.web import converters
from workspace import views

converters.register()

app_name = "workspace"
urlpatterns: list[URLPattern] = [
    # What the map shows, the browser asks of the API.
    path("", TemplateView.as_view(template_name="workspace/workspace.html"), name="workspace"),
    path("lookup/", views.lookup, name="lookup"),
    path("c/<code:scheme>/<key:code>", views.cell, name="cell"),
    path("c/<code:code>", views.cell_of_any_scheme, name="cell_of_any_scheme"),
]
