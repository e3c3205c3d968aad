"""Wishes for edits: numbers that mean something only before a coverage, so that sequences of them shrink."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st

from geogrid.core.audits.finding import Finding
from geogrid.core.coverage import Cell, Coverage

ACTIONS = (
    *["split_cell"] * 6,
    *["move_node"] * 5,
    *["transfer_part"] * 4,
    *["merge_cells"] * 4,
    *["redraw_edge"] * 4,
    *["cut_out"] * 3,
    *["retire_cell"] * 2,
    *["fill_gap"] * 2,
    *["resolve_overlap"] * 2,
    *["draw_cell"] * 2,
    *["edit_attributes"] * 2,
    *["change_outline"] * 2,
    "split_by_layer",
    "insert_level",
)


@dataclass(frozen=True)
class Wish:
    """An edit that is wanted.

    Attributes
    ----------
    action : str
    cell, other, spot, option : int
        Which of the cells, of the neighbours, of the vertices, of the choices, counted round and round.
    marks : tuple of int
        From -100 to 100, in hundredths of the size of the cell: where to draw.
    size : float
        What is drawn, as a part of the cell.
    on_nodes : bool
        What is drawn runs from vertex to vertex.
    astride : bool
        Cells below are divided too.
    """

    action: str
    cell: int
    other: int
    spot: int
    option: int
    marks: tuple[int, ...]
    size: float
    on_nodes: bool
    astride: bool


def wishes(actions: Sequence[str] = ACTIONS) -> st.SearchStrategy[Wish]:
    """Draw a wish."""
    mark = st.integers(-100, 100)
    return st.builds(
        Wish,
        action=st.sampled_from(actions),
        cell=st.integers(0, 255),
        other=st.integers(0, 255),
        spot=st.integers(0, 255),
        option=st.integers(0, 11),
        marks=st.tuples(*[mark] * 8),
        size=st.sampled_from([0.3, 0.1, 0.6, 1e-3, 1e-6]),
        on_nodes=st.booleans(),
        astride=st.sampled_from([True, True, True, False]),
    )


Params = dict[str, Any]


def edit_of(wish: Wish, coverage: Coverage, findings: Sequence[Finding]) -> tuple[str, Params] | None:
    """Give the action and its parameters as the API has them; None if there is nothing to ask for."""
    cells = landed(coverage)
    if not cells:
        return None
    params = _MADE[wish.action](wish, coverage, cells, findings)
    return None if params is None else (wish.action, params)


def landed(coverage: Coverage, level: int | None = None) -> list[Cell]:
    """Give the cells that have land, of a level, in an order that the same cells always have."""
    cells = [
        cell
        for cell in coverage.cells.values()
        if (level is None or cell.level == level) and cell.shape is not None and not cell.shape.is_empty
    ]
    return sorted(cells, key=lambda cell: (cell.level, cell.code, cell.ident.bytes))


def _chosen(wish: Wish, cells: Sequence[Cell]) -> Cell:
    return cells[wish.cell % len(cells)]


def _near(wish: Wish, cells: Sequence[Cell], cell: Cell) -> Cell:
    """Choose a cell of the same level, mostly one that touches."""
    peers = [other for other in cells if other.level == cell.level and other is not cell]
    near = [other for other in peers if shapely.intersects(other.shape, cell.shape)]
    choice = near if near and wish.option != 11 else peers or [cell]
    return choice[wish.other % len(choice)]


def geojson(shape: shapely.Geometry) -> Any:
    """Give a geometry as the browser sends it."""
    return json.loads(shapely.to_geojson(shape))


def _on_earth(xy: Any) -> Any:
    return np.clip(np.asarray(xy, dtype=np.float64), (-180.0, -90.0), (180.0, 90.0))


def _sizes(shape: shapely.Geometry) -> tuple[Any, Any]:
    west, south, east, north = shape.bounds
    return np.array([(west + east) / 2, (south + north) / 2]), np.array([east - west, north - south])


def _line(wish: Wish, shape: shapely.Geometry, turn: int = 0) -> shapely.LineString:
    """Draw a bent line through a shape, or from one of its vertices to another."""
    marks = np.roll(np.array(wish.marks), turn) / 100
    xy = shapely.get_coordinates(shape)
    middle, size = _sizes(shape)
    if wish.on_nodes:
        ends = [xy[(wish.spot + turn) % len(xy)], xy[(wish.spot + wish.other + 1) % len(xy)]]
        bend = [middle + marks[:2] * size * 0.5] if wish.option % 2 else []
        line = [ends[0], *bend, ends[1]]
    else:
        way = np.array([np.cos(marks[0] * np.pi), np.sin(marks[0] * np.pi)]) * size
        bends = [middle + way * step + marks[n : n + 2] * size * 0.3 for n, step in ((1, -0.2), (3, 0.3))]
        line = [middle - way * 1.2, *bends[: wish.option % 3], middle + way * 1.2]
    if (line[0] == line[-1]).all():
        line.append(line[0] + size * 0.1)
    return shapely.LineString(_on_earth(line))


def _blob(wish: Wish, cells: Sequence[Cell], cell: Cell) -> shapely.Geometry:
    """Draw a polygon around a vertex or the middle of a cell, or along the vertices of it, or a cell."""
    xy = shapely.get_coordinates(cell.shape)
    _, size = _sizes(cell.shape)
    if wish.on_nodes and wish.option % 3 == 0:
        inner = [other for other in cells if other.level > cell.level]
        return (inner or cells)[wish.other % len(inner or cells)].shape
    if wish.on_nodes:
        near = shapely.MultiPoint(xy[(wish.spot + np.arange(5) * (1 + wish.option)) % len(xy)])
        hull = shapely.convex_hull(near)
        if hull.geom_type == "Polygon":
            return hull
    middle = xy[wish.spot % len(xy)]
    if wish.option % 2:
        middle = shapely.get_coordinates(shapely.point_on_surface(cell.shape))[0]
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    reach = (0.35 + np.abs(np.array(wish.marks)) / 154) * wish.size
    ring = middle + np.stack([np.cos(turns), np.sin(turns)], axis=1) * reach[:, None] * size
    return shapely.Polygon(_on_earth(ring[: 3 + wish.other % 6]))


def _astride(wish: Wish) -> str:
    return "split" if wish.astride else "refuse"


def _split_cell(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    lines = [_line(wish, cell.shape)]
    if wish.option in {3, 4}:
        lines.append(_line(wish, cell.shape, 3))
    drawn = lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    return {"code": cell.code, "lines": geojson(drawn), "astride": _astride(wish)}


def _split_by_layer(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    drawn = [_line(wish, cell.shape, turn) for turn in range(1 + wish.option % 3)]
    drawn.append(_blob(wish, cells, cell))
    return {
        "code": cell.code,
        "layer": "roads",
        "lines": [geojson(one) for one in drawn],
        "astride": _astride(wish),
    }


def _cut_out(wish, coverage, cells, findings):
    level = coverage.levels[wish.spot % len(coverage.levels)].code
    polygon = geojson(_blob(wish, cells, _chosen(wish, cells)))
    return {"level": level, "polygon": polygon, "name": "cut", "astride": _astride(wish)}


def _merge_cells(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    siblings = [other for other in cells if other.parent == cell.parent and other.level == cell.level]
    codes = [cell.code, _near(wish, siblings if wish.option < 9 else cells, cell).code]
    if wish.option in {5, 6}:
        codes.append(_near(wish, siblings, siblings[wish.spot % len(siblings)]).code)
    return {"codes": codes, "keep": [None, cell.code][wish.option % 2], "name": "merged"}


def _move_node(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    xy = shapely.get_coordinates(cell.shape)
    at, size = xy[wish.spot % len(xy)], _sizes(cell.shape)[1]
    to = at + np.array(wish.marks[:2]) / 100 * wish.size * size
    if wish.on_nodes and wish.option < 4:
        to = xy[(wish.spot + 1 + wish.other % 3) % len(xy)]
    elif wish.on_nodes:
        to = at + np.array(wish.marks[:2]) // 40 * 1e-8
    return {"at": at.tolist(), "to": _on_earth(to).tolist()}


def _redraw_edge(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    rings = shapely.get_rings(shapely.get_parts(cell.shape))
    ring = shapely.get_coordinates(rings[wish.other % len(rings)])[:-1]
    first, last = (wish.spot + n for n in (0, 1 + wish.option % 3))
    ends = [ring[first % len(ring)], ring[last % len(ring)]]
    across = np.array([ends[1][1] - ends[0][1], ends[0][0] - ends[1][0]])
    along = ends[1] - ends[0]
    bends = [
        ends[0] + along * at + across * wish.marks[n] / 100 * wish.size * 2
        for n, at in enumerate((0.2, 0.5, 0.8)[: 1 + wish.cell % 3])
    ]
    if wish.on_nodes:
        bends = bends[:0]
    line = _on_earth([ends[0], *bends, ends[1]])
    return {
        "level": coverage.levels[cell.level].code,
        "from": ends[0].tolist(),
        "to": ends[1].tolist(),
        "line": {"type": "LineString", "coordinates": line.tolist()},
    }


def _transfer_part(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    other = _near(wish, cells, cell)
    drawn = _blob(wish, cells, cell)
    shared = shapely.intersection(cell.shape, other.shape)
    if not wish.on_nodes and not shared.is_empty:
        middle, size = shapely.get_coordinates(shapely.point_on_surface(shared))[0], _sizes(cell.shape)[1]
        at = shapely.get_coordinates(shapely.centroid(drawn))[0]
        drawn = shapely.transform(drawn, lambda xy: _on_earth(xy - at + middle + size * wish.size * 0.01))
    return {"from": cell.code, "to": other.code, "polygon": geojson(drawn), "astride": _astride(wish)}


def _draw_cell(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    partial = [n for n, level in enumerate(coverage.levels) if level.rule == "partial"]
    level = (partial or [0])[wish.other % len(partial or [0])] if wish.option < 9 else cell.level
    return {
        "level": coverage.levels[level].code,
        "polygon": geojson(_blob(wish, cells, cell)),
        "name": "drawn",
    }


def _found(wish: Wish, findings: Sequence[Finding], rules: set[str]) -> Finding | None:
    wanted = sorted((f for f in findings if f.rule in rules), key=lambda f: f.ident)
    return wanted[wish.spot % len(wanted)] if wanted else None


def _fill_gap(wish, coverage, cells, findings):
    gap = _found(wish, findings, {"gap"})
    if gap is None:
        return None
    beside = [cell.code for cell in cells if shapely.intersects(cell.shape, gap.geometry)]
    into = ["longest", "new", beside[wish.other % len(beside)]][wish.option % 3]
    return {"level": gap.level, "gap": geojson(gap.geometry), "into": into, "name": "filled"}


def _resolve_overlap(wish, coverage, cells, findings):
    overlap = _found(wish, findings, {"overlap", "duplicate_cell"})
    if overlap is None:
        return None
    to = ["first", "second", "split", overlap.cells[-1]][wish.option % 4]
    return {
        "level": overlap.level,
        "overlap": geojson(overlap.geometry),
        "cells": list(overlap.cells),
        "to": to,
    }


def _edit_attributes(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    params = {"code": cell.code, "name": f"name {wish.spot}"}
    above = [other for other in cells if other.level == cell.level - 1]
    if wish.option % 2 and above:
        near = [other for other in above if shapely.intersects(other.shape, cell.shape)]
        if above:
            params["parent"] = (near or above)[wish.other % len(near or above)].code
    if wish.option % 5 == 1:
        params["new_code"] = f"r{wish.spot}-{wish.other}"
    return params


def _retire_cell(wish, coverage, cells, findings):
    cell = _chosen(wish, cells)
    return {"code": cell.code, "into": _near(wish, cells, cell).code}


def _change_outline(wish, coverage, cells, findings):
    polygon = _blob(wish, cells, _chosen(wish, [cell for cell in cells if cell.level == 0]))
    mode = ["add", "remove", "add", "remove", "replace"][wish.option % 5]
    if mode == "replace":
        polygon = shapely.convex_hull(shapely.union_all([cell.shape for cell in cells if cell.level == 0]))
    return {"polygon": geojson(polygon), "mode": mode}


def _insert_level(wish, coverage, cells, findings):
    parents = {cell.parent for cell in coverage.cells.values()}
    bare = [c for c in cells if c.ident not in parents and c.level + 1 < len(coverage.levels)]
    cell = _chosen(wish, bare if bare and wish.option < 9 else cells)
    below = min(cell.level + 1, len(coverage.levels) - 1)
    return {"code": cell.code, "level": coverage.levels[below].code}


_MADE = {
    "split_cell": _split_cell,
    "split_by_layer": _split_by_layer,
    "cut_out": _cut_out,
    "merge_cells": _merge_cells,
    "move_node": _move_node,
    "redraw_edge": _redraw_edge,
    "transfer_part": _transfer_part,
    "draw_cell": _draw_cell,
    "fill_gap": _fill_gap,
    "resolve_overlap": _resolve_overlap,
    "edit_attributes": _edit_attributes,
    "retire_cell": _retire_cell,
    "change_outline": _change_outline,
    "insert_level": _insert_level,
}
