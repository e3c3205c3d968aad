"""Small lands for tests."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

import numpy as np
import shapely

from geogrid.core.land import Land, LandLevel
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of


def land_of(levels, cells, *, extent=None, noded=True):
    """Make a land of `(code, rule)` levels, each below the one before, and cells.

    Cells are `(code, level, parent, shape)`. A parent is a code of a level above, the nearest that
    has it; shapes are noded together unless told otherwise.
    """
    names = [code for code, _ in levels]
    order = sorted(range(len(cells)), key=lambda i: (names.index(cells[i][1]), cells[i][0]))
    cells = [cells[i] for i in order]
    place = {(level, code): i for i, (code, level, _, _) in reversed(list(enumerate(cells)))}
    above = {name: names[:i][::-1] for i, name in enumerate(names)}
    shapes = np.array([shape if shape is None else _multi(shape) for *_, shape in cells], dtype=object)
    if noded and cells:
        there = ~shapely.is_missing(shapes)
        around = [] if extent is None else [_multi(extent)]
        together = np.array([*shapes[there], *around], dtype=object)
        shapes[there] = polygons_of(node_mesh(mesh_of(together)))[: there.sum()]
    return Land(
        levels=tuple(LandLevel(code, rule, i - 1) for i, (code, rule) in enumerate(levels)),
        ident=[uuid5(NAMESPACE_OID, f"{i} {code}") for i, (code, *_) in enumerate(cells)],
        code=[code for code, *_ in cells],
        name=[f"cell {code}" for code, *_ in cells],
        level=np.array([names.index(level) for _, level, _, _ in cells], dtype=np.int64),
        parent=np.array(
            [
                next((place[up, parent] for up in above[level] if (up, parent) in place), -1)
                for _, level, parent, _ in cells
            ],
            dtype=np.int64,
        ),
        shapes=shapes,
        extent=None if extent is None else _multi(extent),
    )


def _multi(shape):
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
