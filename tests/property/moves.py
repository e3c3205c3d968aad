"""What becomes of shapes when a node is moved, whatever the engine makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from geogrid.core.lattice import STEP_DEGREES, to_lattice
from tests.property.cases import Case, thin


def shape_moved(case: Case, shape: shapely.Geometry) -> shapely.Geometry | None:
    """Give a shape with the node moved; None if that is no polygon, or for other actions."""
    if case.action != "move_node":
        return None
    at, to = (to_lattice(np.array(case.params[name])) for name in ("at", "to"))
    moved = shapely.transform(
        shape, lambda xy: np.where((to_lattice(xy) == at).all(axis=1)[:, None], to / 1e8, xy)
    )
    return moved if shapely.is_valid(moved) else None


def turned_over(was: shapely.Geometry, now: shapely.Geometry) -> bool:
    """Tell whether a ring came to run the other way round: its inside is on the other side."""
    ways = [shapely.is_ccw(shapely.get_rings(shapely.get_parts(shape))) for shape in (was, now)]
    return bool((ways[0] != ways[1]).any())


def ends_beside(shape: shapely.Geometry, at: shapely.Point) -> Iterator[tuple[shapely.Point, shapely.Point]]:
    """Give the vertices before and after a vertex, on each ring that has it."""
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        xy = shapely.get_coordinates(ring)[:-1]
        for place in np.flatnonzero((xy == shapely.get_coordinates(at)[0]).all(axis=1)).tolist():
            yield shapely.Point(xy[place - 1]), shapely.Point(xy[(place + 1) % len(xy)])


def sticks_out(case: Case) -> bool:
    """Tell whether a cell would lie partly outside of the one above it."""
    moved = {cell.ident: shape_moved(case, cell.shape) for cell in case.cells}
    for cell in case.cells:
        above = moved.get(cell.parent)
        if cell.parent is not None and (
            above is None or not thin(shapely.difference(moved[cell.ident], above), STEP_DEGREES / 4)
        ):
            return True
    return False


def swept(before: Any, after: Any, at: Any, to: Any) -> shapely.Geometry:
    """Give the land between the borders from one vertex by a node to another, the node here and there."""
    sides = [shapely.convex_hull(shapely.MultiPoint([before, place, after])) for place in (at, to)]
    if all(side.geom_type == "Polygon" for side in sides):
        return shapely.symmetric_difference(*sides)
    return next((side for side in sides if side.geom_type == "Polygon"), shapely.Polygon())
