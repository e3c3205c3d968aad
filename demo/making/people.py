"""Invented people: an office for every cell, and who holds which post from when to when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from demo.making.land import Cell, Land

_HOURS = "T00:00:00+08:00"
_SUBDISTRICT = "街道"

Row = dict[str, Any]


@dataclass
class People:
    """Rows of the three files.

    Attributes
    ----------
    organisations : list
        `name, phone, parent`; parents come before their children.
    persons : list
        `id, name, kind, organisation, office_phone, private_phone, fictional`
    appointments : list
        `person, post, cell, since, until, deputy`
    """

    organisations: list[Row] = field(default_factory=list)
    persons: list[Row] = field(default_factory=list)
    appointments: list[Row] = field(default_factory=list)


def people_of(land: Land) -> People:
    """Invent the people of a land, level by level."""
    staff = _Staff(land.plan.document)
    levels = land.plan.document["levels"]
    for level, cells in zip(levels.values(), (land.city, land.districts, land.territories), strict=True):
        for cell in cells:
            staff.fill(level, cell)
    return staff.people


class _Staff:
    """Hires for one cell after the other."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._plan = plan["people"]
        self._code = plan["local_code"]
        self._rng = np.random.default_rng([plan["seed"], 3])
        self._names = self._unused_names()
        self._offices: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._changing = {(one["cell"], one["post"]) for one in self._plan["changing"]}
        acting = self._plan["acting"]
        self._acting = (acting["cell"], acting["post"])
        self.people = People()

    def _unused_names(self) -> Iterator[str]:
        """Give every pair of a surname and a given name once, in no order; no word comes twice in a name."""
        names = [
            surname + given
            for surname in self._plan["surnames"]
            for given in self._plan["given"]
            if surname not in given
        ]
        return iter([names[number] for number in self._rng.permutation(len(names)).tolist()])

    def fill(self, level: str, cell: Cell) -> None:
        """Open the office of a cell and fill its posts."""
        office = self._open(cell)
        for post in self._plan["posts"][level]:
            since = self._day()
            if (cell.code, post) == self._acting:
                left = self._plan["left"]
                self._appoint(self._hire(office, post), post, cell, since, until=left)
                self._appoint(self._hire(office, post), post, cell, left, deputy=True)
            elif (cell.code, post) in self._changing:
                change = self._plan["change"]
                self._appoint(self._hire(office, post), post, cell, since, until=change)
                self._appoint(self._hire(office, post), post, cell, change)
            else:
                self._appoint(self._hire(office, post), post, cell, since)

    def _open(self, cell: Cell) -> str:
        above = self._places.get(cell.parent, "")
        kind = cell.attributes["kind"]
        if kind == "township" and cell.name.endswith(_SUBDISTRICT):
            kind = "subdistrict"
        # Townships of several districts have the same name; districts of a city have not.
        place = f"{above}{cell.name}" if cell.parent in self._places and above else cell.name
        self._places[cell.code] = cell.name if cell.parent else ""
        office = f"{place}{self._plan['offices'][kind]}{self._plan['mark']}"
        self._offices[cell.code] = office
        self.people.organisations.append(
            {
                "name": office,
                "phone": self._office_phone(len(self.people.organisations) + 1, 0),
                "parent": self._offices.get(cell.parent, ""),
            }
        )
        return office

    def _office_phone(self, office: int, extension: int) -> str:
        return f"{self._plan['phones']['office']}{office:03d}{extension:03d}"

    def _day(self) -> dt.date:
        """Give the first of some month."""
        first, last = self._plan["begin"]
        months = (last.year - first.year) * 12 + last.month - first.month
        month = first.month - 1 + int(self._rng.integers(months + 1))
        return dt.date(first.year + month // 12, month % 12 + 1, 1)

    def _hire(self, office: str, post: str) -> str:
        number = len(self.people.persons) + 1
        chief = post.startswith("chief")
        offices = len(self.people.organisations)
        private = f"{self._plan['phones']['private']}{number:08d}"
        self.people.persons.append(
            {
                "id": f"{self._code}-N-{number:05d}",
                "name": next(self._names),
                "kind": self._plan["kinds"]["chief" if chief else "other"],
                "organisation": office,
                "office_phone": self._office_phone(offices, 1) if chief else "",
                "private_phone": private if number % self._plan["private_every"] == 0 else "",
                "fictional": "true",
            }
        )
        return str(self.people.persons[-1]["id"])

    def _appoint(
        self,
        person: str,
        post: str,
        cell: Cell,
        since: dt.date,
        *,
        until: dt.date | None = None,
        deputy: bool = False,
    ) -> None:
        self.people.appointments.append(
            {
                "person": person,
                "post": post,
                "cell": cell.code,
                "since": f"{since}{_HOURS}",
                "until": f"{until}{_HOURS}" if until else "",
                "deputy": "true" if deputy else "false",
            }
        )
