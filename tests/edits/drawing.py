"""Lands drawn with letters, for tests; what an edit makes of them is drawn back.

Every letter is a square of 0.01° and the code of the cell that has it; a dot is nobody's. The lower left
corner of a drawing is 118° E 29° N; places are counted in squares from there, to the right and upwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID, uuid5

import numpy as np
import pytest
import shapely

from geogrid.core.actions import action_of, perform
from geogrid.core.area import polygon_areas
from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.errors import EditRefused
from geogrid.core.land import LandLevel
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of

SQUARE = 1_000_000
WEST, SOUTH = 11_800_000_000, 2_900_000_000
NAMES = UUID(int=29118)
TOLERANCE = Tolerance()


def place(x: float, y: float) -> tuple[float, float]:
    """Give a place, counted in squares, in degrees."""
    lon, lat = to_degrees(np.array([WEST + round(x * SQUARE), SOUTH + round(y * SQUARE)])).tolist()
    return lon, lat


def line(*places) -> dict:
    """Draw a line as GeoJSON."""
    return {"type": "LineString", "coordinates": [place(*one) for one in places]}


def ring(*places) -> dict:
    """Draw a polygon as GeoJSON."""
    return {"type": "Polygon", "coordinates": [[place(*one) for one in (*places, places[0])]]}


def box(west, south, east, north) -> dict:
    """Draw a rectangle as GeoJSON."""
    return ring((west, south), (east, south), (east, north), (west, north))


def shape_of(geojson: dict) -> shapely.MultiPolygon:
    """Give GeoJSON as a multi-polygon."""
    shape = shapely.from_geojson(json.dumps(geojson))
    return shapely.MultiPolygon(list(shapely.get_parts(shape)))


def rows_of(art: str) -> list[str]:
    """Give the rows of a drawing, the lowest first."""
    return [row.strip() for row in art.strip().splitlines()][::-1]


def squares_of(*arts: str) -> dict[str, list[tuple[int, int]]]:
    """Give the squares of each letter of drawings."""
    squares: dict[str, list[tuple[int, int]]] = {}
    for text in arts:
        for y, row in enumerate(rows_of(text)):
            for x, letter in enumerate(row):
                if letter != ".":
                    squares.setdefault(letter, []).append((x, y))
    return squares


def patch(squares) -> shapely.MultiPolygon:
    """Give squares as one multi-polygon."""
    boxes = [shapely.box(*place(x, y), *place(x + 1, y + 1)) for x, y in squares]
    whole = shapely.simplify(shapely.union_all(boxes, grid_size=1e-8), 0)
    return shapely.MultiPolygon(list(shapely.get_parts(whole)))


@dataclass(frozen=True)
class Sheet:
    """A level to draw: its code, its drawings (several where cells overlap) and its rule."""

    level: str
    arts: tuple[str, ...]
    rule: str
    above: str | None


def sheet(level: str, *arts: str, rule: str = "partition", above: str | None = None) -> Sheet:
    """Draw a level; its cells lie below those of the level before unless `above` names another."""
    return Sheet(level, arts, rule, above)


def drawn(*sheets: Sheet, extent: str | None = None, parents: dict[str, str] | None = None) -> Coverage:
    """Make a coverage; the parent of a cell is the one that has its first square, on the nearest level."""
    names = [one.level for one in sheets]
    levels = [
        LandLevel(one.level, one.rule, names.index(one.above) if one.above else number - 1)
        for number, one in enumerate(sheets)
    ]
    squares = [squares_of(*one.arts) for one in sheets]
    assert len({code for one in squares for code in one}) == sum(map(len, squares)), "a letter twice"
    cells = []
    for number, own in enumerate(squares):
        for code, at in own.items():
            parent = _parent(levels, squares, number, at[0])
            if parents and code in parents:
                parent = parents[code] or None
            cells.append(
                Cell(
                    ident_of(code),
                    number,
                    code,
                    f"name of {code}",
                    f"kind of {sheets[number].level}",
                    None if parent is None else ident_of(parent),
                    patch(at),
                )
            )
    around = patch([square for at in squares_of(extent).values() for square in at]) if extent else None
    return settled(levels, cells, around)


def _parent(levels, squares, number, square):
    up = levels[number].parent
    while up >= 0:
        for code, at in squares[up].items():
            if square in at:
                return code
        up = levels[up].parent
    return None


def settled(levels, cells, extent=None) -> Coverage:
    """Make a coverage of cells that are given all of each other's nodes."""
    land = [cell for cell in cells if cell.shape is not None and levels[cell.level].divides_land]
    shapes = polygons_of(node_mesh(mesh_of([*(c.shape for c in land), *([extent] if extent else [])])))
    noded = {
        cell.ident: replace(cell, shape=shape) for cell, shape in zip(land, shapes[: len(land)], strict=True)
    }
    return Coverage.of(
        levels, [noded.get(cell.ident, cell) for cell in cells], shapes[-1] if extent is not None else None
    )


