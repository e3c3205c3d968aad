"""The addresses of the API and of the tiles."""

from __future__ import annotations

from django.urls import URLPattern

api_urlpatterns: list[URLPattern] = []
tile_urlpatterns: list[URLPattern] = []
