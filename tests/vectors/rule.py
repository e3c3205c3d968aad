"""The cases of the one rule, `rule.json`, for every place that tests them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely

from geogrid.core.land import Land
from tests.core.lands import land_of

FILE = Path(__file__).with_name("rule.json")
Case = Mapping[str, Any]


def shape_of(geometry: Mapping[str, Any]) -> shapely.Geometry:
    """Read a geometry as it is given, valid or not."""
    return shapely.from_geojson(json.dumps(geometry))


@dataclass(frozen=True)
class RuleLand:
    """One land of the file.

    Attributes
    ----------
    name : str
    levels : (code, rule), the top first
    cells : dicts with `code`, `level`, `parent`, `geometry`
    extent : Polygon or None
    threshold : float
        Below which a share straddles.
    points, features : dicts, as the file says
    """

    name: str
    levels: Sequence[tuple[str, str]]
    cells: Sequence[Case]
    extent: shapely.Geometry | None
    threshold: float | None
    points: Sequence[Case]
    features: Sequence[Case]

    def land(self) -> Land:
        """Give it as a land in memory."""
        rows = [(c["code"], c["level"], c["parent"], shape_of(c["geometry"])) for c in self.cells]
        # Those of the crooked ones are noded as they are.
        return land_of(self.levels, rows, extent=self.extent, noded=bool(self.features))


@cache
def rule_lands() -> list[RuleLand]:
    """Read the lands."""
    return [
        RuleLand(
            land["name"],
            [(level["code"], level["rule"]) for level in land["levels"]],
            land["cells"],
            None if land["extent"] is None else shape_of(land["extent"]),
            land["straddling_threshold"],
            land["points"],
            land["features"],
        )
        for land in json.loads(FILE.read_text(encoding="utf-8"))["lands"]
    ]


@cache
def tolerances() -> Mapping[str, float]:
    """Give how exact distances, in metres, and shares must be."""
    told: Mapping[str, float] = json.loads(FILE.read_text(encoding="utf-8"))["tolerance"]
    return told
