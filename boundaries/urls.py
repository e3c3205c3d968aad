"""The addresses of the API and of the tiles."""

from __future__ import annotations

from django.urls import URLPattern, path

from boundaries.api.audits import AuditView, DraftFindingsView, FindingsView
from boundaries.api.cells import CellsView, CellView, DraftCellsView
from boundaries.api.drafts import DraftView
from boundaries.api.history import CellHistoryView
from boundaries.api.index import IndexView
from boundaries.api.me import MeView
from boundaries.api.places import LocateView
from boundaries.api.schemes import SchemesView, SchemeView
from boundaries.api.states import StatesView
from boundaries.tiles.urls import tile_urlpatterns
from geogrid.web import converters

__all__ = ["api_urlpatterns", "tile_urlpatterns"]

converters.register()

api_urlpatterns: list[URLPattern] = [
    path("", IndexView.as_view(), name="index"),
    path("me", MeView.as_view(), name="me"),
    path("locate", LocateView.as_view(), name="locate"),
    path("schemes", SchemesView.as_view(), name="schemes"),
    path("schemes/<code:scheme>", SchemeView.as_view(), name="scheme"),
    path("schemes/<code:scheme>/cells", CellsView.as_view(), name="cells"),
    path("schemes/<code:scheme>/cells/<key:code>/history", CellHistoryView.as_view(), name="cell-history"),
    path("schemes/<code:scheme>/cells/<key:code>", CellView.as_view(), name="cell"),
    path("schemes/<code:scheme>/audit", AuditView.as_view(), name="audit"),
    path("schemes/<code:scheme>/findings", FindingsView.as_view(), name="findings"),
    path("schemes/<code:scheme>/states", StatesView.as_view(), name="states"),
    path("drafts/<int:draft>", DraftView.as_view(), name="draft"),
    path("drafts/<int:draft>/cells", DraftCellsView.as_view(), name="draft-cells"),
    path("drafts/<int:draft>/findings", DraftFindingsView.as_view(), name="draft-findings"),
]
