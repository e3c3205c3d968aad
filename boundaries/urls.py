"""The addresses of the API and of the tiles."""

from __future__ import annotations

from django.urls import URLPattern, path

from boundaries.api.audits import AuditView, DraftFindingsView, FindingsView
from boundaries.api.cells import CellsView, CellView, DraftCellsView
from boundaries.api.drafts import (
    DraftApproveView,
    DraftDiscardView,
    DraftImpactView,
    DraftReturnView,
    DraftSubmitView,
    DraftsView,
    DraftView,
)
from boundaries.api.edits import (
    DraftConflictsView,
    DraftRebaseView,
    DraftRedoView,
    DraftUndoView,
    EditsView,
)
from boundaries.api.history import CellHistoryView
from boundaries.api.index import IndexView
from boundaries.api.me import MeView
from boundaries.api.places import LocateView
from boundaries.api.publishing import DraftPublishView, RevertView
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
    path("schemes/<code:scheme>/drafts", DraftsView.as_view(), name="drafts"),
    path("schemes/<code:scheme>/revert", RevertView.as_view(), name="revert"),
    path("drafts/<int:draft>", DraftView.as_view(), name="draft"),
    path("drafts/<int:draft>/cells", DraftCellsView.as_view(), name="draft-cells"),
    path("drafts/<int:draft>/findings", DraftFindingsView.as_view(), name="draft-findings"),
    path("drafts/<int:draft>/edits", EditsView.as_view(), name="draft-edits"),
    path("drafts/<int:draft>/undo", DraftUndoView.as_view(), name="draft-undo"),
    path("drafts/<int:draft>/redo", DraftRedoView.as_view(), name="draft-redo"),
    path("drafts/<int:draft>/impact", DraftImpactView.as_view(), name="draft-impact"),
    path("drafts/<int:draft>/conflicts", DraftConflictsView.as_view(), name="draft-conflicts"),
    path("drafts/<int:draft>/rebase", DraftRebaseView.as_view(), name="draft-rebase"),
    path("drafts/<int:draft>/submit", DraftSubmitView.as_view(), name="draft-submit"),
    path("drafts/<int:draft>/approve", DraftApproveView.as_view(), name="draft-approve"),
    path("drafts/<int:draft>/return", DraftReturnView.as_view(), name="draft-return"),
    path("drafts/<int:draft>/discard", DraftDiscardView.as_view(), name="draft-discard"),
    path("drafts/<int:draft>/publish", DraftPublishView.as_view(), name="draft-publish"),
]
