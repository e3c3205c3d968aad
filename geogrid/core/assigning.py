"""Which one cell a feature belongs to, and by which rule (geometry.md 15, 17)."""

from __future__ import annotations

from dataclasses import dataclass

from geogrid.core.lattice import Shapes
from geogrid.core.locating import Locator

WITHIN = "within"
BOUNDARY_TIEBREAK = "boundary_tiebreak"
MAX_OVERLAP = "max_overlap"
GAP = "gap"
OUTSIDE = "outside"
#: How a feature can be placed by its geometry alone.
METHODS = (WITHIN, BOUNDARY_TIEBREAK, MAX_OVERLAP, GAP, OUTSIDE)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one feature belongs.

    Attributes
    ----------
    cell : int
        Index among the cells of the land; -1 if none.
    method : str
        One of `METHODS`.
    share : float
        How much of the feature's area, length or points lies in the cell; 1.0 for a point, 0.0 if no cell.
    on_edge : bool
        A point on a border, or a tie between cells.
    shares : tuple of (cell, share), optional
        Where the feature meets several cells or lies partly outside; largest first, ties in byte order.
    nearest_m : float, optional
        For `gap` and `outside` how far the nearest leaf is, in metres.
    nearest : int
        That leaf; -1 if none.
    """

    cell: int
    method: str
    share: float
    on_edge: bool
    shares: tuple[tuple[int, float], ...] | None
    nearest_m: float | None
    nearest: int


def place_features(locator: Locator, shapes: Shapes) -> list[Placed]:
    """Place features of any kind of geometry, each in exactly one leaf or in none for a reason."""
    raise NotImplementedError
