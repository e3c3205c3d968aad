"""The arrangement of noded lines: its faces, and what covers each of them.

Noded directed edges carry labels (the cell on their left). Walking from face to face across edges gives
every face the exact set of cells that cover it, by counting alone: no interior point is computed, so a face
one step wide and a kilometre long is classified as surely as a large one (geometry.md 9).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key

import numpy as np

from geogrid.core.lattice import IntArray
from geogrid.core.predicates import BoolArray

# Directions of lattice segments may differ by as little as 1/2^60; doubles tell them apart safely only above
# this, so closer neighbours are put in order with whole numbers.
_SAFE_ANGLE = 1e-12
# Differences below this, 21.4°, can be multiplied, and two products subtracted, in 64 bits.
_SAFE_SPAN = 1 << 31


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Faces of noded segments.

    Half-edge 2k runs along segment k, half-edge 2k + 1 back; each has the face on its left.

    Attributes
    ----------
    xy : (n, 2) int64
    tail : (2m,) int64
        The vertex each half-edge starts from.
    face : (2m,) int64
        The face on the left of each half-edge.
    outer : int
        The unbounded face.
    face_count : int
    """

    xy: IntArray
    tail: IntArray
    face: IntArray
    outer: int
    face_count: int


def arrange(xy: IntArray, segments: IntArray) -> Arrangement:
    """Find the faces of noded segments.

    Parameters
    ----------
    xy : (n, 2) int64
        Distinct lattice positions.
    segments : (m, 2) int64
        Distinct, noded: they meet in common ends only, and none is a bridge (all come from closed rings).

    Returns
    -------
    Arrangement
    """
    tail = segments.reshape(-1)
    if not len(tail):
        return Arrangement(xy, tail, tail, 0, 1)
    cycle = _cycles(_next_half_edges(xy, tail))
    face = _join_components(xy, tail, cycle)
    numbers, face = np.unique(face, return_inverse=True)
    return Arrangement(xy, tail, face.astype(np.int64), int(np.searchsorted(numbers, -1)), len(numbers))


def _next_half_edges(xy: IntArray, tail: IntArray) -> IntArray:
    """Give the half-edge that follows each one around the face on its left."""
    head = tail.reshape(-1, 2)[:, ::-1].reshape(-1)
    way = xy[head] - xy[tail]
    angle = np.arctan2(way[:, 1].astype(np.float64), way[:, 0].astype(np.float64))
    order = np.lexsort((angle, tail))
    close = (tail[order][1:] == tail[order][:-1]) & (np.diff(angle[order]) < _SAFE_ANGLE)
    for vertex in np.unique(tail[order][1:][close]):
        where = np.flatnonzero(tail[order] == vertex)
        order[where] = _turned(way, order[where])
    first = np.searchsorted(tail[order], tail[order], side="left")
    last = np.searchsorted(tail[order], tail[order], side="right") - 1
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    twin_place = place[np.arange(len(tail)) ^ 1]
    before = np.where(twin_place == first[twin_place], last[twin_place], twin_place - 1)
    following: IntArray = order[before]
    return following


def _turned(way: IntArray, half_edges: IntArray) -> IntArray:
    """Order the half-edges of one vertex as arctan2 does, from just above west round to west, exactly."""

    def before(one: int, other: int) -> int:
        (ax, ay), (bx, by) = way[one].tolist(), way[other].tolist()
        if (ay >= 0) != (by >= 0):
            return -1 if ay < 0 else 1
        turn = ax * by - ay * bx
        if turn == 0:
            return -1 if ax > bx else 1
        return -1 if turn > 0 else 1

    return np.array(sorted(half_edges.tolist(), key=cmp_to_key(before)), dtype=np.int64)


def _cycles(following: IntArray) -> IntArray:
    """Give each half-edge the smallest half-edge of its cycle, by pointer doubling."""
    smallest, ahead = np.arange(len(following)), following
    for _ in range(max(1, len(following)).bit_length()):
        smallest = np.minimum(smallest, smallest[ahead])
        ahead = ahead[ahead]
    cycles: IntArray = smallest.astype(np.int64)
    return cycles


