"""Questions about the tiles of features."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from boundaries.models import Scheme
from geogrid.web.tiles import TileAddress
from layers.models import Layer
from layers.selectors import QUERIES
from layers.selectors.privacy import layers_seen

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


def feature_tile(layer: Layer, scheme: Scheme | None, at: dt.datetime, address: TileAddress) -> bytes:
    """Draw a tile: the layer `features`, and `clusters` where there are too many; no bytes if it is bare."""
    (seen,) = layers_seen([layer], private=False)
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
        "key_public": not seen.hides_key,
        "name_field": seen.name_field,
        "name_public": not seen.hides_name,
        "category_public": "category" not in seen.hidden,
    }
    with connection.cursor() as cursor:
        if address.z < SINGLE_FROM:
            cursor.execute(QUERIES["feature_tile_far"], parameters)
        else:
            cursor.execute(QUERIES["features_crowded"], parameters)
            crowded = cursor.fetchone()[0]
            cursor.execute(QUERIES["feature_tile"], {**parameters, "clustered": crowded})
        return bytes(cursor.fetchone()[0])
