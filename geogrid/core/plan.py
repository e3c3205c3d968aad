"""A plan: which cell is to hold which face of a sketch, and what of it becomes of the cells of a ground.

Actions write plans. What follows from a plan, the nodes that every cell of every level around it gets, who
inherits, and what may not be, is the same for all of them and is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.chains import land_left_of
from geogrid.core.change import Change, Heir
from geogrid.core.coverage import Box, Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import IntArray, to_degrees
from geogrid.core.mesh import changed_cells, led_along, mesh_of, node_mesh_within, polygons_of
from geogrid.core.noding import LatticeBox, box_around, box_holds
from geogrid.core.predicates import BoolArray
from geogrid.core.sketch import Faces, Sketch

_NONE: Faces = frozenset()
#: Stands for the land that the top level is to cover, where a sketch holds it beside the cells.
EXTENT = UUID(int=0)


class Plan:
    """What an action makes of the cells of a sketch.

    Attributes
    ----------
    held : dict of UUID to set of faces
        As it is to be.
    cells : dict of UUID to Cell
        What the cells are to say; their shapes are those of before.
    """

    def __init__(self, ground: Ground, sketch: Sketch, new_ids: Iterator[UUID]) -> None:
        """Begin with everything as it is."""
        self.ground, self.sketch = ground, sketch
        self._new_ids = new_ids
        self.before: dict[UUID, Cell] = {cell.ident: cell for cell in sketch.cells if cell.ident != EXTENT}
        self.cells = dict(self.before)
        self.held: dict[UUID, Faces] = {i: sketch.held[i] for i in self.before}
        self._heirs: dict[UUID, UUID] = {}
        self._removed: set[UUID] = set()

    def faces(self, ident: UUID) -> Faces:
        """Give the faces that a cell holds so far."""
        return self.held.get(ident, _NONE)

    def take_in(self, cells: Iterable[Cell]) -> None:
        """Let cells be changed in what they say, though not in their land."""
        for cell in cells:
            self.before.setdefault(cell.ident, cell)
            self.cells.setdefault(cell.ident, cell)

    def hand(self, faces: Iterable[int], source: UUID | None, target: UUID | None) -> None:
        """Let faces go from one cell to another; nobody where None."""
        moved = frozenset(faces)
        if source is not None:
            self.held[source] = self.faces(source) - moved
        if target is not None:
            self.held[target] = self.faces(target) | moved

    def hand_up(self, faces: Faces, source: UUID | None, target: UUID | None) -> None:
        """Let faces go from one cell to another, and on the levels above from ancestors to ancestors."""
        givers, takers = self._line(source), self._line(target)
        for ident in givers:
            if ident not in takers:
                self.hand(faces, ident, None)
        for ident in takers:
            if ident not in givers:
                self.hand(faces, None, ident)

    def _line(self, ident: UUID | None) -> list[UUID]:
        """Give a cell and those above it that have land."""
        line = []
        while ident is not None:
            if ident in self.held:
                line.append(ident)
            ident = self.parent(ident)
        return line

    def parent(self, ident: UUID | None) -> UUID | None:
        """Give the cell above one, that is of a level that divides land, as planned."""
        while ident is not None:
            ident = self.cells[ident].parent if ident in self.cells else None
            if ident is None or ident not in self.cells:
                return None
            if self.ground.levels[self.cells[ident].level].divides_land:
                return ident
        return None

    def new(self, level: int, *, parent: UUID | None, like: Cell | None = None, name: str = "") -> UUID:
        """Bring a new cell, without a code yet; of the kind of another."""
        ident = next(self._new_ids)
        kind = like.kind if like is not None else ""
        self.cells[ident] = Cell(ident, level, "", name, kind, parent)
        self.held[ident] = _NONE
        return ident

    def say(self, ident: UUID, **content: Any) -> None:
        """Change what a cell says."""
        self.cells[ident] = replace(self.cells[ident], **content)

    def retire(self, ident: UUID, heir: UUID | None = None) -> None:
        """End a cell; `heir` inherits where no cell of its level holds its faces."""
        self._removed.add(ident)
        if heir is not None:
            self._heirs[ident] = heir

    def change(self) -> Change:
        """Carry the plan out on the ground.

        Raises
        ------
        EditRefused
            If a cell would be left without land and was not meant to end.
        """
        self._refuse_emptied()
        after = {
            ident: cell
            for ident, cell in self.cells.items()
            if ident not in self._removed and (self.faces(ident) or ident not in self.held)
        }
        self._adopt(after)
        moved = [i for i in after if i in self.held and self.held[i] != self.sketch.held.get(i, _NONE)]
        shapes, noded = _fitted(
            self.ground,
            self.sketch,
            {i: self.held[i] for i in moved},
            [self.held[i] for i in after if i in self.held and i not in moved],
        )
        self._refuse_vanished(shapes, noded)
        before, only_noded = dict(self.before), []
        for ident, shape in shapes.items():
            after[ident] = replace(after[ident], shape=shape)
        for cell, shape in noded:
            if cell.ident in self._removed:
                continue
            said = after.get(cell.ident, cell)
            if said == self.before.get(cell.ident, cell):
                only_noded.append(cell.ident)
            before.setdefault(cell.ident, cell)
            after[cell.ident] = replace(said, shape=shape)
        change = Change.between(before, after, noded=only_noded, heirs=self._inherited(after))
        if not change:
            raise EditRefused("nothing-to-do", "everything would stay as it is")
        return change

    def _adopt(self, after: dict[UUID, Cell]) -> None:
        """Put cells that outlive the cell above them, as they lie outside of it, below one of its heirs."""
        for ident, cell in list(after.items()):
            if cell.parent is None or cell.parent not in self._removed:
                continue
            heirs = self._takers(cell.parent, self.sketch.held.get(cell.parent, _NONE), after)
            lengths = {
                heir: round(self.sketch.shared_length(self.faces(ident), self.faces(heir)), 9)
                for heir in heirs
            }
            # The first of those with the longest border; they come in order of their codes.
            after[ident] = replace(cell, parent=max(lengths, key=lambda heir: lengths[heir], default=None))

    def _refuse_emptied(self) -> None:
        emptied = [
            cell
            for ident, cell in self.before.items()
            if ident in self.sketch.held and not self.faces(ident) and ident not in self._removed
        ]
        if emptied:
            # The one that has the others below it: whoever retires it takes them along.
            cell = min(emptied, key=lambda cell: (cell.level, cell.code.encode()))
            raise EditRefused(
                "would-empty-cell",
                f"nothing would be left of {cell.code}; retire it into another cell instead",
                geometry=cell.shape,
                cell=cell.code,
            )

    def _refuse_vanished(
        self,
        moved: Mapping[UUID, shapely.MultiPolygon],
        noded: Iterable[tuple[Cell, shapely.MultiPolygon]],
    ) -> None:
        gone = [self.sketch.shape(self.held[ident]) for ident, shape in moved.items() if shape.is_empty]
        gone += [cell.shape for cell, shape in noded if shape.is_empty and cell.ident not in self._removed]
        if gone:
            raise EditRefused(
                "would-leave-sliver",
                "a piece would be nowhere as wide as one step of the grid, 1.1 mm; draw further away from"
                " the border",
                geometry=gone[0],
                width_m=0.0,
            )

    def _inherited(self, after: dict[UUID, Cell]) -> list[Heir]:
        """Tell who takes over which share of the cells that end."""
        heirs = []
        for ident in sorted(self._removed & self.before.keys(), key=lambda i: self.before[i].code.encode()):
            was = self.sketch.held.get(ident, _NONE)
            heirs.extend(self._shares(ident, was, self._takers(ident, was, after)))
        return heirs

    def _takers(self, ident: UUID, was: Faces, after: dict[UUID, Cell]) -> dict[UUID, Faces]:
        """Give who gained faces of a cell; those that nobody gained go to its heir, or to who has them."""
        level = self.before[ident].level
        peers = sorted(
            (other for other in after if after[other].level == level and other in self.held),
            key=lambda other: (after[other].code.encode(), other.bytes),
        )
        shares: dict[UUID, Faces] = {}
        left = was
        for peer in peers:
            # Where several claim what they gained, as in an overlap, the first has it.
            shares[peer] = (self.held[peer] - self.sketch.held.get(peer, _NONE)) & left
            left -= shares[peer]
        heir = self._heirs.get(ident)
        if heir is not None and heir in after:
            shares[heir] = shares.get(heir, _NONE) | left
        else:
            for peer in peers:
                shares[peer] |= self.held[peer] & left
                left -= shares[peer]
        return {other: faces for other, faces in shares.items() if faces}

    def _shares(self, ident: UUID, was: Faces, shares: dict[UUID, Faces]) -> list[Heir]:
        if len(shares) == 1 and next(iter(shares.values())) == was:
            return [Heir(ident, next(iter(shares)), 1.0)]
        parts = sorted(shares.items(), key=lambda item: item[0].bytes)
        areas = [self.sketch.area(faces) for _, faces in parts]
        # Added up from its parts, the whole is their sum to the last digit, however thin they are.
        left = was.difference(*shares.values())
        whole = sum(areas) + (self.sketch.area(left) if left else 0.0)
        return [Heir(ident, other, area / whole) for (other, _), area in zip(parts, areas, strict=True)]


def _fitted(
    ground: Ground, sketch: Sketch, moved: dict[UUID, Faces], staying: list[Faces]
) -> tuple[dict[UUID, shapely.MultiPolygon], list[tuple[Cell, shapely.MultiPolygon]]]:
    """Give moved cells their new shapes, and every cell around that shares a border the same nodes.

    Returns
    -------
    shapes : dict
        Of the moved cells.
    noded : list of (Cell, MultiPolygon)
        The cells of the ground, of whatever level, that gained nodes.
    """
    if not moved:
        return {}, []
    idents = list(moved)
    outlines, bends, window = _outlines(sketch, [moved[ident] for ident in idents], staying)
    shapes = [land_left_of(sketch.arrangement.xy, edges) for edges in outlines]
    if window is None:
        return dict(zip(idents, shapes, strict=True)), []
    while True:
        around = _bystanders(ground, window, moved)
        before = mesh_of([*shapes, *(cell.shape for cell in around)])
        # Cells that share a border have to go one and the same way: that of the sketch, before anything else.
        mesh = led_along(before, bends) if bends else before
        noded, split = node_mesh_within(mesh, window)
        # What lies outside of the frame must come back unchanged; else the frame was too small.
        if box_holds(window, split):
            break
        window = box_around(split, window)
    fitted = polygons_of(noded)
    gained = changed_cells(before, noded)
    return (
        dict(zip(idents, fitted[: len(idents)], strict=True)),
        [(around[place - len(idents)], fitted[place]) for place in gained.tolist() if place >= len(idents)],
    )


def _bystanders(ground: Ground, window: LatticeBox, moved: dict[UUID, Faces]) -> list[Cell]:
    """Read the cells whose borders may pass the window, but for those that are moved."""
    west, south, east, north = to_degrees(np.array(window)).tolist()
    box: Box = (west, south, east, north)
    around = [
        cell
        for cell in ground.meeting(box)
        if ground.levels[cell.level].divides_land and cell.ident not in moved and not _bare(cell)
    ]
    around.sort(key=lambda cell: (cell.level, cell.code.encode(), cell.ident.bytes))
    return around


def _bare(cell: Cell) -> bool:
    return cell.shape is None or cell.shape.is_empty


def _outlines(
    sketch: Sketch, groups: list[Faces], staying: list[Faces]
) -> tuple[list[IntArray], list[IntArray], LatticeBox | None]:
    """Give the directed edges around groups of faces, and what is new on them.

    Also the ways of the cells' segments that gained nodes, and the window in which there is something new.

    Nodes that only useless lines brought, those that separate no two owners, are taken out again; so are
    those where a new border runs straight on over one that is given up.
    """
    borders = [sketch.border(group) for group in groups]
    used = np.zeros(len(sketch.line_only), dtype=bool)
    for half in borders:
        used[half // 2] = True
    new = sketch.line_only & used
    tail = sketch.arrangement.tail
    kept = sketch.old.copy()
    ends = tail.reshape(-1, 2)
    kept[ends[new]] = True
    passed = _passed(sketch, used)
    kept &= sketch.old | ~passed
    # Where two borders were led through one pixel they part there, be the line that brought it used or not.
    borders_then = used.copy()
    for faces in staying:
        borders_then[sketch.border(faces) // 2] = True
    parting = np.bincount(ends[borders_then].reshape(-1), minlength=len(kept))
    kept |= (parting > 2) | ((parting == 2) & ~sketch.straight_on(borders_then) & ~passed)
    edges = [_contracted(np.stack([tail[half], tail[half ^ 1]], axis=1), kept) for half in borders]
    if not new.any() and not (kept & ~sketch.old).any():
        return edges, [], None
    touched = new | _beside(sketch, used)
    bends = sketch.bends(kept)
    # Where useless lines bent borders for good, their cells are led along as well, however far off.
    fresh = np.concatenate([sketch.arrangement.xy[ends[touched]].reshape(-1, 2), *bends])
    return edges, bends, box_around(fresh)


def _passed(sketch: Sketch, used: BoolArray) -> BoolArray:
    """Tell which vertices lie between two pieces of one drawn edge and on no other used segment."""
    ends = sketch.arrangement.tail.reshape(-1, 2)[used]
    piece = np.repeat(sketch.piece_of[used], 2)
    least = np.full(len(sketch.old), np.iinfo(np.int64).max, dtype=np.int64)
    most = np.full(len(sketch.old), -1, dtype=np.int64)
    np.minimum.at(least, ends.reshape(-1), piece)
    np.maximum.at(most, ends.reshape(-1), piece)
    twice = np.bincount(ends.reshape(-1), minlength=len(sketch.old)) == 2
    passed: BoolArray = twice & (least == most) & (most >= 0)
    return passed


def _beside(sketch: Sketch, used: BoolArray) -> BoolArray:
    """Tell which used segments are pieces of a border that was split."""
    fresh = ~sketch.old
    beside: BoolArray = used & fresh[sketch.arrangement.tail.reshape(-1, 2)].any(axis=1)
    return beside


def _contracted(edges: IntArray, kept: IntArray) -> IntArray:
    """Leave out the vertices of directed edges that are not kept; each lies between two edges."""
    if kept[edges].all():
        return edges
    after = {tail: head for tail, head in edges.tolist() if not kept[tail]}
    contracted = []
    for tail, head in edges.tolist():
        if kept[tail]:
            end = head
            while end in after:
                end = after[end]
            contracted.append((tail, end))
    return np.array(contracted, dtype=np.int64).reshape(-1, 2)
