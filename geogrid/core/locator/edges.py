"""The borders of polygons as edges between lattice points, each with its owner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.locator.threads import in_threads, ranges

Words = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges, in the order of the rings: edge v runs from vertex v to vertex v + 1.

    Attributes
    ----------
    xy : (v, 2) int64
        Lattice positions of all rings, one after the other, closed.
    owner : (v,) int32
        The polygon whose border it is; -1 where vertex v is the last of a ring.
    """

    xy: IntArray
    owner: Words

    @classmethod
    def of(cls, shapes: Shapes) -> Edges:
        """Take (m,) Polygons or MultiPolygons, not empty, longitude/latitude; brought to the lattice."""
        parts, of = shapes, np.arange(len(shapes))
        if (shapely.get_type_id(shapes) != shapely.GeometryType.POLYGON).any():
            parts, of = shapely.get_parts(shapes, return_index=True)
        if shapely.get_num_interior_rings(parts).any():
            parts, of_ring = shapely.get_rings(parts, return_index=True)
            of = of[of_ring]
        size = shapely.get_num_coordinates(parts)
        owner = np.repeat(of.astype(np.int32), size)
        owner[np.cumsum(size) - 1] = -1
        lonlat = shapely.get_coordinates(parts)
        xy = np.empty(lonlat.shape, dtype=np.int64)
        in_threads(lambda part: _round(lonlat[part], xy[part]), ranges(len(xy), 100_000))
        return cls(xy, owner)

    @classmethod
    def joined(cls, ends: IntArray, owner: IntArray) -> Edges:
        """Take (k, 4) edges, ax, ay, bx, by, with their owners."""
        between = np.full(len(owner), -1, dtype=np.int32)
        xy = np.ascontiguousarray(ends, dtype=np.int64).reshape(-1, 2)
        return cls(xy, np.stack([owner.astype(np.int32), between], axis=1).reshape(-1))

    def and_of(self, other: Edges) -> Edges:
        """Put the edges of others after these."""
        return Edges(np.concatenate([self.xy, other.xy]), np.concatenate([self.owner, other.owner]))

    def __len__(self) -> int:
        return int((self.owner >= 0).sum())


@compiled
def _round(lonlat: FloatArray, xy: IntArray) -> None:
    """Bring positions to the lattice, as `to_lattice` does."""
    for i in range(len(lonlat)):
        xy[i, 0] = np.int64(np.floor(lonlat[i, 0] * 1e8 + 0.5))
        xy[i, 1] = np.int64(np.floor(lonlat[i, 1] * 1e8 + 0.5))
