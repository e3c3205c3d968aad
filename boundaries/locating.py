"""Which cells a place lies in, and who answers for them: in every scheme, at any time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils import timezone

from boundaries.lookup.places import Chain, EditionPlaces, edition_places
from boundaries.lookup.standing import standing, who_answers
from boundaries.models import Edition, Scheme
from boundaries.selectors import (
    cell_kinds,
    cells_divided,
    edition_at,
    land_at,
    land_near,
    scheme_get,
    schemes_with_edition,
)
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadCoordinates, NothingInForce
from geogrid.core.land import Land
from geogrid.core.lattice import snap
from geogrid.core.locator import Locator, Reason
from geogrid.times import moment_text


@dataclass(frozen=True)
class SchemeAnswer:
    """Where a place is in one scheme.

    Attributes
    ----------
    cells : list of dict
        From the top down; in a gap those above it.
    touching, neighbours
        The other leaves that a place on a border touches: their codes, and what the codes mean.
    overlapping : list of dict
        Further cells that hold the place: of levels that do not divide land, such as sites.
    nearest : dict, optional
        Of the leaf that is nearest, where none holds the place.
    border_m : float, optional
        Metres to the border of the leaf.
    """

    scheme: Scheme
    edition: Edition
    on_edge: bool
    method: str
    reason: str | None
    cells: list[dict[str, Any]]
    touching: list[str] = field(default_factory=list)
    neighbours: list[dict[str, Any]] = field(default_factory=list)
    overlapping: list[dict[str, Any]] = field(default_factory=list)
    nearest: dict[str, Any] | None = None
    border_m: float | None = None
    responsible: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the part of the document of design.md 7 that is about one scheme."""
        return {
            "scheme": self.scheme.code,
            "edition": self.edition.number,
            "on_edge": self.on_edge,
            "method": self.method,
            "override": None,
            "reason": self.reason,
            "cells": self.cells,
            "responsible": self.responsible,
            "touching": self.touching,
            "neighbours": self.neighbours,
            "overlapping": self.overlapping,
            "nearest": self.nearest,
            "border_m": self.border_m,
            "hotlines": [str(line) for line in self.scheme.document.get("hotlines", ())],
        }


@dataclass(frozen=True)
class PlaceAnswer:
    """Where a place is, longitude/latitude in degrees."""

    lon: float
    lat: float
    at: dt.datetime
    schemes: list[SchemeAnswer]

    def as_json(self) -> dict[str, Any]:
        """Give the document of design.md 7; `outside` if it is outside the land of every scheme."""
        return {
            "lon": self.lon,
            "lat": self.lat,
            "at": moment_text(self.at, "auto"),
            "outside": all(answer.method == "outside" for answer in self.schemes),
            "schemes": [answer.as_json() for answer in self.schemes],
        }


def place_locate(
    *,
    lon: float,
    lat: float,
    scheme: str | None = None,
    crs: str | None = None,
    at: dt.datetime | None = None,
    private: bool = False,
) -> PlaceAnswer:
    """Answer in which cells a place lies and who answers for them.

    Parameters
    ----------
    lon, lat : float
        In `crs`, EPSG:4326 if none is named.
    scheme : str, optional
        One scheme only; else all that have an edition in force at the time.
    at : datetime, optional
        Past or future; now if not given.
    private : bool
        Whether to show what is not public of the people.

    Raises
    ------
    BadCoordinates
        If the place is not on the earth.
    NothingInForce
        If nothing was in force at the time.
    """
    place = _on_the_earth(lon, lat, crs)
    moment = at or timezone.now()
    if at is None:
        now = standing(moment)
        known = now.in_force if scheme is None else {scheme: now.in_force.get(scheme)}
        if known and None not in known.values():
            answers = []
            for places in map(edition_places, known.values()):
                who = partial(now.who_answers, places, private=private)
                answers.append(_in_edition(places, place, who, moment))
            return PlaceAnswer(*place, moment, answers)
    asked = [scheme_get(scheme)] if scheme is not None else schemes_with_edition(moment)
    if not asked:
        raise NothingInForce(f"nothing is in force at {moment_text(moment)}: publish a draft first")
    answers = []
    for one in asked:
        edition = edition_at(one, moment)
        if edition is None:
            when = moment_text(moment)
            raise NothingInForce(f"the scheme {one.code} has no edition in force at {when}; see publish")
        answers.append(_in_scheme(one, edition, place, moment, private=private))
    return PlaceAnswer(*place, moment, answers)


