"""Random lands of many levels, patched from unit squares, and random changes of them.

The squares of a quilt of 9 × 6 belong to zones, to a gap or to nobody; zones belong to streets, or right to a
city; a zone may be divided into plots, and may hold a site, which is a partial level. A city or a street may
say that squares are its own that none of its zones has, which is a gap::

    city   partition        zone   partition       plot   ragged
    street ragged           site   partial
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import shapely
from django.utils import timezone

from boundaries.models import Cell as StoredCell
from boundaries.models import CellVersion, Edition, Level, Scheme
from geogrid.core.change import Change
from geogrid.core.coverage import Cell
from tests.layers.lands import at, geos, lot

WIDE, HIGH = 9, 6
LEVELS = (
    ("city", "partition", -1),
    ("street", "ragged", 0),
    ("zone", "partition", 1),
    ("plot", "ragged", 2),
    ("site", "partial", 2),
)
CITY, STREET, ZONE, PLOT, SITE = range(5)

Squares = frozenset[tuple[int, int]]


@dataclass
class Patch:
    """A cell of the quilt: the squares that are its own, and how its border is noded."""

    ident: UUID
    level: int
    code: str
    parent: UUID | None
    squares: Squares
    nodes: int = 0

    def cell(self) -> Cell:
        shape = None
        if self.squares:
            whole = shapely.union_all([lot(*square) for square in sorted(self.squares)])
            noded = shapely.segmentize(whole, 0.01 / (self.nodes + 1)) if self.nodes else whole
            noded = shapely.transform(noded, _beside)
            shape = shapely.multipolygons([shapely.get_parts(noded)])[0]
        return Cell(self.ident, self.level, self.code, self.code, "", self.parent, shape)


def _beside(xy):
    """Put nodes that are no corners of squares a grid step beside the straight edge, as snapping may."""
    snapped = xy.round(8)
    corner = (abs(xy / 0.01 - (xy / 0.01).round()) < 1e-5).all(axis=1)
    return np.where(corner[:, None], snapped, (snapped + 1e-8).round(8))


@dataclass
class Quilt:
    """All patches of a moment, and chance."""

    chance: random.Random
    patches: dict[UUID, Patch] = field(default_factory=dict)
    count: int = 0
    kept: dict[UUID, Squares] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int) -> Quilt:
        quilt = cls(random.Random(seed))
        chance = quilt.chance
        cities = [quilt.add(CITY, None, frozenset()) for _ in range(chance.choice((1, 2, 3)))]
        streets = [
            quilt.add(STREET, chance.choice(cities).ident, frozenset())
            for _ in range(chance.choice((0, 3, 4)))
        ]
        zones = [quilt.add(ZONE, None, frozenset()) for _ in range(15)]
        for zone in zones:
            beside = chance.random() < 0.2 or not streets
            zone.parent = chance.choice(cities if beside else streets).ident
        thin = chance.choice((0.5, 0.85, 0.95))
        for square in quilt.squares():
            if chance.random() < thin:
                zones[square[0] // 2 + 5 * (square[1] // 2)].squares |= {square}
        quilt.settle()
        return quilt

    @staticmethod
    def squares() -> Iterator[tuple[int, int]]:
        yield from ((x, y) for x in range(WIDE) for y in range(HIGH))

    def add(self, level: int, parent: UUID | None, squares: Squares) -> Patch:
        self.count += 1
        code = f"{self.chance.choice('abAB19')}{self.count}"
        patch = Patch(UUID(int=self.chance.getrandbits(128), version=4), level, code, parent, squares)
        self.patches[patch.ident] = patch
        return patch

    def at(self, level: int) -> list[Patch]:
        return [patch for patch in self.patches.values() if patch.level == level]

    def settle(self) -> None:
        """Let the upper levels have what those below have; a ring of squares encloses its hole or not."""
        for patch in [one for one in self.patches.values() if one.level >= ZONE and not one.squares]:
            del self.patches[patch.ident]
        for patch in [one for one in self.patches.values() if one.level > ZONE]:
            if patch.parent not in self.patches:
                del self.patches[patch.ident]
            else:
                patch.squares &= self.patches[patch.parent].squares
        for patch in (*self.at(STREET), *self.at(CITY)):
            below = self._below(patch.ident)
            taken = frozenset().union(*(one.squares for one in self.at(patch.level) if one is not patch))
            patch.squares = below | (self.kept.get(patch.ident, frozenset()) - taken if below else below)
            if not below and (patch.level == STREET or len(self.at(CITY)) > 1):
                del self.patches[patch.ident]

    def _below(self, ident: UUID) -> Squares:
        return frozenset().union(*(one.squares for one in self.patches.values() if one.parent == ident))

    def cells(self) -> dict[UUID, Cell]:
        return {ident: patch.cell() for ident, patch in self.patches.items() if patch.squares}

    # --- What can happen to it ---

    def change(self) -> str:
        """Change something by chance; the zones keep their squares apart."""
        kinds = (self.split, self.merge, self.transfer, self.drop, self.fill, self.node, self.divide)
        more = (self.undivide, self.renumber, self.move_site, self.keep_gap, self.add_street)
        kind = self.chance.choice((*kinds, *more))
        zones = self.at(ZONE)
        kind(self.chance.choice(zones)) if zones else self.fill(None)
        for patch in list(self.patches.values()):
            if patch.level > ZONE and not patch.squares:
                del self.patches[patch.ident]
        self.settle()
        return kind.__name__

    def split(self, zone: Patch) -> None:
        if len(zone.squares) < 2:
            return
        first = frozenset(self.chance.sample(sorted(zone.squares), len(zone.squares) // 2))
        for squares in (first, zone.squares - first):
            self.add(ZONE, zone.parent, squares)
        del self.patches[zone.ident]

    def merge(self, zone: Patch) -> None:
        other = self.chance.choice(self.at(ZONE))
        if other is not zone:
            other.squares |= zone.squares
            del self.patches[zone.ident]

    def transfer(self, zone: Patch) -> None:
        other = self.chance.choice(self.at(ZONE))
        if other is not zone and zone.squares:
            moved = frozenset({self.chance.choice(sorted(zone.squares))})
            zone.squares -= moved
            other.squares |= moved

    def drop(self, zone: Patch) -> None:
        zone.squares -= frozenset({self.chance.choice(sorted(zone.squares))})

    def fill(self, zone: Patch | None) -> None:
        free = sorted(frozenset(self.squares()) - frozenset().union(*(one.squares for one in self.at(ZONE))))
        if free:
            parent = zone.parent if zone else self.at(CITY)[0].ident
            self.add(ZONE, parent, frozenset({self.chance.choice(free)}))

    def node(self, zone: Patch) -> None:
        zone.nodes += 1
        for patch in self.patches.values():
            patch.nodes = max(patch.nodes, zone.nodes) if patch.level < ZONE else patch.nodes

    def divide(self, zone: Patch) -> None:
        if self._below(zone.ident):
            return
        for square in sorted(zone.squares):
            if self.chance.random() < 0.8:
                self.add(PLOT, zone.ident, frozenset({square}))

    def undivide(self, zone: Patch) -> None:
        for patch in [one for one in self.patches.values() if one.parent == zone.ident]:
            del self.patches[patch.ident]

    def renumber(self, zone: Patch) -> None:
        self.count += 1
        zone.code = f"{self.chance.choice('abAB19')}{self.count}"

    def move_site(self, zone: Patch) -> None:
        sites = [one for one in self.at(SITE) if one.parent == zone.ident]
        for site in sites:
            del self.patches[site.ident]
        plots = any(one.parent == zone.ident for one in self.at(PLOT))
        if not plots and zone.squares:
            self.add(SITE, zone.ident, frozenset({self.chance.choice(sorted(zone.squares))}))

    def keep_gap(self, zone: Patch) -> None:
        """Let a street and its city, or a city, say that squares of no zone are theirs, or no longer."""
        squares = frozenset(self.chance.sample(list(self.squares()), 4))
        above = zone.parent
        while above is not None:
            self.kept[above] = self.kept.get(above, frozenset()) ^ squares
            above = self.patches[above].parent

    def add_street(self, zone: Patch) -> None:
        """Put a zone into a street of its own."""
        city = self.chance.choice(self.at(CITY))
        zone.parent = self.add(STREET, city.ident, frozenset()).ident


def quilt_scheme(code: str = "quilt") -> Scheme:
    scheme = Scheme.objects.create(code=code, name_zh=code, name_en=code, document={})
    levels: list[Level] = []
    for place, (name, rule, parent) in enumerate(LEVELS):
        above = levels[parent] if parent >= 0 else None
        names = {"code": name, "name_zh": name, "name_en": name, "rule": rule}
        levels.append(Level.objects.create(scheme=scheme, ordinal=place + 1, parent=above, **names))
    return scheme


def publish(
    scheme: Scheme, before: Mapping[UUID, Cell], after: Mapping[UUID, Cell], effective=None
) -> Edition:
    """Write the next edition; what differs gets a version."""
    moment = effective or timezone.now()
    edition = Edition.objects.create(
        scheme=scheme,
        number=scheme.editions.count() + 1,
        effective=moment,
        published_at=timezone.now(),
        certificate={},
    )
    levels = list(scheme.levels.order_by("ordinal"))
    for one in Change.between(before, after).cells:
        for version in CellVersion.objects.filter(cell=one.ident, valid__upper_inf=True):
            version.valid = (version.valid.lower, moment)
            version.save()
    changed = [one.after for one in Change.between(before, after).cells if one.after is not None]
    for cell in sorted(changed, key=lambda cell: cell.level):
        StoredCell.objects.get_or_create(
            id=cell.ident, defaults={"scheme": scheme, "level": levels[cell.level]}
        )
    for cell in changed:
        CellVersion.objects.create(
            cell_id=cell.ident,
            scheme=scheme,
            level=levels[cell.level],
            parent_id=cell.parent,
            edition=edition,
            code=cell.code,
            name=cell.name,
            geom=None if cell.shape is None else geos(cell.shape),
            valid=(moment, None),
        )
    return edition


def some_shape(chance: random.Random) -> shapely.Geometry:
    """A feature in or around the quilt: often on a corner or an edge."""

    def spot() -> tuple[float, float]:
        step = chance.choice((1, 0.5, 0.25))
        x, y = (chance.randrange(-2, int((size + 2) / step)) * step for size in (WIDE, HIGH))
        return at(x + chance.choice((0, 0, 1e-6)), y)

    x, y = spot()
    kind = chance.randrange(6)
    if kind < 3:
        return shapely.Point(x, y)
    if kind == 3:
        return shapely.LineString([(x, y), spot(), spot()]) if chance.random() < 0.5 else _walk(chance, x, y)
    if kind == 4:
        wide, high = (round(chance.choice((0.004, 0.01, 0.013, 0.025)), 8) for _ in range(2))
        return shapely.Polygon(
            [
                (x, y),
                (round(x + wide, 8), y),
                (round(x + wide, 8), round(y + high, 8)),
                (x, round(y + high, 8)),
            ]
        )
    return shapely.MultiPoint([spot() for _ in range(3)])


def _walk(chance: random.Random, x: float, y: float) -> shapely.LineString:
    """A line along the borders."""
    return shapely.LineString([(x, y), (round(x + 0.01, 8), y), (round(x + 0.01, 8), round(y + 0.02, 8))])
