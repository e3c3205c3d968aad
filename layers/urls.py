"""The addresses of the API and of the tiles."""

from __future__ import annotations

from django.urls import URLPattern, path

from geogrid.web import converters
from layers.api.conflicts import ConflictObjectsView, ConflictsView
from layers.api.features import FeaturesView, FeatureView, LayersView
from layers.api.reports import BlindSpotsView, CountsView
from layers.api.search import SearchView
from layers.tiles.urls import tile_urlpatterns

__all__ = ["api_urlpatterns", "tile_urlpatterns"]

converters.register()

api_urlpatterns: list[URLPattern] = [
    path("layers", LayersView.as_view(), name="layers"),
    path("layers/<code:layer>/features", FeaturesView.as_view(), name="features"),
    path("layers/<code:layer>/features/<key:key>", FeatureView.as_view(), name="feature"),
    path("search", SearchView.as_view(), name="search"),
    path("conflicts", ConflictsView.as_view(), name="conflicts"),
    path("conflicts/objects", ConflictObjectsView.as_view(), name="conflict-objects"),
    path("schemes/<code:scheme>/blind-spots", BlindSpotsView.as_view(), name="blind-spots"),
    path("schemes/<code:scheme>/counts", CountsView.as_view(), name="counts"),
]