Place = tuple[float, float]
Responsible = list[dict[str, Any]]


def _on_the_earth(lon: float, lat: float, crs: str | None) -> Place:
    """Bring a place to the lattice."""
    if crs is None and abs(lon) <= 180 and abs(lat) <= 90:
        # As `snap` does, without arrays.
        return math.floor(lon * 1e8 + 0.5) / 1e8, math.floor(lat * 1e8 + 0.5) / 1e8
    given = np.array([[lon, lat]], dtype=np.float64)
    system = resolve_crs(crs) if crs else None
    xy = system.to_lonlat(given) if system and np.isfinite(given).all() else given
    if not np.isfinite(xy).all() or abs(xy[0, 0]) > 180 or abs(xy[0, 1]) > 90:
        swapped = abs(lon) <= 90 and 90 < abs(lat) <= 180
        hint = "; longitude comes first" if swapped else ""
        raise BadCoordinates(f"({lon:g}, {lat:g}) is no place on the earth in {crs or 'EPSG:4326'}{hint}")
    east, north = snap(xy)[0].tolist()
    return east, north


def _in_scheme(
    scheme: Scheme, edition: Edition, place: Place, moment: dt.datetime, *, private: bool
) -> SchemeAnswer:
    """Look in the edition's own files, now and in future; at a past time in the database."""
    now = edition_at(scheme, timezone.now())
    if now is None or edition.number >= now.number:
        edition.scheme = scheme
        ask = partial(who_answers, scheme, private=private)
        return _in_edition(edition_places(edition), place, ask, moment)
    return in_past(scheme, edition, place, moment, private=private)


def _in_edition(
    places: EditionPlaces, place: Place, who: Callable[[Chain, dt.datetime], Responsible], moment: dt.datetime
) -> SchemeAnswer:
    edition = places.edition
    found = places.find(*place)
    if found.leaf < 0:
        nearest, metres = places.nearest(*place)
        near = places.told([nearest])[0] if nearest >= 0 else None
        around = places.around(*place) if found.reason == Reason.GAP else []
        return _in_no_cell(edition.scheme, edition, found.reason, near, metres, around)
    chain = places.chain(found.leaf)
    others = [cell for cell in found.touching if cell != found.leaf]
    neighbours = places.told(others)
    return SchemeAnswer(
        edition.scheme,
        edition,
        on_edge=found.on_edge,
        method="boundary_tiebreak" if others else "within",
        reason=None,
        cells=chain.told,
        touching=[cell["code"] for cell in neighbours],
        neighbours=neighbours,
        overlapping=places.beside(*place, {*chain.cells, *found.touching}),
        border_m=round(places.border_metres(found.leaf, *place), 3),
        responsible=who(chain, moment),
    )


def _in_no_cell(
    scheme: Scheme,
    edition: Edition,
    reason: Reason,
    nearest: Mapping[str, str] | None,
    metres: float,
    around: list[dict[str, Any]],
) -> SchemeAnswer:
    near = None
    words = "there is no cell at all"
    if nearest is not None:
        near = {"code": nearest["code"], "name": nearest["name"], "distance_m": round(metres, 3)}
        what = "is in a gap" if reason == Reason.GAP else "lies outside the land"
        words = f"the place {what}; the nearest cell is {near['code']}, {metres:,.1f} m away"
    return SchemeAnswer(
        scheme,
        edition,
        on_edge=False,
        method="gap" if reason == Reason.GAP else "outside",
        reason=words,
        cells=around,
        nearest=near,
    )


