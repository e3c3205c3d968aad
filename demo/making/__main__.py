"""`python -m demo.making data/NAME`: makes the files of a folder from its plan and sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from demo.making import coverage, objects
from demo.making.files import Feature, write_document, write_features, write_rows
from demo.making.land import Cell, Land, land_of
from demo.making.people import People, people_of
from demo.making.plan import Plan
from demo.making.planting import Planted, planted_of
from demo.making.roads import roads_of
from demo.making.settlements import places_of

_CELLS = "cells_{}.geojson"
_LATTICE_DIGITS = 8


def make(plan: Plan, into: Path) -> None:
    """Make everything and write it into a folder."""
    land = land_of(plan)
    roads = roads_of(land)
    made = objects.objects_of(land, places_of(land), roads)
    shapes = [shape for features in made.layers.values() for _, shape in features]
    levels = plan.document["levels"].values()
    for level, cells in zip(levels, (land.city, land.districts, land.territories), strict=True):
        write_features(into / _CELLS.format(level), _features(cells), digits=coverage.DIGITS)
    for layer, features in made.layers.items():
        write_features(into / f"{layer}.geojson", features, digits=objects.DIGITS)
    _write_people(people_of(land), into)
    _write_planted(planted_of(land, shapes), into, plan)
    write_document(into / "manifest.json", _manifest(land, made.layers))


def _features(cells: Iterable[Cell]) -> Iterable[Feature]:
    for cell in cells:
        properties = {"code": cell.code, "name": cell.name, "parent": cell.parent or None}
        yield {**properties, **cell.attributes}, cell.shape


def _write_people(people: People, into: Path) -> None:
    for name in ("organisations", "persons", "appointments"):
        rows = getattr(people, name)
        write_rows(into / f"{name}.csv", list(rows[0]), rows)


def _write_planted(planted: Planted, into: Path, plan: Plan) -> None:
    write_features(into / "planted.geojson", planted.cells, digits=_LATTICE_DIGITS)
    name = plan.document["planted"]["draft"]
    write_document(into / "planted_expected.json", {"draft": name, "findings": planted.expected})


def _manifest(land: Land, layers: Iterable[str]) -> dict[str, object]:
    """Say what each file is and where it goes: all that the loader knows."""
    document = land.plan.document
    levels = list(document["levels"].values())
    return {
        "scheme": document["scheme"],
        "draft": document["draft"],
        "crs": document["crs"],
        "cells": [{"file": _CELLS.format(level), "level": level} for level in levels],
        "layers": [{"file": f"{layer}.geojson", "layer": layer} for layer in layers],
        "people": {name: f"{name}.csv" for name in ("organisations", "persons", "appointments")},
        "planted": {
            "draft": document["planted"]["draft"],
            "file": "planted.geojson",
            "level": levels[-1],
            "crs": "EPSG:4326",
        },
    }


def main(arguments: list[str]) -> int:
    """Make the files of the folder that is named."""
    if len(arguments) not in {1, 2}:
        sys.stderr.write("usage: python -m demo.making FOLDER [INTO]\n")
        return 2
    folder = Path(arguments[0])
    into = Path(arguments[-1])
    into.mkdir(parents=True, exist_ok=True)
    make(Plan.read(folder), into)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
