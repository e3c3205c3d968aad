"""Search across cells and features."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import asked_scheme, asked_state, exclusive
from boundaries.models import Scheme
from boundaries.policies import allowed
from boundaries.selectors import schemes_with_edition
from boundaries.selectors.cells import CellHit, cell_chains, cells_search
from boundaries.selectors.moments import AsOf
from geogrid.web.errors import BadParameter
from geogrid.web.parameters import CountField, MomentField, Parameters, TextParameter
from geogrid.web.reading import ReadView, described
from layers.api.documents import SearchSerializer
from layers.models import Layer
from layers.selectors.features import FeatureHit, features_search, layers_answered_for
from layers.selectors.privacy import layers_seen

DEFAULT_LIMIT = 20
BETWEEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "


class SearchParameters(Parameters):
    """What is looked for, and where."""

    q = TextParameter(help_text="a code, a key, or part of a name")
    scheme = TextParameter(required=False, help_text="one scheme only; else all in force")
    at = MomentField(required=False, help_text="a past or future date or time; now if left out")
    draft = TextParameter(required=False, help_text="as the draft of this name of the scheme has it")
    limit = CountField(most=100, required=False, help_text=f"at most so many; {DEFAULT_LIMIT} if left out")


@dataclass(frozen=True)
class _Hit:
    """What was found, with what orders it: cells come before features of the same rank."""

    order: tuple[int, int]
    document: dict[str, Any]


EXAMPLE = {
    "query": "昱东",
    "results": [
        {
            "kind": "cell",
            "scheme": "example",
            "level": "street",
            "layer": None,
            "code": "341002001",
            "name": "昱东街道",
            "path": BETWEEN.join(["黄山市", "屯溪区"]),
            "centre": [118.3375, 29.7149],
            "bbox": [118.31, 29.7, 118.36, 29.74],
        }
    ],
}


class SearchView(ReadView):
    """Search across cells and features."""

    throttle_scope = "search"

    @described(
        "search",
        summary="Search cells and features",
        parameters=[SearchParameters],
        answer=SearchSerializer,
        example=EXAMPLE,
        found=False,
    )
    def get(self, request: Request) -> Response:
        """Find cells and features: the exact code first, then beginnings, then what holds the text."""
        asked = SearchParameters.of(request)
        limit = asked["limit"] or DEFAULT_LIMIT
        states = _states(request, asked)
        hits = [hit for as_of in states for hit in _cell_hits(as_of, asked["q"], limit)]
        private = allowed(request.user, "features.private")
        searched: set[str] = set()
        for as_of in states:
            layers = [one for one in layers_answered_for(as_of.scheme) if one.code not in searched]
            searched |= {layer.code for layer in layers}
            hits += _feature_hits(as_of, layers, asked["q"], limit, private=private)
        best = sorted(hits, key=lambda hit: hit.order)[:limit]
        return Response(
            SearchSerializer({"query": asked["q"], "results": [hit.document for hit in best]}).data
        )


def _states(request: Request, asked: dict[str, Any]) -> list[AsOf]:
    exclusive(asked)
    scheme = asked_scheme(asked["scheme"])
    if scheme is None and asked["draft"] is not None:
        raise BadParameter("draft: say of which scheme, too", parameter="draft")
    schemes: list[Scheme] = [scheme] if scheme else schemes_with_edition(asked["at"] or timezone.now())
    return [asked_state(request, one, asked) for one in schemes]


def _cell_hits(as_of: AsOf, q: str, limit: int) -> list[_Hit]:
    found = cells_search(as_of, q, limit)
    chains = cell_chains(as_of, [hit.ident for hit in found])
    return [
        _Hit(
            (hit.rank, 0),
            _document(as_of, hit, kind="cell", level=hit.level, code=hit.code)
            | {"path": BETWEEN.join(link.name or link.code for link in chains[hit.ident][:-1])},
        )
        for hit in found
    ]


def _feature_hits(as_of: AsOf, layers: list[Layer], q: str, limit: int, *, private: bool) -> list[_Hit]:
    # Keys that the asker may not see have no address to go to.
    seen = [one for one in layers_seen(layers, private=private) if not one.hides_key]
    at: dt.datetime = as_of.at
    found = features_search(seen, q, at=at, scheme=as_of.scheme, limit=limit) if seen else []
    chains = cell_chains(as_of, [hit.cell for hit in found if hit.cell])
    return [
        _Hit(
            (hit.rank, 1),
            _document(as_of, hit, kind="feature", layer=hit.layer, code=hit.key)
            | {"path": BETWEEN.join(link.name or link.code for link in chains[hit.cell]) if hit.cell else ""},
        )
        for hit in found
    ]


def _document(as_of: AsOf, hit: CellHit | FeatureHit, **facts: str) -> dict[str, Any]:
    place = {"name": hit.name, "centre": hit.centre, "bbox": hit.bbox}
    return {"scheme": as_of.scheme.code, "level": None, "layer": None, **facts, **place}
