"""The addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from geogrid.web import converters
from workspace import views

converters.register()

app_name = "workspace"
urlpatterns: list[URLPattern] = [
    path("lookup/", views.lookup, name="lookup"),
    path("c/<code:scheme>/<key:code>", views.cell, name="cell"),
    path("c/<code:code>", views.cell_of_any_scheme, name="cell_of_any_scheme"),
]
