"""On which side of an edge a lattice point lies, exactly, however long the edge (geometry.md 2)."""

from __future__ import annotations

from geogrid.core.compiling import compiled

# Differences below this have products whose difference fits 64 bits.
_SHORT = 1 << 31
_HALF_BITS = 20


@compiled
def turn_exactly(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> int:
    """Give 1 where a point lies left of a → b, -1 where right, 0 where on that line; lattice integers."""
    dx, dy, px, py = bx - ax, by - ay, x - ax, y - ay
    if abs(dx) < _SHORT and abs(dy) < _SHORT and abs(px) < _SHORT and abs(py) < _SHORT:
        whole = dx * py - dy * px
        return int(whole > 0) - int(whole < 0)
    # No difference is above 2^36: with py and px in two halves neither sum comes near 2^63.
    mask = (1 << _HALF_BITS) - 1
    high = dx * (py >> _HALF_BITS) - dy * (px >> _HALF_BITS)
    low = dx * (py & mask) - dy * (px & mask)
    high += low >> _HALF_BITS
    if high != 0:
        return 1 if high > 0 else -1
    return int((low & mask) != 0)


@compiled
def is_above(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> bool:
    """Tell whether a point lies above an edge that runs from the west to the east of it, or on top of it.

    The edge is a → b with ax < bx. On the edge counts what is there a little to the east and a far smaller
    bit to the north of the point: the place whose state the corners of squares have.
    """
    turn = turn_exactly(ax, ay, bx, by, x, y)
    return turn > 0 or (turn == 0 and by <= ay)


@compiled
def first_above(ax: int, ay: int, bx: int, by: int, x: int, low: int, high: int) -> int:
    """Find the lowest row from `low` to `high` in which the point at x is above an edge: see `is_above`.

    It is not above it in row `low`; `high + 1` if it is above it in none.
    """
    if ax > bx:
        ax, ay, bx, by = bx, by, ax, ay
    if not is_above(ax, ay, bx, by, x, high):
        return high + 1
    # Doubles come within a step of the crossing; whole numbers decide.
    row = ay + int((by - ay) * ((x - ax) / (bx - ax)))
    row = min(max(row, low + 1), high)
    while not is_above(ax, ay, bx, by, x, row):
        row += 1
    while row - 1 > low and is_above(ax, ay, bx, by, x, row - 1):
        row -= 1
    return row
