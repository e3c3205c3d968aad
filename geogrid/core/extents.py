"""The extent of a scheme beside the cells that divide it: given once, it gets no nodes when borders meet it.

A node on its border is rounded to the lattice, and later ones lie between those, so that the outline of the
cells leaves the straight edge of the extent by a step and a little. It is the outline that goes on being
divided; the extent is led along it before the two are compared.
"""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.chains import net_edges
from geogrid.core.junctions import led_along_points
from geogrid.core.lattice import STEP_DEGREES, Shapes, to_degrees
from geogrid.core.mesh import mesh_of

#: A corner of the outline so near to an edge of the extent lies on it, in degrees: eight steps, 9 mm. Each
#: node between nodes is rounded by half a step, and of 40 one after the other the last was found 3 steps off;
#: strips of 1 cm are still told from the border (geometry.md 9).
REACH_DEGREES = 8 * STEP_DEGREES


def extent_along(extent: shapely.MultiPolygon, shapes: Shapes) -> shapely.MultiPolygon:
    """Lead the border of an extent through the vertices of the cells' outline that lie on it.

    Parameters
    ----------
    extent : shapely.MultiPolygon
    shapes : (n,) shapely MultiPolygon
        The cells of the top level; those without land count for nothing.

    Returns
    -------
    shapely.MultiPolygon
    """
    landed = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    mesh = mesh_of(landed)
    edges, _ = mesh.edges()
    if not len(edges):
        return extent
    outline, _ = net_edges(edges, np.ones(len(edges), dtype=np.int64))
    places = to_degrees(mesh.xy[np.unique(outline)])
    near = shapely.dwithin(shapely.boundary(extent), shapely.points(places), REACH_DEGREES)
    return led_along_points(extent, places[near], REACH_DEGREES)
