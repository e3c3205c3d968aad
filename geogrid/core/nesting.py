"""Which cell of the level above a cell belongs to, where nobody has said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.lattice import IntArray, Shapes

#: Shares closer than this are a tie (geometry.md 15).
_TIE = 1e-9


def parents_by_share(children: Shapes, parents: Shapes, codes: Sequence[str]) -> IntArray:
    """Give each child the parent that holds the largest share of its land.

    Parameters
    ----------
    children, parents : (n,), (m,) shapely MultiPolygon, longitude/latitude, valid
    codes : sequence of str, m
        Among equal shares the parent with the lowest code in byte order wins.

    Returns
    -------
    (n,) int64
        Index among the parents; -1 where none shares any land.
    """
    found = np.full(len(children), -1, dtype=np.int64)
    if not len(children) or not len(parents):
        return found
    rank = np.argsort(np.argsort(np.array(codes, dtype=object), kind="stable"), kind="stable")
    tree = shapely.STRtree(children)
    parent, child = tree.query(parents, predicate="covers")
    for one, other in zip(child.tolist(), parent.tolist(), strict=True):
        if found[one] < 0 or rank[other] < rank[found[one]]:
            found[one] = other
    left = np.flatnonzero((found < 0) & ~shapely.is_empty(children))
    if not len(left):
        return found
    of, parent = shapely.STRtree(parents).query(children[left], predicate="intersects")
    child = left[of]
    shared = polygon_areas(shapely.intersection(children[child], parents[parent]))
    shares = shared / np.maximum(polygon_areas(children)[child], 1e-300)
    order = np.lexsort((rank[parent], child))
    best: dict[int, tuple[float, int]] = {}
    for pair in order.tolist():
        share = float(shares[pair])
        if share > 0 and share > best.get(int(child[pair]), (0.0, -1))[0] + _TIE:
            best[int(child[pair])] = (share, int(parent[pair]))
    for one, (_, other) in best.items():
        found[one] = other
    return found
