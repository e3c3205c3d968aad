"""The addresses of the tiles of cells, and of the states that go with them."""

from __future__ import annotations

from django.urls import URLPattern, path

from boundaries.tiles.views import CellStates, cells_tile

tile_urlpatterns: list[URLPattern] = [
    path("tiles/<str:scheme>/<str:level>/<str:z>/<str:x>/<str:y>.mvt", cells_tile, name="cells"),
]
state_urlpatterns: list[URLPattern] = [
    path("schemes/<str:scheme>/states", CellStates.as_view(), name="scheme-states"),
]
