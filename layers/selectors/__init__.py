"""Questions about layers, their features, and the cells that these are assigned to."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q

from boundaries.models import Edition, Scheme
from boundaries.selectors import edition_at
from geogrid.core.errors import BadInput, NotFound
from geogrid.core.lattice import Shapes
from geogrid.db.named_sql import named_queries
from layers.models import Layer, Override

QUERIES = named_queries(Path(__file__).parent.parent / "sql" / "queries")

CHUNK = 20_000
"""How many features are in memory at once."""
STRADDLING_BELOW = 0.6
"""The share below which a feature straddles, where the scheme's document says nothing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which the land of a scheme stays the same: that of one edition."""

    start: dt.datetime
    end: dt.datetime | None
    edition: Edition


@dataclass(frozen=True, slots=True)
class FeatureChunk:
    """Features in order of their ids."""

    ids: list[int]
    shapes: Shapes


@dataclass(frozen=True, slots=True)
class AssignmentNumbers:
    """How the features stand in a scheme at a time; `features` counts those without any answer as well."""

    features: int
    total: int
    assigned: int
    outside: int
    in_gap: int
    on_edge: int
    straddling: int


@dataclass(frozen=True, slots=True)
class StraddlingObject:
    """A feature whose cell holds less of it than the threshold."""

    feature: int
    shape: shapely.Geometry
    cell: str
    share: float
    shares: Mapping[str, float]


def layer_get(code: str) -> Layer:
    """Give a layer by its code."""
    layer = Layer.objects.filter(code=code).first()
    if layer is None:
        known = ", ".join(Layer.objects.order_by("code").values_list("code", flat=True))
        raise NotFound(f"there is no layer {code!r}; there are: {known or 'none'}")
    return layer


def straddling_threshold(scheme: Scheme) -> float:
    """Give the share below which a feature of several cells is to be confirmed by a person."""
    return float(scheme.document.get("straddling_threshold", STRADDLING_BELOW))


def stretches_from(scheme: Scheme, since: dt.datetime) -> list[Stretch]:
    """Give the editions in force at a time and after it, each with its stretch of time.

    The first stretch begins at `since`, or where the first edition takes effect after it.
    """
    coming = list(scheme.editions.filter(effective__gt=since).order_by("effective", "number"))
    # Of two editions that take effect at one moment the later one is in force.
    begins = {edition.effective: edition for edition in coming}
    now = edition_at(scheme, since)
    if now is not None:
        begins = {since: now, **begins}
    starts = list(begins)
    ends = [*starts[1:], None]
    return [Stretch(start, end, begins[start]) for start, end in zip(starts, ends, strict=False)]


def assignable_from(scheme: Scheme, since: dt.datetime) -> list[Stretch]:
    """Give the same, and refuse a scheme of which nothing has been published."""
    stretches = stretches_from(scheme, since)
    if not stretches:
        raise BadInput(
            f"the scheme {scheme.code} has no edition yet, so that nothing can be assigned in it; "
            "import its cells and publish them first"
        )
    return stretches


def schemes_answering_for(layer: Layer) -> list[Scheme]:
    """Give the schemes with an edition, in force or to come, that a layer's features are assigned in.

    A layer that a scheme brought is that scheme's own; the others are everybody's.
    """
    published = Scheme.objects.filter(editions__isnull=False).distinct().order_by("pk")
    return list(published if layer.scheme_id is None else published.filter(pk=layer.scheme_id))


def features_exist(scheme: Scheme) -> bool:
    """Tell whether there is any feature that a scheme answers for."""
    return Layer.objects.filter(Q(scheme=None) | Q(scheme=scheme), features__isnull=False).exists()


def features_now(
    scheme: Scheme, *, layer: Layer | None = None, ids: Sequence[int] | None = None
) -> Iterator[FeatureChunk]:
    """Give the features that a scheme answers for, as they are: all, of one layer, or the named ones."""
    wanted = {"layer": layer and layer.pk, "ids": None if ids is None else list(ids)}
    return _chunks("features_now", {"scheme": scheme.pk, **wanted})


def features_at(scheme: Scheme, at: dt.datetime) -> Iterator[FeatureChunk]:
    """Give all features that a scheme answers for, as they were, or will be, at a time."""
    return _chunks("features_at", {"scheme": scheme.pk, "at": at})


def _chunks(query: str, parameters: Mapping[str, Any]) -> Iterator[FeatureChunk]:
    # A cursor of the server's own: a million features are never in memory at once.
    with connection.chunked_cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        while rows := cursor.fetchmany(CHUNK):
            yield FeatureChunk([row[0] for row in rows], _shapes(rows))


def _shapes(rows: Sequence[tuple[Any, ...]]) -> Shapes:
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([bytes(row[1]) for row in rows])
    return shapes


def feature_names(ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Give the code of the layer and the key of each of some features."""
    return {row[0]: (row[1], row[2]) for row in rows_of("feature_names", {"ids": list(ids)})}


def overrides_from(scheme: Scheme, since: dt.datetime, *, ids: Sequence[int] | None = None) -> list[Override]:
    """Give people's decisions that hold at a time or after it: about all features or the named ones."""
    holding = Q(valid__upper_inf=True) | Q(valid__endswith__gt=since)
    decided = Override.objects.filter(holding, scheme=scheme).order_by("feature_id", "valid")
    return list(decided if ids is None else decided.filter(feature__in=ids))


def overrides_of_cells(scheme: Scheme, cells: Sequence[UUID], since: dt.datetime) -> list[Override]:
    """Give people's decisions for some cells that hold at a time or after it, with their features."""
    holding = Q(valid__upper_inf=True) | Q(valid__endswith__gt=since)
    decided = Override.objects.filter(holding, scheme=scheme, cell__in=list(cells))
    return list(decided.select_related("feature").order_by("feature_id", "valid"))


def overrides_at(scheme: Scheme, at: dt.datetime) -> dict[int, UUID]:
    """Give the cell that somebody decided for each feature about which somebody has."""
    decided = Override.objects.filter(scheme=scheme, valid__contains=at)
    return dict(decided.values_list("feature_id", "cell_id"))


def assignment_numbers(scheme: Scheme, at: dt.datetime) -> AssignmentNumbers:
    """Count the stored assignments of a scheme at a time."""
    parameters = {"scheme": scheme.pk, "at": at, "threshold": straddling_threshold(scheme)}
    return AssignmentNumbers(*rows_of("assignment_numbers", parameters)[0])


def objects_in_gap(scheme: Scheme, at: dt.datetime) -> FeatureChunk:
    """Give the features that lie in a gap at a time."""
    rows = rows_of("objects_in_gap", {"scheme": scheme.pk, "at": at})
    return FeatureChunk([row[0] for row in rows], _shapes(rows))


def straddling_objects(scheme: Scheme, at: dt.datetime) -> list[StraddlingObject]:
    """Give the features whose cell holds less of them than the scheme's threshold at a time."""
    parameters = {"scheme": scheme.pk, "at": at, "threshold": straddling_threshold(scheme)}
    rows = rows_of("straddling_objects", parameters)
    return [
        StraddlingObject(row[0], shape, row[2], row[3], json.loads(row[4] or "{}"))
        for row, shape in zip(rows, _shapes(rows), strict=True)
    ]


def rows_of(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a named statement of this app."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        return cursor.fetchall()
