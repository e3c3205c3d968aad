"""Where edits get the lines of layers from, without knowing layers: an upper app registers a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import shapely

from boundaries.models import Scheme
from geogrid.core.errors import BadInput


class LineSource(Protocol):
    """Something that knows the features of layers."""

    def lines_of_layer(
        self, *, scheme: Scheme, layer: str, wanted: Mapping[str, Any], land: shapely.Geometry
    ) -> list[shapely.Geometry]:
        """Give the lines, and the rings of polygons, of the features of a layer that meet a land now.

        Parameters
        ----------
        layer : str
            Its code.
        wanted : mapping
            Attributes and the values that they have to have; all features if empty.
        land : shapely geometry
            Longitude/latitude.

        Raises
        ------
        NotFound
            If there is no such layer.
        """


_sources: list[LineSource] = []


def register(source: LineSource) -> None:
    """Let lines be asked for from now on."""
    _sources.append(source)


def lines_of_layer(
    *, scheme: Scheme, layer: str, wanted: Mapping[str, Any], land: shapely.Geometry
) -> list[shapely.Geometry]:
    """Give the lines of the features of a layer that meet a land now."""
    if not _sources:
        raise BadInput("this installation has no layers")
    return [
        line
        for source in _sources
        for line in source.lines_of_layer(scheme=scheme, layer=layer, wanted=wanted, land=land)
    ]
