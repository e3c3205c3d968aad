"""A published land of three levels, and how its tiles are asked for."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from geogrid.core.simplifying import WORLD_EDGE, to_mercator
from tests.boundaries.schemes import three_levels
from tests.core.test_simplifying import block
from tests.tiles.mvt import read_tile

WGS = resolve_crs("EPSG:4326")


@pytest.fixture
def scheme(db):
    """Three levels, each a partition of the one above, and nothing in them."""
    return three_levels()


@pytest.fixture
def put(scheme):
    """Put the cells of a land into a draft."""

    def put(land, draft="import"):
        for number, level in enumerate(land.levels):
            cells = (land.level == number).nonzero()[0].tolist()
            parents = [land.code[land.parent[cell]] if land.parent[cell] >= 0 else "" for cell in cells]
            draft_cells_put(
                draft=draft_open(scheme=scheme, name=draft),
                level=scheme.levels.get(code=level.code),
                system=WGS,
                incoming=[
                    IncomingCell(
                        row, land.code[cell], f"cell {land.code[cell]}", parent, {}, land.shapes[cell]
                    )
                    for row, (cell, parent) in enumerate(zip(cells, parents, strict=True), start=1)
                ],
            )
        return scheme.drafts.get(name=draft, state="open")

    return put


@pytest.fixture
def published(scheme, put):
    """The scheme with wandering borders, published."""
    publication = draft_publish(draft=put(block(3, 4)))
    assert publication.edition is not None
    return scheme


@pytest.fixture
def tile(client):
    """Ask for a tile; give its layers."""

    def tile(path):
        response = client.get(path)
        assert response.status_code in {200, 204}, response.content
        return read_tile(response.content)

    return tile


def tiles_over(shapes, zoom):
    """Give the columns and rows of the tiles that shapes in degrees touch, and one more around."""
    west, south, east, north = shapely.total_bounds(shapes)
    corners = to_mercator(np.array([[west, north], [east, south]]))
    side = 2 * WORLD_EDGE / 2**zoom
    first = ((corners[0] * [1, -1] + WORLD_EDGE) // side).astype(int) - 1
    last = ((corners[1] * [1, -1] + WORLD_EDGE) // side).astype(int) + 1
    most = 2**zoom
    return [
        (x, y)
        for x in range(max(0, first[0]), min(most, last[0] + 1))
        for y in range(max(0, first[1]), min(most, last[1] + 1))
    ]
