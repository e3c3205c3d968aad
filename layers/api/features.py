"""Layers and their features."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from boundaries.api.asking import asked_scheme
from boundaries.policies import allowed
from boundaries.selectors.cells import cell_find
from boundaries.selectors.moments import as_of_time
from geogrid.core.errors import NotFound
from geogrid.web.errors import BadParameter
from geogrid.web.pagination import Listed, page_response
from geogrid.web.parameters import (
    BoxField,
    MomentField,
    PageParameters,
    Parameters,
    TextParameter,
    page_of,
    shown,
)
from geogrid.web.reading import ReadView, described, listed
from layers.api.documents import (
    FeatureRowSerializer,
    FeatureSerializer,
    LayerSerializer,
    field_documents,
)
from layers.selectors import layer_get
from layers.selectors.features import (
    LayerFacts,
    feature_assignments,
    feature_find,
    features_list,
    layers_all,
)
from layers.selectors.privacy import LayerPrivacy, layers_seen


class FeatureParameters(Parameters):
    """In which scheme, and when."""

    scheme = TextParameter(required=False, help_text="one scheme only")
    at = MomentField(required=False, help_text="a past date or time; now if left out")


class FeaturesParameters(PageParameters):
    """Which features."""

    scheme = TextParameter(required=False, help_text="the scheme whose cells are told")
    cell = TextParameter(required=False, help_text="code of a cell of the scheme: those in it")
    q = TextParameter(required=False, help_text="part of the key or of an attribute")
    bbox = BoxField(required=False, help_text="features that meet west,south,east,north")
    at = MomentField(required=False, help_text="a past date or time; now if left out")


class LayersView(ReadView):
    """All layers."""

    @described("layers", summary="All layers", parameters=[PageParameters], answer=listed(LayerSerializer))
    def get(self, request: Request) -> Response:
        """List the layers with the number of their features."""
        page = page_of(PageParameters.of(request))
        every = layers_all()
        wanted = every[page.offset : page.offset + page.size]
        seen = layers_seen([one.layer for one in wanted], private=allowed(request.user, "features.private"))
        rows = [_layer(facts, privacy) for facts, privacy in zip(wanted, seen, strict=True)]
        return page_response(request, page, Listed(len(every), rows), LayerSerializer(rows, many=True).data)


def _layer(facts: LayerFacts, privacy: LayerPrivacy) -> dict[str, Any]:
    layer = facts.layer
    return {
        **facts.as_json(),
        "scheme": layer.scheme.code if layer.scheme else None,
        "fields": field_documents(layer.schema, privacy.hidden),
    }


class FeaturesView(ReadView):
    """The features of a layer."""

    @described(
        "features",
        summary="Features of a layer",
        parameters=[FeaturesParameters],
        answer=listed(FeatureRowSerializer),
    )
    def get(self, request: Request, layer: str) -> Response:
        """List features in order of their keys."""
        asked = FeaturesParameters.of(request)
        page = page_of(asked)
        privacy = _seen(request, layer)
        scheme, at = asked_scheme(asked["scheme"]), asked["at"] or timezone.now()
        if asked["cell"] is not None:
            if scheme is None:
                raise BadParameter("cell: say of which scheme, too", parameter="cell")
            if cell_find(as_of_time(scheme, at), asked["cell"]) is None:
                sentence = f"cell: the scheme {scheme.code} has no cell {shown(asked['cell'])} then"
                raise BadParameter(sentence, parameter="cell")
        found = features_list(
            privacy, page, at=at, scheme=scheme, **{name: asked[name] for name in ("cell", "q", "bbox")}
        )
        return page_response(request, page, found, FeatureRowSerializer(found.rows, many=True).data)


class FeatureView(ReadView):
    """One feature."""

    @described("feature", summary="One feature", parameters=[FeatureParameters], answer=FeatureSerializer)
    def get(self, request: Request, layer: str, key: str) -> Response:
        """Give a feature and its cell in each scheme."""
        asked = FeatureParameters.of(request)
        scheme, at = asked_scheme(asked["scheme"]), asked["at"] or timezone.now()
        found = feature_find(_seen(request, layer), key, at)
        if found is None:
            raise NotFound(f"the layer {layer} has no feature {shown(key)} that you may see", key=key)
        facts = {name: getattr(found, name) for name in ("layer", "key", "name", "attributes", "geometry")}
        assignments = feature_assignments(found.ident, at, scheme)
        return Response(FeatureSerializer({**facts, "assignments": assignments}).data)


def _seen(request: Request, layer: str) -> LayerPrivacy:
    return layers_seen([layer_get(layer)], private=allowed(request.user, "features.private"))[0]
