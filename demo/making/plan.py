"""What is to be made: the plan of a folder, and the real units, centres and outlines beside it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry
from ruamel.yaml import YAML

PLAN = "plan.yaml"
_KINDS_OF_NAMES = {"街道": "Subdistrict", "镇": "Town", "乡": "Township"}
_OFFICE = "办事处"


@dataclass(frozen=True)
class Centre:
    """A real seat of a town or a village: degrees of the sources' coordinate system."""

    code: str
    name: str
    town: str
    district: str
    at: tuple[float, float]
    is_seat: bool


@dataclass(frozen=True)
class Territory:
    """A third-level cell that is to be: where it grows from, and how.

    Attributes
    ----------
    above : str
        Code of the cell above it.
    seats : tuple of points
        Where it grows from; the first is its seat.
    area_km2 : float, optional
        It grows until it has so much; without it, it shares what is left.
    sources : mapping
        What its name, code and seat are taken from.
    """

    code: str
    name: str
    name_en: str
    kind: str
    above: str
    seats: tuple[tuple[float, float], ...]
    area_km2: float | None
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The plan and its folder."""

    folder: Path
    document: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Plan:
        """Read the plan of a folder."""
        with (folder / PLAN).open(encoding="utf-8") as stream:
            return cls(folder, YAML(typ="safe").load(stream))

    def source(self, name: str) -> Path:
        """Give the path of a source."""
        return self.folder / self.document["sources"][name]

    @cached_property
    def districts(self) -> dict[str, shapely.Polygon]:
        """The real outlines by code, as they came."""
        with self.source("districts").open(encoding="utf-8") as stream:
            features = json.load(stream)["features"]
        return {
            str(feature["properties"]["adcode"]): shapely.geometry.shape(feature["geometry"])
            for feature in features
        }

    @cached_property
    def city(self) -> shapely.Polygon:
        """The real outline of the city, as it came."""
        with self.source("city").open(encoding="utf-8") as stream:
            return shapely.geometry.shape(json.load(stream)["features"][0]["geometry"])

    @cached_property
    def units(self) -> list[dict[str, str]]:
        """The real units of all ranks."""
        with self.source("units").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    @cached_property
    def centres(self) -> list[Centre]:
        """The real centres of towns and villages."""
        return [
            Centre(
                code=unit["code"],
                name=unit["name"],
                town=unit["code"] if unit["level"] == "town" else unit["parent"],
                district=unit["code"][:6],
                at=(float(unit["longitude"]), float(unit["latitude"])),
                is_seat=unit["level"] == "town",
            )
            for unit in self.units
            if unit["level"] in {"town", "village"} and unit["longitude"]
        ]

    @cached_property
    def territories(self) -> list[Territory]:
        """All third-level cells that are to be, in order of their codes."""
        found = [*self._townships(), *(self._planned(cell) for cell in self.document["cells"])]
        return sorted(found, key=lambda territory: territory.code)

    def _townships(self) -> list[Territory]:
        pinyin = self._pinyin()
        own: dict[str, list[Centre]] = {}
        for centre in self.centres:
            own.setdefault(centre.town, []).append(centre)
        townships = []
        for unit in self.units:
            if unit["level"] != "town" or unit["code"] in self.document["not_townships"]:
                continue
            name = unit["name"].removesuffix(_OFFICE)
            seats = sorted(own[unit["code"]], key=lambda centre: (not centre.is_seat, centre.code))
            townships.append(
                Territory(
                    code=unit["code"],
                    name=name,
                    name_en=_english(name, pinyin),
                    kind="township",
                    above=unit["code"][:6],
                    seats=tuple(seat.at for seat in seats),
                    area_km2=None,
                    sources={"name_source": "adcode", "code_source": "adcode", "seat_source": "adcode"},
                )
            )
        return townships

    def _planned(self, cell: Mapping[str, Any]) -> Territory:
        listed = any(unit["code"] == cell["code"] and unit["longitude"] for unit in self.units)
        local = cell["code"][6] == "9" or cell["in"] not in self.districts
        return Territory(
            code=cell["code"],
            name=cell["name"],
            name_en=cell["name_en"],
            kind=cell["kind"],
            above=cell["in"],
            seats=tuple((lon, lat) for lon, lat in cell["at"]),
            area_km2=cell.get("area_km2"),
            sources={
                "name_source": cell["name_source"],
                "code_source": "local" if local else cell["name_source"],
                "seat_source": "adcode" if listed else "assumed",
            },
        )

    def _pinyin(self) -> dict[str, str]:
        with self.source("pinyin").open(encoding="utf-8-sig", newline="") as stream:
            return {row["ext_name"]: row["pinyin"] for row in csv.DictReader(stream)}


def _english(name: str, pinyin: Mapping[str, str]) -> str:
    """Give a township's name in Latin letters; newer lists write some with another first character."""
    kind = next(kind for kind in _KINDS_OF_NAMES if name.endswith(kind))
    ending = name.removesuffix(kind)[-1] + kind
    spoken = pinyin.get(name) or next(pinyin[other] for other in pinyin if other.endswith(ending))
    # Syllables that begin with a vowel are set apart: Xi'an.
    first, *rest = spoken.split()
    joined = first + "".join(f"'{syllable}" if syllable[0] in "aeo" else syllable for syllable in rest)
    return f"{joined.capitalize()} {_KINDS_OF_NAMES[kind]}"
