"""Exactly one leaf for every point: on edges and corners too, and for millions at once.

`Locator` answers for a land in memory. What it asks for points is a `PointIndex`; a `CellIndex` is that with
the names of the cells, one flat buffer that can be saved as a file, mapped by many processes, and patched
where the land changed. See docs/reference/locating.md.
"""

from geogrid.core.locator.index import CellIndex
from geogrid.core.locator.located import Located, Reason
from geogrid.core.locator.locating import Locator
from geogrid.core.locator.patching import NewCell, Patch, patch_of
from geogrid.core.locator.points import PointIndex, on_the_lattice
from geogrid.core.locator.renewing import Renewal, renewal_of

__all__ = [
    "CellIndex",
    "Located",
    "Locator",
    "NewCell",
    "Patch",
    "PointIndex",
    "Reason",
    "Renewal",
    "on_the_lattice",
    "patch_of",
    "renewal_of",
]
