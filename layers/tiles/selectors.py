"""Questions about the tiles of features."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import connection

from boundaries.models import Scheme
from geogrid.web.tiles import TileAddress
from layers.models import Layer
from layers.selectors import QUERIES

#: From this zoom on each feature is drawn by itself, unless there are too many.
SINGLE_FROM = 12
#: From this zoom on polygons are drawn as they are, below as a point.
WHOLE_FROM = 14
#: How many features a tile shows one by one at most.
MOST_SINGLE = 5_000
#: How many of a tile's units wide the squares are whose features become one cluster in a crowd: 16 pixels.
CROWD_SQUARE = 128

EXTENT = 4096
BUFFER = 64


def private_attributes(layer: Layer) -> frozenset[str]:
    """Name the attributes of a layer that its schema, or the document of any scheme, keeps private."""
    properties: Mapping[str, Mapping[str, Any]] = layer.schema.get("properties", {})
    private = {name for name, entry in properties.items() if entry.get("x-private")}
    for document in Scheme.objects.values_list("document", flat=True):
        for kind in ("layers", "registers"):
            fields = document.get(kind, {}).get(layer.code, {}).get("fields", {})
            private |= {name for name, field in fields.items() if field.get("private")}
    return frozenset(private)


def feature_tile(layer: Layer, scheme: Scheme | None, at: dt.datetime, address: TileAddress) -> bytes:
    """Draw a tile: the layer `features`, and `clusters` where there are too many; no bytes if there is nothing."""
    private = private_attributes(layer)
    parameters = {
        "layer": layer.pk,
        "scheme": scheme.pk if scheme else None,
        "at": at,
        "z": address.z,
        "x": address.x,
        "y": address.y,
        "extent": EXTENT,
        "buffer": BUFFER,
        "whole": address.z >= WHOLE_FROM,
        "most": MOST_SINGLE,
        "square": CROWD_SQUARE,
        "key_public": private.isdisjoint(layer.key_fields),
        "name_public": "name" not in private,
        "category_public": "category" not in private,
    }
    with connection.cursor() as cursor:
        if address.z < SINGLE_FROM:
            cursor.execute(QUERIES["feature_tile_far"], parameters)
        else:
            cursor.execute(QUERIES["features_crowded"], parameters)
            crowded = cursor.fetchone()[0]
            cursor.execute(QUERIES["feature_tile"], {**parameters, "clustered": crowded})
        return bytes(cursor.fetchone()[0])