def ident_of(code: str) -> UUID:
    """Give the identity of a cell that was drawn."""
    return uuid5(NAMES, code)


def with_cells(coverage: Coverage, *cells: Cell) -> Coverage:
    """Add cells, or put others in their places."""
    mine = {**coverage.cells, **{cell.ident: cell for cell in cells}}
    return settled(coverage.levels, mine.values(), coverage.extent)


def numbers(before: Coverage):
    """Give identities 1, 2, 3 …, beyond those that are there."""
    number = max((ident.int for ident in before.cells if ident.int < 10_000), default=0)
    while True:
        number += 1
        yield UUID(int=number)


def shuffled(coverage: Coverage, seed: int) -> Coverage:
    """Give the same coverage, its cells in another order."""
    cells = list(coverage.cells.values())
    Random(seed).shuffle(cells)
    return Coverage.of(coverage.levels, cells, coverage.extent)


@dataclass(frozen=True)
class Edited:
    """An edit that was made; new cells have those of the codes 1, 2, 3 … that are free, in order."""

    before: Coverage
    change: Change
    after: Coverage

    def cell(self, code: str) -> Cell:
        return self.after.by_code([code])[code]

    def parent(self, code: str) -> str | None:
        parent = self.cell(code).parent
        return None if parent is None else self.after.cells[parent].code

    def picture(self, level: str) -> str:
        return picture(self.after, level)

    @property
    def heirs(self) -> dict[tuple[str, str], float]:
        """Predecessor and successor → share, to three digits."""
        return {
            (self.before.cells[heir.predecessor].code, self.after.cells[heir.successor].code): round(
                heir.share, 3
            )
            for heir in self.change.heirs
        }

    @property
    def noded(self) -> set[str]:
        return {one.before.code for one in self.change.cells if one.noded}

    @property
    def real(self) -> set[str]:
        """The codes of all cells that changed by more than nodes, before and after."""
        return {cell.code for one in self.change.real for cell in (one.before, one.after) if cell is not None}


def art(text: str) -> str:
    """Write a drawing as `picture` does."""
    return "\n".join(rows_of(text)[::-1])


def picture(coverage: Coverage, level: str) -> str:
    """Draw a level back: whose the middle of each square is, `*` where it is several's."""
    number = [one.code for one in coverage.levels].index(level)
    cells = [cell for cell in coverage.cells.values() if cell.shape is not None]
    bounds = shapely.total_bounds([cell.shape for cell in cells])
    wide, high = (round((bounds[2] - 118) * 100), round((bounds[3] - 29) * 100))
    mine = [cell for cell in cells if cell.level == number]
    rows = []
    for y in range(high):
        row = ""
        for x in range(wide):
            middle = shapely.Point(place(x + 0.53, y + 0.53))
            here = [cell.code for cell in mine if shapely.intersects(cell.shape, middle)]
            row += "." if not here else here[0] if len(here) == 1 else "*"
        rows.append(row)
    return "\n".join(rows[::-1])


