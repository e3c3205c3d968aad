"""The features that somebody should look at: in no cell, astride, on an edge, or put elsewhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

import numpy as np
import shapely

from boundaries.models import Scheme
from boundaries.selectors.cells import ChainLink, Place, cell_chains, place_of
from boundaries.selectors.grounds import ground_at
from boundaries.selectors.moments import as_of_time
from geogrid.core.assigning import place_features
from geogrid.core.locator import Locator
from layers.models import Layer, Method
from layers.selectors import rows_of, straddling_threshold
from layers.selectors.boxes import WHOLE_EARTH, box_widened, boxes_of
from layers.selectors.near import NearGround, StoredLevels
from layers.selectors.privacy import NAME_FIELD, layers_seen

Kind = Literal["unassigned", "straddling", "on_edge", "overridden", "outside"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""`outside` is counted and listed apart: it is no blind spot of a scheme (geometry.md 17)."""
MOST = 1000
"""How many are given at once."""


@dataclass(frozen=True, slots=True)
class NearestCell:
    """The leaf that is nearest to a feature in no cell."""

    code: str
    name: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision about a feature; `heeded` if its cell is the one that counts."""

    cell: str
    reason: str
    since: dt.datetime | None
    until: dt.datetime | None
    by: str | None
    heeded: bool


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """A feature to look at.

    Attributes
    ----------
    feature : int
        Its number, by which the list is ordered.
    key : str, optional
        None where it is private.
    kinds : tuple of Kind
        Why it is listed.
    method : str, optional
        What decided the assignment; None where there is none.
    chain : sequence of ChainLink
        Its cell and those above it, the top first; empty where it is in no cell.
    share : float
        Of it, in its cell.
    shares : mapping
        Code of a cell to share, where more than one is met.
    nearest : NearestCell, optional
        For what lies in a gap.
    nearest_m : float, optional
        How far the nearest cell is, where it is in none.
    """

    feature: int
    layer: str
    key: str | None
    name: str
    kinds: tuple[Kind, ...]
    method: str | None
    chain: Sequence[ChainLink]
    share: float
    shares: Mapping[str, float]
    nearest: NearestCell | None
    nearest_m: float | None
    position: Place | None
    override: Decision | None

    @property
    def cell(self) -> str | None:
        """The code of its cell."""
        return self.chain[-1].code if self.chain else None


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """A part of the list, how many there are of each kind, and after which feature it goes on, if it does."""

    at: dt.datetime
    numbers: Mapping[Kind, int]
    rows: Sequence[BlindSpot]
    next: int | None

    @property
    def any(self) -> bool:
        """Whether there is anything to look at; what is outside is nothing."""
        return any(number for kind, number in self.numbers.items() if kind != "outside")


def blind_spots(
    scheme: Scheme,
    *,
    at: dt.datetime,
    kind: Kind | None = None,
    layer: Layer | None = None,
    cell: str | None = None,
    after: int = 0,
    limit: int = 100,
    private: bool = False,
) -> BlindSpots:
    """List the features of a scheme to look at, in the order of their numbers.

    Parameters
    ----------
    kind : Kind, optional
        One kind only; else all but what is outside.
    layer : Layer, optional
    cell : str, optional
        Code of a cell: what is assigned to it or below it, and what is in no cell and lies in its land.
    after : int
        Go on after this feature.
    private : bool
        Whether to show what is not public of the features, and who decided.
    """
    facts: dict[str, Any] = {"scheme": scheme.pk, "at": at}
    unassigned = rows_of("features_unassigned", facts)[0][0] != 0
    wanted = {"kind": kind, "layer": layer.pk if layer else None, "cell": cell, "after": after}
    names = {"threshold": straddling_threshold(scheme), "name_field": NAME_FIELD}
    # One more than is given tells whether the list goes on.
    rows = rows_of("blind_spots", {**facts, **wanted, **names, "unassigned": unassigned, "limit": limit + 1})
    numbers = dict(zip(KINDS, rows[0][:5], strict=True))
    found = [_Row(*row[5:]) for row in rows if row[5] is not None]
    shown = found[:limit]
    return BlindSpots(
        at,
        numbers,
        list(_spots(scheme, at, shown, private=private)),
        shown[-1].feature if len(found) > limit else None,
    )


def all_blind_spots(scheme: Scheme, *, at: dt.datetime, **wanted: Any) -> Iterator[BlindSpots]:
    """Give the whole list in parts, never all at once."""
    after: int | None = 0
    while after is not None:
        part = blind_spots(scheme, at=at, after=after, limit=MOST, **wanted)
        yield part
        after = part.next


@dataclass(frozen=True, slots=True)
class _Row:
    feature: int
    layer: str
    key: str
    name: str | None
    unassigned: bool
    straddling: bool
    on_edge: bool
    overridden: bool
    outside: bool
    cell: UUID | None
    method: str | None
    share: float
    shares: str | None
    nearest_m: float | None
    lon: float | None
    lat: float | None
    shape: Any
    decided: UUID | None
    decided_code: str | None
    reason: str | None
    since: dt.datetime | None
    until: dt.datetime | None
    by: str | None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if getattr(self, kind))

    def decision(self, *, private: bool) -> Decision | None:
        if self.decided is None:
            return None
        heeded = self.method == Method.MANUAL and self.decided == self.cell
        by = self.by if private else None
        return Decision(self.decided_code or "", self.reason or "", self.since, self.until, by, heeded)


def _spots(scheme: Scheme, at: dt.datetime, rows: Sequence[_Row], *, private: bool) -> Iterator[BlindSpot]:
    if not rows:
        return
    chains = cell_chains(as_of_time(scheme, at), [row.cell for row in rows if row.cell])
    nearest = _nearest(scheme, at, [row for row in rows if row.shape is not None])
    layers = Layer.objects.filter(code__in={row.layer for row in rows})
    seen = {one.layer.code: one for one in layers_seen(layers, private=private)}
    for row in rows:
        privacy = seen[row.layer]
        yield BlindSpot(
            feature=row.feature,
            layer=row.layer,
            key=None if privacy.hides_key else row.key,
            name="" if privacy.hides_name else row.name or "",
            kinds=row.kinds,
            method=row.method,
            chain=chains[row.cell] if row.cell else [],
            share=row.share,
            shares=json.loads(row.shares or "{}"),
            nearest=nearest.get(row.feature),
            nearest_m=row.nearest_m,
            position=place_of((row.lon, row.lat)),
            override=row.decision(private=private),
        )


def _nearest(scheme: Scheme, at: dt.datetime, rows: Sequence[_Row]) -> dict[int, NearestCell]:
    """Find the nearest leaf of features in a gap: how far it is has been stored, but not which one it is."""
    if not rows:
        return {}
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = shapely.from_wkb([bytes(row.shape) for row in rows])
    boxes = []
    for row, shape in zip(rows, shapes, strict=True):
        (box,) = boxes_of([shape]) or [WHOLE_EARTH]
        # A millimetre more, so that what is exactly so far away meets the box.
        wide = None if row.nearest_m is None else box_widened(box, row.nearest_m + 0.001)
        boxes.append(wide or WHOLE_EARTH)
    ground = NearGround(ground_at(scheme, at), StoredLevels(scheme, at))
    land = ground.land([WHOLE_EARTH] if WHOLE_EARTH in boxes else boxes, covered=True)
    placed = place_features(Locator.of(land), shapes)
    return {
        row.feature: NearestCell(land.code[one.nearest], land.name[one.nearest], round(one.nearest_m, 3))
        for row, one in zip(rows, placed, strict=True)
        if one.nearest >= 0 and one.nearest_m is not None
    }
