"""Lands of a few cells, drawn in lattice steps, with an editor that checks what is done to them."""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.actions import action_of, perform
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.land import LandLevel
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from tests.property.editing import Editor
from tests.property.strategies import Start, World, ids
from tests.property.tally import Tally

EXACT = Tolerance(area_m2=0.0, width_m=0.0)
HERE = (11_700_000_000, 3_000_000_000)


def polygon(*corners, at=HERE):
    """Make a multi-polygon of lattice positions from a corner."""
    return shapely.MultiPolygon([shapely.Polygon(to_degrees(np.array(corners) + at))])


def land(*cells, rules=("partition", "partition"), tolerance=EXACT):
    """Make a coverage of `(code, parent, shape)`; a cell is of the level below its parent's."""
    levels = [LandLevel(f"level{n}", rule, n - 1) for n, rule in enumerate(rules)]
    shapes = polygons_of(node_mesh(mesh_of([shape for *_, shape in cells])))
    new, made = ids(), {}
    for (code, parent, _), shape in zip(cells, shapes, strict=True):
        above = made.get(parent)
        level = 0 if above is None else above.level + 1
        made[code] = Cell(next(new), level, code, "", "", above and above.ident, shape)
    world = World("here", (0, 0), (0, 0), tolerance)
    return Editor(Start(world, Coverage.of(levels, made.values())), Tally())


def box(west, south, east, north):
    return polygon((west, south), (east, south), (east, north), (west, north))


def union(*shapes):
    """Join land that has a border in common."""
    return shapely.MultiPolygon([shapely.union_all(list(shapes))])


def geojson(shape):
    return shapely.geometry.mapping(shape)


def line(*places, at=HERE):
    return geojson(shapely.LineString(to_degrees(np.array(places) + at)))


def attempt(editor, action, params):
    """Make an edit and nothing else: its refusal comes through."""
    now = editor.history.now.coverage
    return perform(action_of(action, params), now, ids(3), tolerance=EXACT)
