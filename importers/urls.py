"""The addresses of importers."""

from __future__ import annotations

from django.urls import URLPattern, path

from importers.api.batch import LocateBatchView

api_urlpatterns: list[URLPattern] = [
    path("locate/batch", LocateBatchView.as_view(), name="locate_batch"),
]