def findings(coverage: Coverage) -> list[Finding]:
    """Give all findings of the geometric audits."""
    lengths: dict[str, int | None] = {}
    return list(audit_land(coverage.land, tolerance=TOLERANCE, code_lengths=lengths, faults={}).findings)


def brought(before: Coverage, after: Coverage) -> list[str]:
    """Tell the faults that are there only after an edit and are not what is left of one before."""
    there = findings(before)
    known = {finding.ident for finding in there}
    words = []
    for finding in findings(after):
        was = shapely.union_all([one.geometry for one in there if one.rule == finding.rule])
        left = shapely.difference(finding.geometry, was).area <= 1e-8 * finding.geometry.length
        if finding.ident not in known and not left:
            words.append(f"{finding.rule} {finding.message}")
    return words


def edit(before: Coverage, action_name: str, /, *, audited: bool | str = True, **params) -> Edited:
    """Make an edit and check what has to hold of every one (design 3, geometry.md 5 and 11 to 13)."""
    params = {key.rstrip("_"): value for key, value in params.items()}
    action = action_of(action_name, params)
    change = action(before, numbers(before))
    for seed in range(3):
        again = action_of(action_name, params)(shuffled(before, seed), numbers(before))
        assert again == change, "the result depends on the order of the cells"
    assert all(cell.code == "" for cell in change.created), "the core gives no codes"
    created = sorted(change.created, key=lambda cell: cell.ident.bytes)
    free = [code for code in "123456789ÄÖÜäöü" if code not in before.land.code]
    coded = change.with_codes({cell.ident: free[n] for n, cell in enumerate(created)})
    after = coded.apply(before)
    done = Edited(before, coded, after)
    _check_undo(done)
    _check_land(done)
    if audited:  # "performed": the audit of the action lets pass what that of the whole land finds
        perform(
            action,
            before,
            numbers(before),
            tolerance=TOLERANCE,
            give_codes=lambda given: given.with_codes({c.ident: f"n{c.ident.int}" for c in given.created}),
        )
        new = brought(before, after) if audited is True else []
        assert not new, f"the edit brought findings: {new}"
    return done


def refused(why: str, before: Coverage, action_name: str, /, **params) -> EditRefused:
    """Make an edit that must be refused for a reason, and give the refusal."""
    with pytest.raises(EditRefused) as refusal:
        edit(before, action_name, **params)
    assert refusal.value.code == why, refusal.value.message
    return refusal.value


def _check_undo(done: Edited) -> None:
    back = done.change.inverse().apply(done.after)
    assert set(back.cells) == set(done.before.cells)
    for ident, cell in done.before.cells.items():
        assert back.cells[ident] == cell


def _check_land(done: Edited) -> None:
    sums: dict[UUID, float] = {}
    for heir in done.change.heirs:
        assert heir.predecessor not in done.after.cells
        assert heir.successor in done.after.cells
        sums[heir.predecessor] = sums.get(heir.predecessor, 0.0) + heir.share
    assert all(total < 1 + 1e-6 for total in sums.values()), f"more than all was inherited: {sums}"
    for cell in done.after.cells.values():
        assert cell.parent is None or cell.parent in done.after.cells, f"{cell.code} lost its parent"
        if cell.shape is not None:
            assert shapely.is_valid(cell.shape), cell.code
            assert not shapely.is_empty(cell.shape), cell.code
    for one in done.change.cells:
        if not one.noded:
            continue
        was, now = one.before.shape, one.after.shape
        assert shapely.get_num_coordinates(now) > shapely.get_num_coordinates(was), "nodes are only gained"
        area = polygon_areas([was, now])
        # geometry.md 5: a grid step times the length of the edges that gained a node.
        assert abs(area[1] - area[0]) <= 0.0012 * shapely.length(was) * 111_320


def total(coverage: Coverage, level: str) -> float:
    """Measure all cells of a level, m²."""
    number = [one.code for one in coverage.levels].index(level)
    return float(polygon_areas([c.shape for c in coverage.cells.values() if c.level == number]).sum())
