"""Which cell holds which face while a land is repaired, and what one step of a repair does to all levels.

A step gives connected faces of one level to one cell, or to nobody. What lies below follows: cells below the
losers lose the faces too, and where the winner is tiled by cells below, one of them takes each face. So the
levels stay nested, and no step makes a fault: on every level the faces at fault can only become fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from geogrid.core.audits.noded_land import EXTENT
from geogrid.core.audits.regions import to_be_tiled
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.repairing_faces import Cover, Faces, LandFaces

_NOBODY: Cover = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a face is not as it should be on a level; faces of one fault that share an edge are one place.

    Attributes
    ----------
    kind : str
        `gap`, `hole`, `overlap` or `outside`, as in `geogrid.core.audits.regions`.
    cells : frozenset of int
        Those of the level that cover it.
    homes : frozenset of int
        Those of the level above that cover it; for a gap only those that have to be tiled.
    """

    kind: str
    cells: Cover
    homes: Cover


@dataclass(frozen=True, slots=True)
class Rank:
    """A level that divides land.

    Attributes
    ----------
    above : int
        The level whose cells it divides; `EXTENT`, or -1 where nothing is known.
    below : tuple of int
        The levels that divide its cells.
    cells, roof, tiled : frozenset of int
        Its cells; those of the level above; those of them that it has to cover wholly.
    """

    level: int
    above: int
    below: tuple[int, ...]
    cells: Cover
    roof: Cover
    tiled: Cover
    open: bool


