"""The addresses of the tiles of cells."""

from __future__ import annotations

from django.urls import URLPattern, path

from boundaries.tiles.views import cells_tile
from geogrid.web import converters

converters.register()

tile_urlpatterns: list[URLPattern] = [
    path("tiles/<code:scheme>/<code:level>/<str:z>/<str:x>/<str:y>.mvt", cells_tile, name="cells"),
]
