"""The rows of each export, streamed from the database in pieces, and the layers they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from boundaries.models import Draft, Level, Scheme
from geogrid.core.errors import NotFound
from geogrid.db.named_sql import named_queries
from layers.models import Feature, Layer
from schemes.documents import SchemeDocument

QUERIES = named_queries(Path(__file__).parent / "sql" / "queries.sql")

ROWS_PER_FETCH = 20_000
"""Rows that are Python values at once; what bounds the memory of reading."""

Rows = list[tuple[Any, ...]]
Properties = Mapping[str, Mapping[str, Any]]


def export_layers(scheme: Scheme, code: str | None) -> list[Layer]:
    """Give the layer named; if none is, all that hold features: the common ones and the scheme's own."""
    layers = Layer.objects.filter(Q(scheme=None) | Q(scheme=scheme)).order_by("code")
    if code is None:
        return list(layers.filter(Exists(Feature.objects.filter(layer=OuterRef("pk")))))
    chosen = list(layers.filter(code=code))
    if not chosen:
        known = ", ".join(layers.values_list("code", flat=True)) or "none yet"
        raise NotFound(f"the scheme {scheme.code} has no layer {code!r}; its layers are: {known}", layer=code)
    return chosen


def export_properties(layers: Iterable[Layer]) -> dict[str, list[Properties]]:
    """Give the attributes of layers as JSON Schema has them: the layer's own, then those of the documents.

    A layer that is there from the start keeps its own schema, whatever the documents of schemes say of it;
    what one of them keeps private has to stay private all the same.
    """
    found: dict[str, list[Properties]] = {
        layer.code: [layer.schema.get("properties", {})] for layer in layers
    }
    for document in Scheme.objects.order_by("code").values_list("document", flat=True):
        if found.keys() & {*document.get("layers", ()), *document.get("registers", ())}:
            for written in SchemeDocument.model_validate(document).layers:
                if written.code in found:
                    found[written.code].append(written.schema["properties"])
    return found


def export_cells_at(*, scheme: Scheme, at: dt.datetime, level: Level | None) -> Iterator[Rows]:
    """Stream cells: code, name, level, parent, area, kind, edition, since when, attributes, WKB."""
    return _streamed(
        "cells_at", {"scheme": scheme.pk, "at": at, "draft": None, "level": level.pk if level else None}
    )


def export_cells_of_draft(*, draft: Draft, level: Level | None) -> Iterator[Rows]:
    """Stream the cells of a draft as `export_cells_at` does; its own rows are of no edition."""
    parameters = {
        "scheme": draft.scheme_id,
        "draft": draft.pk,
        "at": draft.base_at,
        "level": level.pk if level else None,
    }
    return _streamed("cells_at", parameters)


def export_features_at(*, scheme: Scheme, at: dt.datetime, layers: Sequence[Layer]) -> Iterator[Rows]:
    """Stream features: layer, key, attributes, cell, method, share, WKB."""
    return _streamed("features_at", {"scheme": scheme.pk, "at": at, "layers": [layer.pk for layer in layers]})


def export_assignments_at(*, scheme: Scheme, at: dt.datetime, layers: Sequence[Layer]) -> Iterator[Rows]:
    """Stream assignments: layer, key, cell, method, share, on an edge, metres to the nearest cell, WKB."""
    parameters = {"scheme": scheme.pk, "at": at, "layers": [layer.pk for layer in layers]}
    return _streamed("assignments_at", parameters)


def export_findings(*, scheme: Scheme, draft: Draft | None, level: Level | None) -> Iterator[Rows]:
    """Stream findings: id, rule, level, cells, severity, state, area, width, message, WKB."""
    parameters = {
        "scheme": scheme.pk,
        "draft": draft.pk if draft else None,
        "level": level.code if level else None,
        "at": timezone.now(),
    }
    return _streamed("findings_stored", parameters)


def _streamed(query: str, parameters: dict[str, Any]) -> Iterator[Rows]:
    # A cursor of the server: the client never holds more than one piece.
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        while rows := cursor.fetchmany(ROWS_PER_FETCH):
            yield rows
