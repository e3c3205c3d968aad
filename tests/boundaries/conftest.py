"""A scheme, and what puts cells into it."""

from __future__ import annotations

import pytest
import shapely

from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from geogrid.core.crs import resolve_crs
from tests.boundaries.schemes import three_levels

WGS = resolve_crs("EPSG:4326")


@pytest.fixture
def scheme(db):
    """Three levels, each a partition of the one above."""
    return three_levels()


@pytest.fixture
def put(scheme):
    """Put cells `(code, parent, shape)` of a level into a draft; give what that did."""

    def put(level, *cells, draft="import", replace=False, system=WGS, name=""):
        return draft_cells_put(
            draft=draft_open(scheme=scheme, name=draft),
            level=scheme.levels.get(code=level),
            system=system,
            incoming=[
                IncomingCell(row, code, name, parent, {}, shape)
                for row, (code, parent, shape) in enumerate(cells, start=1)
            ],
            replace=replace,
        )

    return put


def square(x, y, size=0.01):
    """A square of so many degrees."""
    return shapely.box(x, y, x + size, y + size)
