"""The addresses of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from workspace import views

app_name = "workspace"
urlpatterns: list[URLPattern] = [
    path("lookup/", views.lookup, name="lookup"),
]
