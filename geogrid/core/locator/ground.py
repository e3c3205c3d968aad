"""The land in which a place without a leaf is a gap, kept only where there may be such a place."""

from __future__ import annotations

import numpy as np

from geogrid.core.lattice import Shapes
from geogrid.core.locator import reading
from geogrid.core.locator.building import squares_within
from geogrid.core.locator.edges import Edges
from geogrid.core.locator.frame import Frame
from geogrid.core.locator.points import PointIndex
from geogrid.core.locator.walking import NOBODY

# Where the ground reaches beyond the leaves, the raster may have so many times the squares of theirs.
_WIDER, _A_FEW = 2, 4096


def ground_index(leaves: PointIndex, shapes: Shapes) -> PointIndex:
    """Index the ground around leaves.

    The borders of all parents are those of leaves again: kept whole, they would take more than the leaves.
    So it has the squares of the leaves, and nothing in those that leaves hold all of.

    Parameters
    ----------
    leaves : PointIndex
    shapes : (k,) shapely Polygon or MultiPolygon, not empty
        Longitude/latitude; see `covered_ground`.

    Returns
    -------
    PointIndex
        It answers 0 for a place on the ground that no leaf holds, -1 for another, and either where one does.
    """
    edges = Edges.of(shapes)
    frame = _around(leaves, edges)
    if frame is None:
        return PointIndex.of(shapes, np.zeros(len(shapes), dtype=np.int64))
    nobody = np.zeros(0, dtype=np.int32)
    squares = squares_within(edges, np.zeros(len(shapes), dtype=np.int32), frame, nobody)
    x0, y0, kx, ky = leaves.grid[:4].tolist()
    col, row = (frame.x0 - x0) >> kx, (frame.y0 - y0) >> ky
    covered = reading.covered_squares(leaves.board, col, row, frame.cols, frame.rows)
    squares.raster[covered] = NOBODY
    return PointIndex.from_squares(squares).compacted()


def _around(leaves: PointIndex, edges: Edges) -> Frame | None:
    """Widen the frame of leaves over the ground; None if that would be far larger, or there are no leaves."""
    x0, y0, kx, ky, cols, rows = leaves.grid[:6].tolist()
    if not len(edges.xy) or not len(leaves.words):
        return None
    x, y = edges.xy[:, 0], edges.xy[:, 1]
    west, south = min((int(x.min()) - 1 - x0) >> kx, 0), min((int(y.min()) - y0) >> ky, 0)
    east, north = max((int(x.max()) - x0) >> kx, cols - 1), max((int(y.max()) - y0) >> ky, rows - 1)
    frame = Frame(x0 + (west << kx), y0 + (south << ky), kx, ky, east - west + 1, north - south + 1)
    return frame if frame.squares <= _WIDER * cols * rows + _A_FEW else None