def in_past(
    scheme: Scheme, edition: Edition, place: Place, moment: dt.datetime, *, private: bool
) -> SchemeAnswer:
    """Look in the database: among the cells near the place; where none holds it, among all."""
    point = np.array([place])
    land = land_near(scheme, *place, moment)
    locator = Locator.of(land)
    found = locator.points(point)
    # Among the cells near a place in a gap the cell above passes for a leaf.
    if found.leaf[0] < 0 or cells_divided([land.ident[cell] for cell in found.touching(0)], moment):
        land = land_at(scheme, moment)
        locator = Locator.of(land)
        found = locator.points(point)
    leaf, reason = int(found.leaf[0]), Reason(int(found.reason[0]))
    if leaf < 0:
        return _in_no_past_cell(scheme, edition, locator, place, moment, reason)
    chain = land.chain(leaf)
    touching = found.touching(0)
    others = [cell for cell in touching if cell != leaf]
    kinds = cell_kinds([land.ident[cell] for cell in {*chain, *others}], moment)
    told = _cells(land, chain, kinds)
    idents = tuple(land.ident[cell] for cell in chain)
    return SchemeAnswer(
        scheme,
        edition,
        on_edge=bool(found.on_edge[0]),
        method="boundary_tiebreak" if len(touching) > 1 else "within",
        reason=None,
        cells=told,
        touching=[land.code[cell] for cell in others],
        neighbours=_cells(land, others, kinds),
        overlapping=_overlapping(land, place, {*chain, *touching}, moment),
        border_m=round(float(locator.border_distance(point, found.leaf)[0]), 3),
        responsible=who_answers(scheme, Chain(chain, idents, told), moment, private=private),
    )


def _in_no_past_cell(
    scheme: Scheme, edition: Edition, locator: Locator, place: Place, moment: dt.datetime, reason: Reason
) -> SchemeAnswer:
    land = locator.land
    nearest, metres = locator.nearest(np.array([place]))
    cell = int(nearest[0])
    near = {"code": land.code[cell], "name": land.name[cell]} if cell >= 0 else None
    around = _cells_around(land, place) if reason == Reason.GAP else []
    kinds = cell_kinds([land.ident[cell] for cell in around], moment)
    return _in_no_cell(scheme, edition, reason, near, float(metres[0]), _cells(land, around, kinds))


def _cells_around(land: Land, place: Place) -> list[int]:
    """Give the chain of the deepest cell that holds a place in a gap, if any level above has one."""
    for depth in range(len(land.levels) - 2, -1, -1):
        above = land.down_to(depth)
        leaf = int(Locator.of(above).points(np.array([place])).leaf[0])
        if leaf >= 0:
            return land.chain(leaf)
    return []


def _cells(land: Land, cells: Sequence[int], kinds: Mapping[UUID, str]) -> list[dict[str, Any]]:
    return [
        {
            "level": land.levels[int(land.level[cell])].code,
            "code": land.code[cell],
            "name": land.name[cell],
            "kind": kinds.get(land.ident[cell], ""),
        }
        for cell in cells
    ]


def _overlapping(
    land: Land, place: Place, known: Collection[int], moment: dt.datetime
) -> list[dict[str, Any]]:
    """Give the cells that hold a place beside its chain; none of them divides land."""
    held = shapely.intersects(land.shapes, shapely.Point(place))
    others = [cell for cell in np.flatnonzero(held).tolist() if cell not in known and _is_beside(land, cell)]
    return _cells(land, others, cell_kinds([land.ident[cell] for cell in others], moment))


def _is_beside(land: Land, cell: int) -> bool:
    return not land.levels[int(land.level[cell])].divides_land
