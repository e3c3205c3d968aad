"""The lines of features, along which cells are split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry

from boundaries.models import STORED_SRID, Scheme
from geogrid.core.errors import BadInput, NotFound
from layers.models import Feature, Layer

_MOST = 5_000
"""How many features one edit takes; more are hardly one intent, and noding them takes its time."""


class FeatureLines:
    """Gives the lines of features and the rings of those that are areas."""

    def lines_of_layer(
        self, *, scheme: Scheme, layer: str, wanted: Mapping[str, Any], land: shapely.Geometry
    ) -> list[shapely.Geometry]:
        """Give the lines of the features of a layer that meet a land now; points have none."""
        known = Layer.objects.filter(code=layer).first()
        if known is None:
            codes = ", ".join(sorted(Layer.objects.values_list("code", flat=True)))
            raise NotFound(f"there is no layer {layer!r}; there are: {codes}", layer=layer)
        place = GEOSGeometry(memoryview(shapely.to_wkb(land)), srid=STORED_SRID)
        found = Feature.objects.filter(layer=known, geom__intersects=place)
        if wanted:
            found = found.filter(attributes__contains=dict(wanted))
        shapes = [
            shapely.from_wkb(bytes(shape.wkb)) for shape in found.values_list("geom", flat=True)[: _MOST + 1]
        ]
        if len(shapes) > _MOST:
            raise BadInput(
                f"more than {_MOST:,} features of the layer {layer} meet the cell; say which with `filter`"
            )
        return [line for shape in shapes if (line := _line(shape)) is not None]


def _line(shape: shapely.Geometry) -> shapely.Geometry | None:
    dimension = shapely.get_dimensions(shape)
    if dimension == 1:
        return shape
    return shapely.boundary(shape) if dimension == 2 else None