class Impossible(Exception):
    """The faces cannot go to that cell; `code` says why, the text says it to people."""

    def __init__(self, code: str, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.code = code


@dataclass
class Step:
    """Faces of a level that go to one cell, and all that follows.

    Attributes
    ----------
    target : int or None
    after : dict
        The cover of each face.
    lost, gained : dict
        Faces by cell.
    """

    level: int
    faces: Faces
    target: int | None
    after: dict[int, Cover] = field(default_factory=dict)
    lost: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    gained: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


class Board:
    """The faces of a land and who covers them, as it becomes."""

    def __init__(self, faces: LandFaces, areas: FloatArray, most_change: float) -> None:
        """Begin with the land as it is; `areas` are m², one a cell, `most_change` is a share of them."""
        land = faces.noded.land
        self.faces, self._areas, self._most = faces, areas, most_change
        self.parent = land.land_parent
        self.ranks = {
            level: self._rank(level) for level in range(len(land.levels)) if land.levels[level].divides_land
        }
        self._above = {cell: self._climb(cell) for rank in self.ranks.values() for cell in rank.cells}
        self.cover: list[Cover] = list(faces.covers)
        self.toggled: dict[int, set[int]] = defaultdict(set)
        self._held: dict[int, int] = defaultdict(int)
        for cover in self.cover:
            for cell in cover:
                self._held[cell] += 1
        self._sky = {level: self._open_sky(rank) for level, rank in self.ranks.items() if rank.open}

    def _rank(self, level: int) -> Rank:
        land = self.faces.noded.land
        above = land.land_level_above[level]
        if above < 0 and land.extent is not None:
            above = EXTENT
        roof = frozenset({EXTENT}) if above == EXTENT else frozenset(land.parents_at(level).tolist())
        below = tuple(
            deeper
            for deeper, above_it in enumerate(land.land_levels_above)
            if level in above_it and land.levels[deeper].divides_land and len(land.cells_at(deeper))
        )
        return Rank(
            level,
            above,
            below,
            frozenset(land.cells_at(level).tolist()),
            roof if above != -1 else frozenset(),
            to_be_tiled(self.faces.noded, level, above),
            above == -1 and land.levels[level].rule != "partial" and bool(len(land.cells_at(level))),
        )

    def _climb(self, cell: int) -> Cover:
        found, at = [], int(self.parent[cell])
        while at >= 0 and at not in found:
            found.append(at)
            at = int(self.parent[at])
        return frozenset(found)

    def _open_sky(self, rank: Rank) -> frozenset[int]:
        """Give the faces outside of all cells of a level that are no hole in its land."""
        outer = self.faces.arrangement.outer
        found, waiting = {outer}, [outer]
        while waiting:
            for half in self.faces.around(waiting.pop()):
                there = self.faces.across(half)
                if there not in found and not self.cover[there] & rank.cells:
                    found.add(there)
                    waiting.append(there)
        return frozenset(found)

    def is_child(self, cell: int, rank: Rank, homes: Cover) -> bool:
        """Whether a cell of a level is to lie in one of some cells of the level above."""
        if rank.above == -1:
            return True
        return (EXTENT if rank.above == EXTENT else int(self.parent[cell])) in homes

    def fault(self, face: int, rank: Rank) -> Fault | None:
        """Say what is wrong with a face on a level."""
        cover = self.cover[face]
        here, homes = cover & rank.cells, cover & rank.roof
        if len(here) > 1:
            return Fault("overlap", here, homes)
        if here:
            (cell,) = here
            return None if self.is_child(cell, rank, homes) else Fault("outside", here, homes)
        if homes & rank.tiled:
            return Fault("gap", _NOBODY, homes & rank.tiled)
        if rank.open and face not in self._sky[rank.level]:
            return Fault("hole", _NOBODY, _NOBODY)
        return None

    def faults(self, rank: Rank) -> dict[int, Fault]:
        """Give the faces of a level that are not as they should be."""
        outer = self.faces.arrangement.outer
        known: dict[Cover, bool] = {}
        found = {}
        for face, cover in enumerate(self.cover):
            # Covers repeat; a face that nothing of the level or above covers may be a hole.
            fine = known.get(cover)
            if fine and (cover & rank.cells or not rank.open):
                continue
            fault = self.fault(face, rank) if face != outer else None
            known[cover] = fault is None
            if fault is not None:
                found[face] = fault
        return found

    def bordering(
        self, rank: Rank, faces: Faces, homes: Cover, after: Mapping[int, Cover] | None = None
    ) -> list[int]:
        """Give the cells of a level that border on faces and may have them, the longest border first.

        Borders along land that is itself in order count first: what lies there is going to stay.
        """
        sure: dict[int, float] = defaultdict(float)
        doubtful: dict[int, float] = defaultdict(float)
        for half in self.faces.border(faces):
            there = self.faces.across(half)
            cover = (after or {}).get(there, self.cover[there])
            here = cover & rank.cells
            own = [cell for cell in here if self.is_child(cell, rank, homes)]
            at_home = len(here) == 1 and (rank.above == -1 or bool(cover & homes))
            for cell in own:
                (sure if at_home else doubtful)[cell] += self.faces.length(half)
        return self.longest_first(sure) or self.longest_first(doubtful)

    def longest_first(self, lengths: Mapping[int, float]) -> list[int]:
        """Order cells by a measure, the largest first, equals by code in byte order."""
        code = self.faces.noded.land.code
        return sorted(lengths, key=lambda cell: (-round(lengths[cell], 12), code[cell].encode(), cell))

    def plan(self, rank: Rank, faces: Faces, target: int | None) -> Step:
        """Work out what follows if faces go to a cell of a level.

        Raises
        ------
        Impossible
        """
        step = Step(rank.level, faces, target)
        for face in faces:
            cover = self.cover[face]
            losers = {cell for cell in cover & rank.cells if cell != target}
            gone = {cell for cell in cover if cell in losers or self._above.get(cell, _NOBODY) & losers}
            step.after[face] = (cover - gone) | (_NOBODY if target is None else {target})
        if target is not None:
            self._hand_down(rank, faces, target, step.after)
        self._count(step)
        return step

    def _hand_down(self, rank: Rank, faces: Collection[int], cell: int, after: dict[int, Cover]) -> None:
        """Let cells below take what the cell above them has and none of them covers any more.

        A gap that was there before is a finding of its own and stays one.
        """
        for level in rank.below:
            below = self.ranks[level]
            if cell not in below.tiled:
                continue
            bare = [face for face in faces if not after[face] & below.cells]
            bare = [face for face in bare if not self._was_gap(face, below, cell)]
            for group in self.faces.groups(bare, lambda _: True):
                takers = self.bordering(below, group, frozenset({cell}), after)
                if not takers:
                    raise Impossible(
                        "no-cell-below",
                        f"none of the {self._code_of_level(level)} cells in {self.name(cell)} borders on it",
                    )
                for face in group:
                    after[face] |= {takers[0]}
            held: dict[int, list[int]] = defaultdict(list)
            for face in faces:
                for child in after[face] & below.cells:
                    if self.is_child(child, below, frozenset({cell})):
                        held[child].append(face)
            for child in sorted(held):
                self._hand_down(below, held[child], child, after)

    def _was_gap(self, face: int, rank: Rank, home: int) -> bool:
        fault = self.fault(face, rank)
        return fault is not None and fault.kind == "gap" and home in fault.homes

    def _count(self, step: Step) -> None:
        """Note what each cell would lose and gain, and refuse what is too much for one of them."""
        for face, cover in step.after.items():
            for cell in self.cover[face] - cover:
                step.lost[cell].add(face)
            for cell in cover - self.cover[face]:
                step.gained[cell].add(face)
        for cell in step.lost.keys() | step.gained.keys():
            lost, gained = step.lost.get(cell, set()), step.gained.get(cell, set())
            if self._held[cell] - len(lost) + len(gained) <= 0:
                raise Impossible("would-empty", f"nothing would be left of {self.name(cell)}")
            moved = self.faces.area(self.toggled[cell] ^ lost ^ gained)
            if moved > self._most * float(self._areas[cell]):
                raise Impossible(
                    "change-too-large",
                    f"{self.name(cell)} would change by {moved / max(float(self._areas[cell]), 1e-9):.2%} of "
                    f"its area in all, more than {self._most:.2%}",
                )

    def take(self, step: Step) -> None:
        """Carry a step out."""
        for face, cover in step.after.items():
            self.cover[face] = cover
        for sides, sign in ((step.lost, -1), (step.gained, 1)):
            for cell, faces in sides.items():
                self.toggled[cell] ^= faces
                self._held[cell] += sign * len(faces)

    def name(self, cell: int) -> str:
        """Give the code of a cell, for people."""
        return self.faces.noded.land.code[cell] or "a cell without a code"

    def _code_of_level(self, level: int) -> str:
        return self.faces.noded.land.levels[level].code

    def covered_below(self, rank: Rank, faces: Faces, cell: int) -> bool:
        """Whether cells below a cell cover some faces already, all of them."""
        return bool(rank.below) and all(
            any(cell in self._above.get(other, _NOBODY) for other in self.cover[face]) for face in faces
        )

    def area_of(self, cell: int) -> float:
        """Give the area of a cell as it came, m²."""
        return float(self._areas[cell])

    def changed(self) -> list[int]:
        """Name the cells that do not hold the faces they came with."""
        return sorted(cell for cell, faces in self.toggled.items() if faces)

    def has_lost(self, cell: int) -> bool:
        """Whether a cell has lost land that it came with."""
        return any(cell not in self.cover[face] for face in self.toggled[cell])

    def edges_of(self, cell: int, own: IntArray) -> IntArray:
        """Give the directed edges around a cell as it becomes; what cancels is no edge.

        Parameters
        ----------
        own : (e, 2) int64
            Those of the cell as it came, noded.
        """
        faces = self.faces
        gained = [face for face in self.toggled[cell] if cell in self.cover[face]]
        lost = [face for face in self.toggled[cell] if cell not in self.cover[face]]
        more = faces.edges([half for face in gained for half in faces.around(face)])
        less = faces.edges([half for face in lost for half in faces.around(face)])
        edges: IntArray = np.concatenate([own, more, less[:, ::-1]])
        return edges
