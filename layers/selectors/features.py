"""Questions about the features of layers: which there are, where, and in which cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from boundaries.models import Scheme
from boundaries.selectors.cells import Box, Place, box_facts, place_of
from geogrid.web.pagination import Listed, Page
from layers.models import Layer
from layers.selectors import rows_of
from layers.selectors.privacy import LayerPrivacy


@dataclass(frozen=True)
class LayerFacts:
    """A layer and the number of its features now."""

    layer: Layer
    count: int

    def as_json(self) -> dict[str, Any]:
        """Give the layer as the documents of schemes name it."""
        layer = self.layer
        return {
            "code": layer.code,
            "name": {"zh": layer.name_zh, "en": layer.name_en},
            "geometry_type": layer.geometry_type,
            "count": self.count,
        }


@dataclass(frozen=True)
class FeatureRow:
    """A feature as somebody may see it; `cell` and `method` are empty unless a scheme is asked for."""

    ident: int
    layer: str
    key: str | None
    name: str
    attributes: dict[str, Any]
    geometry: dict[str, Any]
    cell: str | None = None
    method: str | None = None


@dataclass(frozen=True)
class AssignmentFacts:
    """The cell of a feature in a scheme, or why there is none."""

    scheme: str
    cell: str | None
    cell_name: str | None
    level: str | None
    method: str
    share: float
    on_edge: bool
    shares: dict[str, float] | None
    nearest_m: float | None
    renewing: bool
    """An edition may have moved it, and it is still to be assigned anew."""


@dataclass(frozen=True)
class FeatureHit:
    """A feature that a search found; the lower the rank, the better."""

    rank: int
    layer: str
    key: str
    name: str
    centre: Place | None
    bbox: Place | None
    cell: UUID | None


def layers_all() -> list[LayerFacts]:
    """Give all layers in order of their codes."""
    return _counted(None)


def scheme_layers(scheme: Scheme) -> list[LayerFacts]:
    """Give the layers whose features a scheme answers for: the common ones and its own."""
    return _counted(scheme)


def _counted(scheme: Scheme | None) -> list[LayerFacts]:
    rows = rows_of("layers_counted", {"scheme": scheme.pk if scheme else None})
    layers = Layer.objects.select_related("scheme").in_bulk([row[0] for row in rows])
    return [LayerFacts(layers[pk], count) for pk, count in rows]


def features_list(
    privacy: LayerPrivacy,
    page: Page,
    *,
    at: dt.datetime,
    scheme: Scheme | None = None,
    cell: str | None = None,
    q: str | None = None,
    bbox: Box | None = None,
) -> Listed[FeatureRow]:
    """Give one page of the features of a layer; `q` is looked for in what may be seen only."""
    wanted = {"scheme": scheme.pk if scheme else None, "cell": cell, "q": q, **box_facts(bbox)}
    seen = {"keys": not privacy.hides_key, "hidden": sorted(privacy.hidden)}
    window = {"limit": page.size, "offset": page.offset}
    facts = {"layer": privacy.layer.pk, "at": at, **wanted, **seen, **window}
    rows = rows_of("features_listed", facts)
    return Listed(rows[0][0], [_feature(privacy, *row[1:]) for row in rows if row[1] is not None])


def feature_find(privacy: LayerPrivacy, key: str, at: dt.datetime) -> FeatureRow | None:
    """Give the feature of a key at a time; None where there was none, or the key may not be seen."""
    if privacy.hides_key:
        return None
    rows = rows_of("feature_found", {"layer": privacy.layer.pk, "key": key, "at": at})
    return _feature(privacy, *rows[0]) if rows else None


def _feature(
    privacy: LayerPrivacy,
    ident: int,
    key: str,
    attributes: str,
    shape: str,
    cell: str | None = None,
    method: str | None = None,
) -> FeatureRow:
    public = privacy.public(json.loads(attributes))
    name = public.get(privacy.name_field)
    return FeatureRow(
        ident,
        privacy.layer.code,
        None if privacy.hides_key else key,
        name if isinstance(name, str) else "",
        public,
        json.loads(shape),
        cell,
        method,
    )


def feature_assignments(feature: int, at: dt.datetime, scheme: Scheme | None = None) -> list[AssignmentFacts]:
    """Give the cells of a feature, scheme by scheme."""
    facts = {"feature": feature, "at": at, "scheme": scheme.pk if scheme else None}
    return [
        AssignmentFacts(*row[:7], json.loads(row[7]) if row[7] else None, row[8], row[9])
        for row in rows_of("feature_assignments", facts)
    ]


def features_search(
    layers: Sequence[LayerPrivacy], q: str, *, at: dt.datetime, scheme: Scheme, limit: int
) -> list[FeatureHit]:
    """Find features by key or name, the best first; in what may be seen only."""
    seen = {
        "layers": [one.layer.pk for one in layers],
        "codes": [one.layer.code for one in layers],
        "names": [None if one.hides_name else one.name_field for one in layers],
        "keyed": [not one.hides_key for one in layers],
    }
    rows = rows_of("features_searched", {"q": q, "at": at, "scheme": scheme.pk, "limit": limit, **seen})
    return [FeatureHit(*row[:4], place_of(row[4:6]), place_of(row[6:10]), row[10]) for row in rows]


def layers_answered_for(scheme: Scheme) -> list[Layer]:
    """Give the layers of a scheme without counting their features."""
    return list(Layer.objects.filter(Q(scheme=None) | Q(scheme=scheme)).order_by("code"))


def audit_state(scheme: Scheme, at: dt.datetime) -> tuple[str, dt.datetime | None]:
    """Tell on what rows an audit's share stands, and when the first begins or ends to hold."""
    state, until = rows_of("audit_state", {"scheme": scheme.pk, "at": at})[0]
    return state, until
