"""What is to be done about each finding, in which order, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from geogrid.core.audits.finding import Finding
from geogrid.core.repairing_board import Board, Fault, Impossible, Rank, Step
from geogrid.core.repairing_faces import Faces
from geogrid.core.repairing_terms import Fixed, Left, Limits

_DOUBTFUL = "the polygon crosses itself: which land was meant only a person knows"
_NOT_HERE = "the land has no such place; audit it again"

_Takers = Callable[[], Sequence[int | None]]


class Orders:
    """The findings of a land on their way to be mended.

    Levels go from the top down, so that the land of the parents is settled when that of their children is
    asked for; on a level the smallest places first, so that as many as possible are mended before a cell has
    changed by as much as it may. All is repeated until nothing more can be done: then a second repair of the
    result finds nothing to do either, unless the limit of a cell's change or a sliver stood in the way.
    """

    def __init__(
        self,
        board: Board,
        findings: Sequence[Finding],
        places: Sequence[Faces],
        limits: Limits,
        banned: Mapping[tuple[int, int | None], str],
    ) -> None:
        """Take findings with their faces; a `banned` one does not go to that cell, for the reason given."""
        self._board, self._findings, self._places = board, findings, places
        self._limits, self._banned = limits, banned
        levels = board.faces.noded.land.levels
        number = {level.code: place for place, level in enumerate(levels) if level.divides_land}
        self._level = [number.get(one.level, -1) for one in findings]
        self._wanted: dict[int, dict[int, int]] = {level: {} for level in board.ranks}
        for place, one in enumerate(findings):
            if self._level[place] >= 0 and one.rule not in {"sliver", "unmatched_edge", "invalid_polygon"}:
                self._wanted[self._level[place]] |= dict.fromkeys(places[place], place)
        self._refused: dict[int, tuple[str, str]] = {}
        self._steps: list[tuple[Step, frozenset[int]]] = []

    def carry_out(self) -> None:
        """Mend what can be mended."""
        done = True
        while done:
            self._refused = {}
            done = False
            for level in sorted(self._board.ranks):
                done |= self._mend(self._board.ranks[level])
            done |= self._give_slivers()

    def _mend(self, rank: Rank) -> bool:
        """Go through the places of a level; tell whether anything was done."""
        wanted = self._wanted[rank.level]
        asked = {face: self._board.fault(face, rank) for face in wanted}
        faults = {face: fault for face, fault in asked.items() if fault is not None}
        self._board.faces.area(faults)  # all at once: one by one takes ten times as long
        groups = self._board.faces.groups(faults, faults.__getitem__)
        groups.sort(key=lambda group: (self._board.faces.area(group), min(group)))
        done = False
        for group in groups:
            fault = faults[min(group)]
            numbers = frozenset(wanted[face] for face in group)
            done |= self._try(rank, group, numbers, partial(self._takers, rank, fault, group))
        return done

    def _give_slivers(self) -> bool:
        """Give parts of cells that are too thin to the sibling along them."""
        done = False
        for number, one in enumerate(self._findings):
            if one.rule != "sliver" or self._level[number] < 0:
                continue
            rank = self._board.ranks[self._level[number]]
            for cell, faces in self._thin(number, rank).items():
                done |= self._try(
                    rank, faces, frozenset({number}), partial(self._siblings, rank, cell, faces)
                )
        return done

    def _thin(self, number: int, rank: Rank) -> dict[int, Faces]:
        """Give the faces of a sliver that its cell still has."""
        board, codes = self._board, self._findings[number].cells
        held: dict[int, set[int]] = {}
        for face in self._places[number]:
            for cell in board.cover[face] & rank.cells:
                if board.faces.noded.land.code[cell] in codes:
                    held.setdefault(cell, set()).add(face)
        return {cell: frozenset(faces) for cell, faces in held.items()}

    def _try(self, rank: Rank, faces: Faces, numbers: frozenset[int], takers: _Takers) -> bool:
        """Give faces to the first cell that may have them, or note why none may."""
        try:
            step = self._first_possible(rank, faces, numbers, takers)
        except Impossible as no:
            self._refused |= dict.fromkeys(numbers, (no.code, str(no)))
            return False
        self._board.take(step)
        self._steps.append((step, numbers))
        return True

    def _first_possible(self, rank: Rank, faces: Faces, numbers: frozenset[int], takers: _Takers) -> Step:
        first: Impossible | None = None
        for target in takers():
            try:
                return self._planned(rank, faces, numbers, target)
            except Impossible as no:
                first = first or no
        assert first is not None
        raise first

    def _planned(self, rank: Rank, faces: Faces, numbers: frozenset[int], target: int | None) -> Step:
        for number in sorted(numbers):
            if (number, target) in self._banned:
                raise Impossible("sliver-left", self._banned[number, target])
        return self._board.plan(rank, faces, target)

    def _takers(self, rank: Rank, fault: Fault, faces: Faces) -> list[int | None]:
        """Name the cells that may have faces, the best first; None is nobody.

        Raises
        ------
        Impossible
            If nobody may, or the place is too large for a repair.
        """
        self._check_size(fault, faces)
        board, homes = self._board, fault.homes
        if len(homes) > 1:
            names = " and ".join(sorted(board.name(home) for home in homes))
            raise Impossible("parents-unclear", f"{names} claim the same land above it")
        if rank.above != -1 and not homes & rank.tiled and fault.kind in {"outside", "overlap"}:
            own = [cell for cell in fault.cells if board.is_child(cell, rank, homes)]
            return [*self._by_rule(rank, faces, own)] or [None]
        if fault.kind == "overlap":
            own = [cell for cell in fault.cells if board.is_child(cell, rank, homes)]
            takers = self._by_rule(rank, faces, own) or board.bordering(rank, faces, homes)
        else:
            takers = board.bordering(rank, faces, homes)
            takers.sort(key=lambda cell: not board.covered_below(rank, faces, cell))
        if not takers:
            raise Impossible("no-neighbour", "no cell that may have it borders on it")
        return list(takers)

    def _check_size(self, fault: Fault, faces: Faces) -> None:
        area, limits = self._board.faces.area(faces), self._limits
        width = self._board.faces.width(faces) if fault.kind in {"gap", "hole"} else 0.0
        if width > limits.max_gap_width_m:
            raise Impossible(
                "too-wide",
                f"it is {width:,.1f} m wide, more than {limits.max_gap_width_m:g} m: it may be water, or "
                "land of somebody else",
            )
        if area > limits.max_area_m2:
            raise Impossible(
                "too-large",
                f"it has {area:,.0f} m², more than {limits.max_area_m2:,.0f} m²: a person has to decide",
            )

    def _by_rule(self, rank: Rank, faces: Faces, cells: Iterable[int]) -> list[int]:
        """Order the cells that claim faces by the rule for overlaps."""
        board = self._board
        measure = dict.fromkeys(cells, 0.0)
        if self._limits.overlap == "larger":
            measure = {cell: board.area_of(cell) for cell in measure}
        elif self._limits.overlap == "longest_border":
            for half in board.faces.border(faces):
                for cell in board.cover[board.faces.across(half)] & measure.keys():
                    measure[cell] += board.faces.length(half)
        return board.longest_first(measure)

    def _siblings(self, rank: Rank, cell: int, faces: Faces) -> list[int]:
        """Name the neighbours with the same parent that a thin part may go to."""
        board = self._board
        homes = frozenset().union(*(board.cover[face] & rank.roof for face in faces))
        if len(homes) > 1 or any(board.fault(face, rank) is not None for face in faces):
            raise Impossible("parents-unclear", "it lies where other findings have to be settled first")
        takers = [other for other in board.bordering(rank, faces, homes) if other != cell]
        if not takers:
            raise Impossible("no-neighbour", "no cell that may have it borders on it")
        return takers

    def behind(self, sliver: Finding) -> set[tuple[int, int | None]]:
        """Name the findings, and to whom they went, that cut a new sliver: beside it, else from its cell."""
        board = self._board
        (thin,) = board.faces.inside([sliver.geometry])
        beside = {board.faces.across(half) for half in board.faces.border(thin)}
        code = board.faces.noded.land.code
        near: set[tuple[int, int | None]] = set()
        far: set[tuple[int, int | None]] = set()
        for step, numbers in self._steps:
            for cell, lost in step.lost.items():
                if code[cell] in sliver.cells:
                    (near if lost & beside else far).update((number, step.target) for number in numbers)
        return near or far

    def told(self) -> tuple[tuple[Fixed, ...], tuple[Left, ...]]:
        """Say what became of each finding."""
        fixed: list[Fixed] = []
        left: list[Left] = []
        for number, one in enumerate(self._findings):
            if one.rule == "unmatched_edge":
                fixed.append(Fixed(one, ()))
            elif one.rule == "invalid_polygon":
                if one.severity != "minor":
                    left.append(Left(one, "doubtful-polygon", _DOUBTFUL, one.geometry))
            elif self._level[number] < 0 or not self._places[number]:
                left.append(Left(one, "not-here", _NOT_HERE, one.geometry))
            else:
                self._tell(number, one, fixed, left)
        return tuple(fixed), tuple(left)

    def _tell(self, number: int, one: Finding, fixed: list[Fixed], left: list[Left]) -> None:
        board, rank = self._board, self._board.ranks[self._level[number]]
        places = self._places[number]
        if one.rule == "sliver":
            open_faces = frozenset().union(*self._thin(number, rank).values())
        else:
            open_faces = frozenset(face for face in places if board.fault(face, rank) is not None)
        if not open_faces:
            to = sorted({board.name(cell) for face in places for cell in board.cover[face] & rank.cells})
            fixed.append(Fixed(one, tuple(to)))
            return
        code, reason = self._refused.get(number, ("not-here", _NOT_HERE))
        if one.rule == "duplicate_cell":
            code, reason = "would-empty", "the cells are the same land: retire one of them"
        left.append(Left(one, code, reason, board.faces.shape(open_faces)))
