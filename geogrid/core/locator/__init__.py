"""Exactly one leaf for every point: on edges and corners too, and for millions at once.

`Locator` answers for a land in memory. See docs/reference/locating.md.
"""

from geogrid.core.locator.locating import Located, Locator, Reason
from geogrid.core.locator.points import PointIndex, on_the_lattice

__all__ = ["Located", "Locator", "PointIndex", "Reason", "on_the_lattice"]
