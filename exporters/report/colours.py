"""Colours of cells: the same for all children of one parent, different for parents that touch."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from exporters.report.content import ReportLevel

COLOURS = 8
"""Colours that the page has; with more neighbours than that, two that touch may share one."""


def cell_colours(levels: Sequence[ReportLevel]) -> list[list[int]]:
    """Give every cell of every level the number of a colour: its parent's, or at the top its own."""
    result: list[list[int]] = []
    known: dict[str, int] = {}
    for number, level in enumerate(levels):
        own = _neighbours_differ(level)
        if number == 0:
            result.append(own)
        else:
            result.append(
                [known.get(parent, own[index]) for index, parent in enumerate(level.parents)],
            )
        known |= dict(zip(level.codes, own, strict=True))
    return result


def _neighbours_differ(level: ReportLevel) -> list[int]:
    """Colour greedily: each cell takes the colour that its coloured neighbours have the least."""
    tree = shapely.STRtree(level.geometries)
    neighbours: list[list[int]] = [[] for _ in level.codes]
    for left, right in tree.query(level.geometries, predicate="intersects").T.tolist():
        neighbours[left].append(right)
    colours = [-1] * len(neighbours)
    for cell, around in enumerate(neighbours):
        used = [0] * COLOURS
        for other in around:
            if colours[other] >= 0:
                used[colours[other]] += 1
        # Starting at another colour for each cell spreads the colours where few would do.
        order = [(cell + shift) % COLOURS for shift in range(COLOURS)]
        colours[cell] = min(order, key=lambda colour: used[colour])
    return colours