def _turns_right(xy: IntArray, tail: IntArray, cycle: IntArray) -> IntArray:
    """Give the cycles that run clockwise: the outsides of the connected components."""
    head = tail.reshape(-1, 2)[:, ::-1].reshape(-1)
    base = xy[tail[cycle]]
    start, end = xy[tail] - base, xy[head] - base
    numbers, of = np.unique(cycle, return_inverse=True)
    if max(int(np.abs(start).max()), int(np.abs(end).max())) >= _SAFE_SPAN:
        start, end = start.astype(object), end.astype(object)
        whole = np.zeros(len(numbers), dtype=object)
        np.add.at(whole, of, start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0])
        turning: IntArray = numbers[(whole < 0).astype(bool)]
        return turning
    # The products fit 64 bits; their sum is kept in two halves of 32 bits.
    area = start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]
    high, low = np.zeros(len(numbers), dtype=np.int64), np.zeros(len(numbers), dtype=np.int64)
    np.add.at(high, of, area >> 32)
    np.add.at(low, of, area & 0xFFFFFFFF)
    right: IntArray = numbers[high + (low >> 32) < 0]
    return right


def _join_components(xy: IntArray, tail: IntArray, cycle: IntArray) -> IntArray:
    """Number the faces: the outside of a component is part of the face it lies in; -1 is the unbounded."""
    component = components(len(xy), tail.reshape(-1, 2))
    outsides = _turns_right(xy, tail, cycle)
    inside_of: dict[int, int] = {}
    for outside in outsides.tolist():
        own = component[tail[outside]]
        inside_of[outside] = _face_around(xy, tail, cycle, component, own) if len(outsides) > 1 else -1
    for outside, direct in inside_of.items():
        around = direct
        while around in inside_of:
            around = inside_of[around]
        inside_of[outside] = around
    belongs = np.arange(len(tail))
    for outside, around in inside_of.items():
        belongs[outside] = around
    face: IntArray = belongs[cycle]
    return face


def components(count: int, segments: IntArray) -> IntArray:
    """Give each of `count` vertices the smallest vertex it is connected with."""
    lowest = np.arange(count)
    while True:
        both = np.minimum(lowest[segments[:, 0]], lowest[segments[:, 1]])
        pulled = lowest.copy()
        for side in (0, 1):
            np.minimum.at(pulled, segments[:, side], both)
            np.minimum.at(pulled, lowest[segments[:, side]], both)
        pulled = pulled[pulled]
        if (pulled == lowest).all():
            return lowest
        lowest = pulled


def _face_around(xy: IntArray, tail: IntArray, cycle: IntArray, component: IntArray, own: int) -> int:
    """Find the cycle around a component: that of the nearest edge west of its westernmost vertex, or -1.

    The ray runs an infinitesimal step above the vertex, so it meets no other vertex.
    """
    mine = np.flatnonzero(component == own)
    x, y = xy[mine[np.lexsort((xy[mine, 1], xy[mine, 0]))[0]]].tolist()
    ends = xy[tail.reshape(-1, 2)]
    crossed = (ends[:, 0, 1] <= y) != (ends[:, 1, 1] <= y)
    crossed &= (component[tail[::2]] != own) & (ends[:, :, 0].min(axis=1) <= x)
    nearest, best = -1, None
    for segment in np.flatnonzero(crossed).tolist():
        (ax, ay), (bx, by) = ends[segment].tolist()
        slope = Fraction(bx - ax, by - ay)
        place = (ax + slope * (y - ay), slope)
        if place[0] < x and (best is None or place > best):
            nearest, best = segment, place
    if nearest < 0:
        return -1
    downward = ends[nearest, 0, 1] > ends[nearest, 1, 1]
    return int(cycle[2 * nearest + (0 if downward else 1)])


