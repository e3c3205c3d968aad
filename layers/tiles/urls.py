"""The addresses of the tiles of features."""

from __future__ import annotations

from django.urls import URLPattern, path

from geogrid.web import converters
from layers.tiles.views import features_tile

converters.register()

tile_urlpatterns: list[URLPattern] = [
    path("feature-tiles/<code:layer>/<str:z>/<str:x>/<str:y>.mvt", features_tile, name="features"),
]
