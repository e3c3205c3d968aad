"""Which cells a point touches, by whole numbers alone: an examiner that shares nothing with the project.

Coordinates are read from an export as decimal numbers and held as whole multiples of 1e-8 degrees. A point is
on an edge if the cross product is zero, and inside if a ray crosses the rings an odd number of times
(geometry.md 1, 2, 14, 15).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

Position = tuple[int, int]
Ring = list[Position]
Edge = tuple[Position, Position]
STEPS = 100_000_000


def on_lattice(degrees: float) -> int:
    """Give the lattice coordinate of a value in degrees: `floor(x·1e8 + 0.5)`, in doubles."""
    return math.floor(degrees * 1e8 + 0.5)


def _exactly(degrees: Decimal) -> int:
    """Give the lattice coordinate that a stored value is; the value must be the double nearest to it."""
    steps = int((degrees * STEPS).to_integral_value())
    assert float(degrees) == steps / STEPS, f"{degrees} is not on the lattice"
    return steps


@dataclass(frozen=True)
class OracleCell:
    """A cell as an export tells it, its rings closed."""

    code: str
    parent: str | None
    properties: dict[str, Any]
    rings: list[Ring]

    def edges(self) -> Iterator[Edge]:
        """Give the edges, each with its lesser end first."""
        for ring in self.rings:
            for start, end in pairwise(ring):
                yield (start, end) if start < end else (end, start)


def read_cells(path: Path) -> dict[str, OracleCell]:
    """Read the cells of an exported GeoJSON file."""
    document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    cells = {}
    for feature in document["features"]:
        geometry = feature["geometry"]
        properties = {
            name: float(value) if isinstance(value, Decimal) else value
            for name, value in feature["properties"].items()
        }
        single = geometry["type"] == "Polygon"
        polygons = [geometry["coordinates"]] if single else geometry["coordinates"]
        rings = [
            [(_exactly(Decimal(x)), _exactly(Decimal(y))) for x, y in ring]
            for polygon in polygons
            for ring in polygon
        ]
        code = properties["code"]
        assert code not in cells, f"{code} is there twice"
        cells[code] = OracleCell(code, properties.get("parent"), properties, rings)
    return cells


@dataclass(frozen=True)
class Touch:
    """What a point touches: the codes in byte order, and whether it lies on the border of one of them."""

    codes: tuple[str, ...]
    on_edge: bool

    @property
    def leaf(self) -> str | None:
        """The one cell that the tie rule gives."""
        return self.codes[0] if self.codes else None


class Oracle:
    """Answers for points among the cells of one level."""

    def __init__(self, cells: Iterable[OracleCell]) -> None:
        self._cells = list(cells)
        xs = [x for cell in self._cells for ring in cell.rings for x, _ in ring]
        # Squares of a size that a hundred of them span the land; a cell is listed in each that its box meets.
        self._size = max(1, (max(xs) - min(xs)) // 100)
        self._squares: dict[Position, list[OracleCell]] = defaultdict(list)
        for cell in self._cells:
            x = [x for ring in cell.rings for x, _ in ring]
            y = [y for ring in cell.rings for _, y in ring]
            for i in range(min(x) // self._size, max(x) // self._size + 1):
                for j in range(min(y) // self._size, max(y) // self._size + 1):
                    self._squares[i, j].append(cell)

    def touch(self, lon: float, lat: float) -> Touch:
        """Say which cells a point in degrees touches."""
        return self.touch_at(on_lattice(lon), on_lattice(lat))

    def touch_at(self, x: int, y: int) -> Touch:
        """Say which cells a lattice point touches."""
        places = [
            (cell.code, place)
            for cell in self._squares.get((x // self._size, y // self._size), ())
            if (place := _place(x, y, cell.rings)) >= 0
        ]
        codes = sorted((code for code, _ in places), key=lambda code: code.encode())
        return Touch(tuple(codes), on_edge=any(place == 0 for _, place in places))


def _place(x: int, y: int, rings: list[Ring]) -> int:
    """Give 1 inside, 0 on the border, -1 outside."""
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in pairwise(ring):
            if max(ay, by) < y or min(ay, by) > y or max(ax, bx) < x:
                continue
            turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if turn == 0 and min(ax, bx) <= x:
                return 0
            if (ay > y) != (by > y) and (turn > 0) == (by > ay):
                inside = not inside
    return 1 if inside else -1
