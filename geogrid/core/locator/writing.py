"""Squares as words: what to look at to answer for any point of a square.

A block answers for one square. It begins on a multiple of four words and is a series of groups:

    narrow, wide, candidates (+ 256 if another group follows), holding
    the candidates, cells, their codes in byte order
    narrow edges, five words each: ax, ay, bx, by, owners
    wide edges, nine words each: the same four numbers in two words each, the low one first, owners

Edges are seen from the square's lower left corner, and run upwards. `holding` and `owners` are sets of up to
32 candidates, a bit each: those that hold the corner, and those whose border the edge is. Of the edges to the
left of a point each one switches its owners: between outside and inside. See `add_rays` for the edges of no
border that stand one step to the left of the square.
"""

from __future__ import annotations

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import is_above

GROUP = 32
MORE = 256
#: Words of a narrow and of a wide edge, and of the head of a group.
NARROW, WIDE, HEAD = 5, 9, 4
#: Coordinates from -2^30 to 2^30, of edges and of points, have differences whose products, and the difference
#: of those, fit 64 bits.
SHORT_BITS = 30
SHORT = 1 << SHORT_BITS
_LOW = 0xFFFFFFFF
#: Numbers of an edge as it is loaded, and gathered: four coordinates, owner or owners, the next of its hash.
LOADED, GATHERED = 5, 6


@compiled
def as_word(value: int) -> int:
    """Give the low half of a number as a signed word."""
    value &= _LOW
    return value - (_LOW + 1) if value > _LOW >> 1 else value


@compiled
def place_of(candidates: Words, count: int, wanted: int) -> int:
    """Find a number among ascending ones."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if candidates[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def toggled(members: Words, count: int, one: int) -> int:
    """Put a number in a set of ascending numbers, or take it out; give the size of the set afterwards."""
    at = place_of(members, count, one)
    if at < count and members[at] == one:
        for i in range(at, count - 1):
            members[i] = members[i + 1]
        return count - 1
    for i in range(count, at, -1):
        members[i] = members[i - 1]
    members[at] = one
    return count + 1


@compiled
def load(xy: IntArray, owner: Words, listed: Words, near: IntArray) -> None:
    """Lay edges side by side, each upwards: ax, ay, bx, by, owner."""
    for at in range(len(listed)):
        edge = listed[at]
        ax, ay, bx, by = xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1]
        if by < ay or (by == ay and bx < ax):
            ax, ay, bx, by = bx, by, ax, ay
        near[at, 0], near[at, 1], near[at, 2], near[at, 3], near[at, 4] = ax, ay, bx, by, owner[edge]


@compiled
def gather(
    near: IntArray, listed: int, candidates: Words, first: int, count: int, found: IntArray, heads: Words
) -> int:
    """Put together the edges of `count` candidates from the `first` on, each once with all its owners.

    An edge that is twice in one border stays twice: it then switches its owner back.
    """
    slots = 1
    while slots < 2 * listed:
        slots *= 2
    for slot in range(slots):
        heads[slot] = -1
    size = 0
    for edge in range(listed):
        ax, ay, bx, by, owner = near[edge, 0], near[edge, 1], near[edge, 2], near[edge, 3], near[edge, 4]
        bit = place_of(candidates, first + count, owner) - first
        if bit < 0 or bit >= count or candidates[first + bit] != owner:
            continue
        slot = ((ax * 31 + ay) * 31 + (bx - ax) * 7 + by - ay) & (slots - 1)
        at = heads[slot]
        while at >= 0:
            same = found[at, 0] == ax and found[at, 1] == ay and found[at, 2] == bx and found[at, 3] == by
            if same and not (found[at, 4] >> bit) & 1:
                break
            at = found[at, 5]
        if at < 0:
            at = size
            found[at, 0], found[at, 1], found[at, 2], found[at, 3] = ax, ay, bx, by
            found[at, 4], found[at, 5] = 0, heads[slot]
            heads[slot] = at
            size += 1
        found[at, 4] |= 1 << bit
    return size


@compiled
def _add_ray(found: IntArray, size: int, count: int, x: int, row: int, top: int, owners: int) -> int:
    """Add an edge of no border from a row to above the top; two from the same row are one, or none."""
    for at in range(size, count):
        if found[at, 1] == row:
            found[at, 4] ^= owners
            return count
    found[count, 0], found[count, 1], found[count, 2], found[count, 3] = x, row, x, top + 1
    found[count, 4] = owners
    return count + 1


@compiled
def add_rays(found: IntArray, size: int, x0: int, y0: int, top: int, holding: int) -> tuple[int, int]:
    """Make up for what a square does not see of the edges that reach beyond its left side.

    What is left of a point is counted with all of each edge. Right would be what is between the point and
    the left side, and what crosses the left side between the corner and the height of the point. Worked out
    for an edge, the two differ by: one for each of its ends beyond the left side and not above the point,
    and one if it crosses the left side below the corner. Ends of edges that go on into each other cancel.

    Returns
    -------
    count : int
        How many edges there are with those added of no border: upwards from such ends.
    holding : int
        The candidates that count as holding the corner.
    """
    count = size
    for at in range(size):
        ax, ay, bx, by, owners = found[at, 0], found[at, 1], found[at, 2], found[at, 3], found[at, 4]
        if ax > x0 and bx > x0:
            continue
        if (ax <= x0 < bx and is_above(ax, ay, bx, by, x0, y0)) or (
            bx <= x0 < ax and is_above(bx, by, ax, ay, x0, y0)
        ):
            holding ^= owners
        for x, y in ((ax, ay), (bx, by)):
            if x <= x0 and y <= y0:
                holding ^= owners
            elif x <= x0 and y <= top:
                count = _add_ray(found, size, count, x0 - 1, y, top, owners)
    kept = size
    for at in range(size, count):
        if found[at, 4] != 0:
            found[kept] = found[at]
            kept += 1
    return kept, holding


@compiled
def _is_narrow(ax: int, ay: int, bx: int, by: int, kx: int) -> bool:
    """Tell whether 64 bits are enough for an edge and all points at its height in a square 2^kx wide."""
    return kx <= SHORT_BITS and ((ax + SHORT) | (ay + SHORT) | (bx + SHORT) | (by + SHORT)) >> 31 == 0


@compiled
def write_edges(
    found: IntArray, size: int, square: tuple[int, int, int], out: Words, used: int, head: int
) -> int:
    """Write gathered edges, the narrow ones first, and how many; give where free words begin.

    `square` is the lower left corner of the square, and kx.
    """
    x0, y0, kx = square
    narrow = 0
    for at in range(size):
        ax, ay, bx, by = found[at, 0] - x0, found[at, 1] - y0, found[at, 2] - x0, found[at, 3] - y0
        if _is_narrow(ax, ay, bx, by, kx):
            out[used] = ax
            out[used + 1] = ay
            out[used + 2] = bx
            out[used + 3] = by
            out[used + 4] = as_word(found[at, 4])
            used += NARROW
            narrow += 1
    out[head] = narrow
    out[head + 1] = size - narrow
    for at in range(size if narrow < size else 0):
        ax, ay, bx, by = found[at, 0] - x0, found[at, 1] - y0, found[at, 2] - x0, found[at, 3] - y0
        if not _is_narrow(ax, ay, bx, by, kx):
            for value in (ax, ay, bx, by):
                out[used] = as_word(value)
                out[used + 1] = value >> 32
                used += 2
            out[used] = as_word(found[at, 4])
            used += 1
    return used