def face_covers(
    arrangement: Arrangement, segment: IntArray, forward: BoolArray, label: IntArray
) -> list[frozenset[int]]:
    """Give each face the labels of what covers it.

    Parameters
    ----------
    arrangement : Arrangement
    segment, forward, label : (e,)
        For each directed edge of the rings: its segment, whether it runs along it, and what lies on its left.
        The rings of one label are those of a valid polygon.

    Returns
    -------
    list of frozenset of int
        One per face; that of the unbounded face is empty.
    """
    doors = _doors(arrangement)
    on_left = _on_left(segment, forward, label, np.unique(doors // 2))
    covers: list[frozenset[int]] = [frozenset()] * arrangement.face_count
    nothing: set[int] = set()
    for half, here, there in _walk(arrangement, doors):
        covers[there] = (covers[here] - on_left.get(half, nothing)) | on_left.get(half ^ 1, nothing)
    return covers


def _on_left(segment: IntArray, forward: BoolArray, label: IntArray, wanted: IntArray) -> dict[int, set[int]]:
    """Give the labels on the left of the half-edges of some segments.

    Where lines were led through one pixel a ring may run along a segment and back: that counts for nothing.
    """
    mine = np.isin(segment, wanted)
    low, high = (int(label.min()), int(label.max())) if len(label) else (0, 0)
    labels = high - low + 1
    keys, of_key = np.unique(segment[mine] * labels + (label[mine] - low), return_inverse=True)
    walks = np.zeros(len(keys), dtype=np.int64)
    np.add.at(walks, of_key, np.where(forward[mine], 1, -1))
    on_left: dict[int, set[int]] = defaultdict(set)
    for key, walk in zip(keys.tolist(), walks.tolist(), strict=True):
        if walk:
            on_left[2 * (key // labels) + (walk < 0)].add(low + key % labels)
    return on_left


def face_weights(arrangement: Arrangement, weight: IntArray) -> IntArray:
    """Give each face how often it is covered, from the weights of the segments it lies between.

    Parameters
    ----------
    arrangement : Arrangement
    weight : (m,) int64
        For each segment by how much more its left side is covered than its right.

    Returns
    -------
    (face_count,) int64
        The unbounded face is covered by nothing.
    """
    doors = _doors(arrangement)
    less = np.where(doors % 2 == 0, weight[doors // 2], -weight[doors // 2])
    change = dict(zip(doors.tolist(), less.tolist(), strict=True))
    covered = [0] * arrangement.face_count
    for half, here, there in _walk(arrangement, doors):
        covered[there] = covered[here] - change[half]
    return np.array(covered, dtype=np.int64)


def _doors(arrangement: Arrangement) -> IntArray:
    """Give one half-edge for each pair of faces that share an edge, in each direction."""
    here = arrangement.face
    there = here.reshape(-1, 2)[:, ::-1].reshape(-1)
    _, first = np.unique(here * arrangement.face_count + there, return_index=True)
    doors: IntArray = first[here[first] != there[first]].astype(np.int64)
    return doors


def _ways(arrangement: Arrangement, doors: IntArray) -> list[list[tuple[int, int]]]:
    """Give for each face its doors and the face behind each."""
    ways: list[list[tuple[int, int]]] = [[] for _ in range(arrangement.face_count)]
    here, there = arrangement.face[doors].tolist(), arrangement.face[doors ^ 1].tolist()
    for half, face, other in zip(doors.tolist(), here, there, strict=True):
        ways[face].append((half, other))
    return ways


def _walk(arrangement: Arrangement, doors: IntArray) -> Iterator[tuple[int, int, int]]:
    """Go from the unbounded face to each other face once: the half-edge, the face it leaves, the next."""
    ways = _ways(arrangement, doors)
    seen = [False] * arrangement.face_count
    seen[arrangement.outer] = True
    waiting = deque([arrangement.outer])
    while waiting:
        here = waiting.popleft()
        for half, there in ways[here]:
            if not seen[there]:
                seen[there] = True
                waiting.append(there)
                yield half, here, there


def face_groups(arrangement: Arrangement, keys: list[Hashable]) -> list[tuple[Hashable, list[int]]]:
    """Group the faces that share an edge and a key; faces whose key is None are left out.

    Returns
    -------
    list of (key, faces)
        In order of the smallest face of each group.
    """
    ways = _ways(arrangement, _doors(arrangement))
    groups: list[tuple[Hashable, list[int]]] = []
    seen = [key is None for key in keys]
    for face, key in enumerate(keys):
        if seen[face]:
            continue
        seen[face] = True
        group, waiting = [], deque([face])
        while waiting:
            here = waiting.popleft()
            group.append(here)
            for _, there in ways[here]:
                if not seen[there] and keys[there] == key:
                    seen[there] = True
                    waiting.append(there)
        groups.append((key, sorted(group)))
    return groups


def outlines(arrangement: Arrangement, groups: list[list[int]]) -> list[IntArray]:
    """Give the directed edges around each group of faces, the group on their left.

    Returns
    -------
    list of (e, 2) int64, indices into `xy`
    """
    group = np.full(arrangement.face_count, -1, dtype=np.int64)
    for number, faces in enumerate(groups):
        group[faces] = number
    own = group[arrangement.face]
    half = np.flatnonzero((own >= 0) & (own != own.reshape(-1, 2)[:, ::-1].reshape(-1)))
    half = half[np.argsort(own[half], kind="stable")]
    edges = np.stack([arrangement.tail[half], arrangement.tail[half ^ 1]], axis=1)
    cuts = np.searchsorted(own[half], np.arange(1, len(groups)))
    return [np.asarray(part, dtype=np.int64) for part in np.split(edges, cuts)] if groups else []
