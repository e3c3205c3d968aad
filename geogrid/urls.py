"""The addresses of the service."""

from __future__ import annotations

from django.urls import path

from geogrid.web.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
]
