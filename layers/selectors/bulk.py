"""Features and stored answers by the thousand, as arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray

from boundaries.models import Scheme
from geogrid.core.assigning import METHODS
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.db.packed import asked_in_binary, unpacked
from layers.models import Layer
from layers.selectors import QUERIES, rows_of

#: How many features that are no points are in memory at once.
SHAPES_AT_ONCE = 5_000
_POINT = [("id", ">i8"), ("lon", ">f8"), ("lat", ">f8")]
_STORED = [
    ("id", ">i8"),
    ("cell", "V16"),
    ("method", ">i8"),
    ("share", ">f8"),
    ("nearest_m", ">f8"),
    ("on_edge", "?"),
    ("plain", "?"),
]
#: The methods as they are counted in what is stored, from 1 on; others are 0.
STORED_METHODS = list(METHODS)


@dataclass(frozen=True, slots=True)
class Batch:
    """The features after one id up to another, of those that a scheme, or one layer of it, answers for."""

    scheme: Scheme
    layer: Layer | None
    after: int
    upto: int

    @property
    def _facts(self) -> dict[str, Any]:
        layer = self.layer and self.layer.pk
        return {"scheme": self.scheme.pk, "layer": layer, "after": self.after, "upto": self.upto}

    def points(self) -> tuple[IntArray, FloatArray, int]:
        """Give the ids and places, (n, 2) float64, of what is a point, and how many others there are."""
        ((packed, others),) = asked_in_binary(connection, QUERIES["batch_points"], self._facts)
        rows = unpacked(packed, _POINT)
        return rows["id"].astype(np.int64), np.column_stack([rows["lon"], rows["lat"]]).astype(float), others

    def shapes(self) -> Iterator[tuple[IntArray, Shapes]]:
        """Give the others, some thousand at a time."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(QUERIES["batch_shapes"], self._facts)
            while rows := cursor.fetchmany(SHAPES_AT_ONCE):
                shapes = np.empty(len(rows), dtype=object)
                shapes[:] = shapely.from_wkb([bytes(row[1]) for row in rows])
                yield np.array([row[0] for row in rows], dtype=np.int64), shapes

    def stored(self, since: dt.datetime) -> NDArray[Any]:
        """Give what is stored from a time on, in order of the features."""
        facts = {**self._facts, "since": since, "methods": STORED_METHODS}
        ((packed,),) = asked_in_binary(connection, QUERIES["batch_stored"], facts)
        return unpacked(packed, _STORED)

    def decided(self, since: dt.datetime) -> IntArray:
        """Give the features about which people decided something from a time on."""
        rows = rows_of("batch_decided", {**self._facts, "since": since})
        return np.array([row[0] for row in rows], dtype=np.int64)


def features_count(scheme: Scheme, layer: Layer | None) -> int:
    """Count the features that a scheme answers for, of one layer or of all."""
    count: int = rows_of("features_count", {"scheme": scheme.pk, "layer": layer and layer.pk})[0][0]
    return count


def batch_end(after: int, count: int) -> int | None:
    """Give the id with which so many features after an id end; None if there are no more."""
    end: int | None = rows_of("batch_end", {"after": after, "count": count})[0][0]
    return end
