"""Which cells a place lies in, and who answers for them: in every scheme, at any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.utils import timezone

from boundaries.models import Edition, Scheme
from boundaries.participants import registered
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
    return PlaceAnswer(float(place[0]), float(place[1]), moment, answers)


def _on_the_earth(lon: float, lat: float, crs: str | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Bring a place to the lattice."""
    given = np.array([[lon, lat]], dtype=np.float64)
    system = resolve_crs(crs) if crs else None
    xy = system.to_lonlat(given) if system and np.isfinite(given).all() else given
    if not np.isfinite(xy).all() or abs(xy[0, 0]) > 180 or abs(xy[0, 1]) > 90:
        swapped = abs(lon) <= 90 and 90 < abs(lat) <= 180
        hint = "; longitude comes first" if swapped else ""
        raise BadCoordinates(f"({lon:g}, {lat:g}) is no place on the earth in {crs or 'EPSG:4326'}{hint}")
    place: np.ndarray[Any, np.dtype[np.float64]] = snap(xy)[0]
    return place


def _in_scheme(
    scheme: Scheme, edition: Edition, place: Any, moment: dt.datetime, *, private: bool
) -> SchemeAnswer:
    """Look among the cells near the place; where none holds it, among all."""
    land = land_near(scheme, float(place[0]), float(place[1]), moment)
    locator = Locator.of(land)
    found = locator.points(place[None, :])
    # Among the cells near a place in a gap the cell above passes for a leaf.
    if found.leaf[0] < 0 or cells_divided([land.ident[cell] for cell in found.touching(0)], moment):
        land = land_at(scheme, moment)
        locator = Locator.of(land)
        found = locator.points(place[None, :])
    leaf = int(found.leaf[0])
    if leaf < 0:
        return _in_no_cell(scheme, edition, locator, place, moment, Reason(int(found.reason[0])))
    chain = land.chain(leaf)
    touching = found.touching(0)
    others = [cell for cell in touching if cell != leaf]
    kinds = cell_kinds([land.ident[cell] for cell in {*chain, *others}], moment)
    return SchemeAnswer(
        scheme,
        edition,
        on_edge=bool(found.on_edge[0]),
        method="boundary_tiebreak" if len(touching) > 1 else "within",
        reason=None,
        cells=_cells(land, chain, kinds),
        touching=[land.code[cell] for cell in others],
        neighbours=_cells(land, others, kinds),
        overlapping=_overlapping(land, place, {*chain, *touching}, moment),
        border_m=round(float(locator.border_distance(place[None, :], found.leaf)[0]), 3),
        responsible=_responsible(scheme, land, chain, moment, private=private),
    )


def _in_no_cell(
    scheme: Scheme, edition: Edition, locator: Locator, place: Any, moment: dt.datetime, reason: Reason
) -> SchemeAnswer:
    land = locator.land
    nearest, metres = locator.nearest(place[None, :])
    near = None
    words = "there is no cell at all"
    if nearest[0] >= 0:
        code, name = land.code[int(nearest[0])], land.name[int(nearest[0])]
        near = {"code": code, "name": name, "distance_m": round(float(metres[0]), 3)}
        what = "is in a gap" if reason == Reason.GAP else "lies outside the land"
        words = f"the place {what}; the nearest cell is {code}, {metres[0]:,.1f} m away"
    around = _cells_around(land, place) if reason == Reason.GAP else []
    kinds = cell_kinds([land.ident[cell] for cell in around], moment)
    return SchemeAnswer(
        scheme,
        edition,
        on_edge=False,
        method="gap" if reason == Reason.GAP else "outside",
        reason=words,
        cells=_cells(land, around, kinds),
        nearest=near,
    )


def _cells_around(land: Land, place: Any) -> list[int]:
    """Give the chain of the deepest cell that holds a place in a gap, if any level above has one."""
    for depth in range(len(land.levels) - 2, -1, -1):
        above = land.down_to(depth)
        leaf = int(Locator.of(above).points(place[None, :]).leaf[0])
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


def _overlapping(land: Land, place: Any, known: Collection[int], moment: dt.datetime) -> list[dict[str, Any]]:
    """Give the cells that hold a place beside its chain; none of them divides land."""
    held = shapely.intersects(land.shapes, shapely.Point(place))
    others = [cell for cell in np.flatnonzero(held).tolist() if cell not in known and _is_beside(land, cell)]
    return _cells(land, others, cell_kinds([land.ident[cell] for cell in others], moment))


def _is_beside(land: Land, cell: int) -> bool:
    return not land.levels[int(land.level[cell])].divides_land


def _responsible(
    scheme: Scheme, land: Land, chain: Sequence[int], moment: dt.datetime, *, private: bool
) -> list[dict[str, Any]]:
    ids = [land.ident[cell] for cell in chain]
    answers: list[dict[str, Any]] = []
    for participant in registered():
        held = participant.who_answers(scheme=scheme, cells=ids, at=moment, private=private)
        for ident in ids:
            answers.extend(held.get(ident, []))
    return answers
