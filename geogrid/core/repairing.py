"""Repairs: what would mend the gaps and overlaps of a land, as a proposal that a person accepts or not.

Nothing is mended silently. A proposal says for each cell what it was and would be, and for each finding who
would get its land or why it is left alone. It holds what cleaning by `coverage_clean` does not: no cell is
emptied, no cell changes by more than a stated share, all levels stay nested, and no fault is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.coverage import Tolerance, audit_coverage
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.slivers import audit_slivers
from geogrid.core.audits.unmatched_edges import audit_unmatched_edges
from geogrid.core.chains import land_left_of
from geogrid.core.errors import GeogridError
from geogrid.core.land import Land
from geogrid.core.lattice import Shapes
from geogrid.core.mesh import Mesh, mesh_of, node_mesh, polygons_of
from geogrid.core.repairing_board import Board
from geogrid.core.repairing_faces import LandFaces
from geogrid.core.repairing_orders import Orders
from geogrid.core.repairing_terms import REPAIRABLE, Limits, Repair, RepairedCell

__all__ = ["REPAIRABLE", "Limits", "Repair", "RepairedCell", "propose_repair"]


def propose_repair(
    land: Land,
    findings: Sequence[Finding],
    *,
    limits: Limits | None = None,
    tolerance: Tolerance | None = None,
) -> Repair:
    """Work out what would mend findings of a land, on all levels together.

    Parameters
    ----------
    land : Land
        On the lattice; its levels need not share their nodes yet.
    findings : sequence of Finding
        Those to mend, as an audit of this land gave them. Others are not touched; those of rules that are no
        matter of borders (codes, posts, objects) are passed over.
    limits : Limits, optional
    tolerance : Tolerance, optional
        The scheme's, by which slivers are told.

    Raises
    ------
    GeogridError
        If the result had a fault that the land had not; no land is known for which that happens.
    """
    work = _Work(land, findings, limits or Limits(), tolerance or Tolerance())
    board, orders = work.settled()
    shapes = work.shapes_after(board)
    after = replace(land, shapes=shapes)
    remaining = _found(after, work.tolerance)
    work.refuse_new(remaining)
    fixed, left = orders.told()
    return Repair(work.limits, tuple(_cells(work, board, shapes)), fixed, left, tuple(remaining))


def _found(land: Land, tolerance: Tolerance) -> list[Finding]:
    noded = NodedLand.of(land)
    return [
        *audit_unmatched_edges(noded),
        *audit_coverage(noded, tolerance),
        *audit_slivers(land, tolerance),
    ]


class _Work:
    """A land that is being repaired."""

    def __init__(self, land: Land, findings: Sequence[Finding], limits: Limits, tolerance: Tolerance) -> None:
        self.land, self.limits, self.tolerance = land, limits, tolerance
        self.findings = [one for one in findings if one.rule in REPAIRABLE or one.rule == "invalid_polygon"]
        self.noded = NodedLand.of(land)
        self.faces = LandFaces(self.noded)
        self.shapes = self._noded_shapes()
        self.areas = np.zeros(len(land))
        there = np.flatnonzero(land.has_land) if len(land) else np.zeros(0, dtype=np.int64)
        self.areas[there] = polygon_areas(self.shapes[there])
        self.slivers = audit_slivers(replace(land, shapes=self.shapes), tolerance)
        self._places = self.faces.inside([one.geometry for one in self.findings])
        for one, place in zip(self.findings, self._places, strict=True):
            if one.width_m is not None:
                self.faces.knows_width(place, one.width_m)
        self._thin = self.faces.inside([one.geometry for one in self.slivers])

    def _noded_shapes(self) -> Shapes:
        """Give the cells with the nodes of their neighbours; the others as they are."""
        shapes = self.land.shapes.copy()
        gained = set(self.noded.gained.tolist())
        if gained:
            noded = polygons_of(self.noded.mesh)
            for place, cell in enumerate(self.noded.cell.tolist()):
                if cell in gained:
                    shapes[cell] = noded[place]
        return shapes

    def settled(self) -> tuple[Board, Orders]:
        """Repair until nothing more can be done, and take back what would leave a sliver."""
        banned: dict[tuple[int, int | None], str] = {}
        while True:
            board = Board(self.faces, self.areas, self.limits.max_change)
            orders = Orders(board, self.findings, self._places, self.limits, banned)
            orders.carry_out()
            thin = self._new_slivers(board)
            if not thin:
                return board, orders
            more = {
                order: _thin_part(sliver)
                for sliver in thin
                for order in orders.behind(sliver)
                if order not in banned
            }
            if not more:
                raise GeogridError(f"a repair would leave a new fault: {thin[0].message}")
            banned |= more

    def _new_slivers(self, board: Board) -> list[Finding]:
        changed = [cell for cell in board.changed() if board.has_lost(cell)]
        if not changed:
            return []
        shapes = np.full(len(self.land), None, dtype=object)
        for cell, shape in self._changed_shapes(board, changed).items():
            shapes[cell] = shape
        found = audit_slivers(replace(self.land, shapes=shapes), self.tolerance)
        return [one for one in found if self._is_new_sliver(one)]

    def _is_new_sliver(self, sliver: Finding) -> bool:
        (faces,) = self.faces.inside([sliver.geometry])
        return not any(
            one.cells == sliver.cells and one.level == sliver.level and thin & faces
            for one, thin in zip(self.slivers, self._thin, strict=True)
        )

    def shapes_after(self, board: Board) -> Shapes:
        """Give the cells as they become."""
        shapes = self.shapes.copy()
        for cell, shape in self._changed_shapes(board, board.changed()).items():
            shapes[cell] = shape
        return shapes

    def _changed_shapes(self, board: Board, cells: Sequence[int]) -> dict[int, shapely.MultiPolygon]:
        if not cells:
            return {}
        edges, owner = self.noded.edges, self.noded.edge_cell
        order = np.argsort(owner, kind="stable")
        start, end = (np.searchsorted(owner[order], cells, side=side) for side in ("left", "right"))
        xy = self.noded.mesh.xy
        made = [
            land_left_of(xy, board.edges_of(cell, edges[order[one:other]]))
            for cell, one, other in zip(cells, start.tolist(), end.tolist(), strict=True)
        ]
        # In the form in which cells are stored: shells first, counter-clockwise.
        mesh: Mesh = node_mesh(mesh_of(made))
        return dict(zip(cells, polygons_of(mesh), strict=True))

    def refuse_new(self, remaining: Sequence[Finding]) -> None:
        """Hold the result to the promise that it has no fault which the land had not."""
        board = Board(self.faces, self.areas, self.limits.max_change)
        level_of = {level.code: number for number, level in enumerate(self.land.levels)}
        inside = self.faces.inside([one.geometry for one in remaining])
        before: dict[int, set[int]] = {}
        for one, faces in zip(remaining, inside, strict=True):
            level = level_of[one.level]
            if level not in before:
                before[level] = set(board.faults(board.ranks[level]))
            if one.rule == "sliver":
                fine = not self._is_new_sliver(one)
            else:
                fine = one.rule != "unmatched_edge" and bool(faces) and faces <= before[level]
            if not fine:
                raise GeogridError(f"the repair would leave a new fault: {one.message}")


def _cells(work: _Work, board: Board, shapes: Shapes) -> list[RepairedCell]:
    land = work.land
    cells = sorted({*board.changed(), *work.noded.gained.tolist()})
    repaired = []
    areas = polygon_areas([shapes[cell] for cell in cells]) if cells else np.zeros(0)
    for cell, area in zip(cells, areas.tolist(), strict=True):
        toggled = board.toggled[cell]
        lost = {face for face in toggled if cell not in board.cover[face]}
        noded = not toggled
        repaired.append(
            RepairedCell(
                ident=land.ident[cell],
                code=land.code[cell],
                name=land.name[cell],
                level=land.levels[int(land.level[cell])].code,
                before=land.shapes[cell],
                after=shapes[cell],
                area_before=float(work.areas[cell]),
                area_after=area,
                gained=work.faces.area(toggled - lost),
                lost=work.faces.area(lost),
                moved_m=_widest(work.faces, toggled),
                noded=noded,
            )
        )
    return repaired


def _thin_part(sliver: Finding) -> str:
    return f"it would leave a part of {sliver.cells[0]} that is nowhere wider than {sliver.width_m:.3f} m"


def _widest(faces: LandFaces, toggled: set[int]) -> float:
    """Give the width of the widest piece of land that changes hands, metres: so far a border moves."""
    return max((faces.width(group) for group in faces.groups(toggled, lambda _: True)), default=0.0)
