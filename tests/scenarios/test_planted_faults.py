"""A row of small cities, each with one planted fault: every fault is found with its size, and nothing else.

The cities are two units wide and one high and stand apart. `a` and `b` are their western and eastern zones:

    +-----+-----+
    |  a  |  b  |
    +-----+-----+
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
import shapely.geometry

from tests.scenarios.faults import area_m2, of_rule
from tests.scenarios.making import UNIT, box, polygon, write_geojson, write_scheme
from tests.scenarios.running import Database

WEST, EAST = box(0, 0, 1, 1), box(1, 0, 2, 1)
CENTIMETRE = 1e-5  # 1e-7 degrees are 9.7 mm here
STEP = 1e-6  # 1e-8 degrees: one step of the lattice
APART = 4


@dataclass(frozen=True)
class Planted:
    """A city's zones and what is wrong with them: rule, zones, and the land concerned."""

    zones: dict[str, shapely.Geometry]
    faults: tuple[tuple[str, tuple[str, ...], shapely.Geometry], ...] = ()


def _slanted(x: float, share: float) -> dict[str, shapely.Geometry]:
    """Divide `b` where its slanted border with `a` has no node: the T lies beside the line."""
    t = (1 + (x - 1) * share, share)
    return {
        "a": polygon((0, 0), (1, 0), (x, 1), (0, 1)),
        "b": polygon((1, 0), (2, 0), (2, share), t),
        "c": polygon(t, (2, share), (2, 1), (x, 1)),
    }


_HOLE = box(1.4, 0.4, 1.4517, 0.4451)
_INLET = ((2, 0.4), (1.9, 0.5), (2, 0.6))
_HALF_A_METRE = polygon((1, 0.5), (1.001, 0.5), (1, 0.501))

PLANTED: dict[str, Planted] = {
    "nothing": Planted({"a": WEST, "b": EAST}),
    "a strip of 1 cm that nobody has": Planted(
        {"a": box(0, 0, 1 - CENTIMETRE, 1), "b": EAST}, (("gap", (), box(1 - CENTIMETRE, 0, 1, 1)),)
    ),
    "a strip of one step that nobody has": Planted(
        {"a": box(0, 0, 1 - STEP, 1), "b": EAST}, (("gap", (), box(1 - STEP, 0, 1, 1)),)
    ),
    "a hole of 2,500 m²": Planted({"a": WEST, "b": EAST.difference(_HOLE)}, (("gap", (), _HOLE),)),
    "an inlet at the rim": Planted(
        {"a": WEST, "b": polygon((1, 0), (2, 0), *_INLET, (2, 1), (1, 1))}, (("gap", (), polygon(*_INLET)),)
    ),
    "a zone that is missing": Planted({"a": WEST}, (("gap", (), EAST),)),
    "two gaps in one zone": Planted(
        {"a": WEST, "b": EAST.difference(box(1.2, 0.2, 1.3, 0.3)).difference(box(1.6, 0.6, 1.7, 0.7))},
        (("gap", (), box(1.2, 0.2, 1.3, 0.3)), ("gap", (), box(1.6, 0.6, 1.7, 0.7))),
    ),
    "a strip of 1 cm that both have": Planted(
        {"a": box(0, 0, 1 + CENTIMETRE, 1), "b": EAST},
        (("overlap", ("a", "b"), box(1, 0, 1 + CENTIMETRE, 1)),),
    ),
    "half a square metre that both have": Planted(
        {"a": WEST.union(_HALF_A_METRE), "b": EAST}, (("overlap", ("a", "b"), _HALF_A_METRE),)
    ),
    "land that three have": Planted(
        {"a": WEST, "b": EAST, "c": box(0.5, 0, 1, 1).union(box(1, 0, 1.5, 1))},
        (("overlap", ("a", "c"), box(0.5, 0, 1, 1)), ("overlap", ("b", "c"), box(1, 0, 1.5, 1))),
    ),
    "the same zone twice": Planted(
        {"a": WEST, "b": EAST, "c": EAST}, (("duplicate_cell", ("b", "c"), EAST),)
    ),
    "a zone that leaves its city": Planted(
        {"a": WEST, "b": box(1, 0, 2.1, 1)}, (("outside_parent", ("b",), box(2, 0, 2.1, 1)),)
    ),
    "an enclave": Planted({"a": WEST, "b": EAST.difference(_HOLE), "c": _HOLE}),
    "an exclave": Planted(
        {"a": shapely.MultiPolygon([box(0, 0, 0.5, 1), box(1.5, 0, 2, 1)]), "b": box(0.5, 0, 1.5, 1)}
    ),
    "a T-junction": Planted({"a": WEST, "b": box(1, 0, 2, 0.5), "c": box(1, 0.5, 2, 1)}),
    "slanted T-junction 1": Planted(_slanted(1.3, 1 / 3)),
    "slanted T-junction 2": Planted(_slanted(1.271828, 0.314159)),
    "slanted T-junction 3": Planted(_slanted(1.000377, 0.6180339)),
}


def _code(name: str, zone: str = "") -> str:
    return f"{list(PLANTED).index(name):02d}{zone}"


def _placed(name: str, shape: shapely.Geometry) -> shapely.Geometry:
    """Move a shape to where its city stands, by whole hundredths of a degree."""
    away = list(PLANTED).index(name) * APART * UNIT

    return shapely.transform(shape, lambda xy: (xy + np.array([away, 0])).round(9))


@pytest.fixture(scope="module")
def audit(database: Database) -> dict[str, Any]:
    """Import all cities and their zones, and audit the draft."""
    folder = database.folder
    database.done("load_scheme", write_scheme(folder, "planted", ["city", "zone"]))
    cities = [(_placed(name, box(0, 0, 2, 1)), {"code": _code(name)}) for name in PLANTED]
    zones = [
        (_placed(name, shape), {"code": _code(name, zone), "up": _code(name)})
        for name, planted in PLANTED.items()
        for zone, shape in planted.zones.items()
    ]
    city = write_geojson(folder / "city.geojson", cities)
    database.told("import_cells", "planted", city, "--level", "city", "--code-field", "code")
    zone = write_geojson(folder / "zone.geojson", zones)
    more = ("--code-field", "code", "--parent-field", "up")
    told = database.told("import_cells", "planted", zone, "--level", "zone", *more)
    assert told["refused"] == []
    found: dict[str, Any] = database.told("audit", "planted", "--draft", "import")
    return found


def _found_in(audit: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The findings that lie in one city."""
    frame = _placed(name, box(-1, -1, 3, 2))
    return [f for f in audit["findings"] if shapely.geometry.shape(f["geometry"]).within(frame)]


@pytest.mark.parametrize("name", list(PLANTED))
def test_what_was_planted_is_found_and_nothing_else(audit: dict[str, Any], name: str) -> None:
    wanted = [
        (rule, [_code(name, zone) for zone in zones], _placed(name, land))
        for rule, zones, land in PLANTED[name].faults
    ]
    found = _found_in(audit, name)
    assert sorted(f["rule"] for f in found) == sorted(rule for rule, _, _ in wanted)
    for rule, cells, land in wanted:
        (finding,) = [
            f
            for f in found
            if f["rule"] == rule
            and shapely.geometry.shape(f["geometry"]).intersects(land.representative_point())
        ]
        assert finding["level"] == "zone"
        if cells:
            assert finding["cells"] == cells
        assert finding["area_m2"] == pytest.approx(area_m2(land), rel=0.01)
        place = shapely.geometry.shape(finding["geometry"])
        assert place.hausdorff_distance(land) < 2e-8


def test_tolerances_set_the_severity_and_never_the_presence(audit: dict[str, Any]) -> None:
    def severity(name: str) -> str:
        (finding,) = _found_in(audit, name)
        return str(finding["severity"])

    below = {
        "half a square metre that both have",
        "a strip of 1 cm that both have",
        "a strip of 1 cm that nobody has",
    }
    above = {"a hole of 2,500 m²", "a zone that is missing", "a zone that leaves its city"}
    assert {severity(name) for name in below}.isdisjoint(severity(name) for name in above)


def test_widths_are_those_of_the_strips(audit: dict[str, Any]) -> None:
    for name, width in (
        ("a strip of 1 cm that nobody has", 0.0097),
        ("a strip of 1 cm that both have", 0.0097),
        ("a strip of one step that nobody has", 0.00097),
    ):
        (finding,) = _found_in(audit, name)
        assert finding["width_m"] == pytest.approx(width, rel=0.05)


def test_the_sums_of_the_levels_are_those_of_the_findings(audit: dict[str, Any]) -> None:
    told = audit["levels"]["zone"]
    for name, rules in (("gap", ("gap",)), ("overlap", ("overlap", "duplicate_cell"))):
        found = of_rule(audit, *rules)
        assert told[f"{name}s"] == len(found)
        assert told[f"{name}_area_m2"] == pytest.approx(sum(f["area_m2"] for f in found))
    assert audit["verdict"] == "blind_spots"


def test_an_audit_gives_the_same_ids_again(audit: dict[str, Any], database: Database) -> None:
    again = database.told("audit", "planted", "--draft", "import")
    assert [f["id"] for f in again["findings"]] == [f["id"] for f in audit["findings"]]
    assert len({f["id"] for f in audit["findings"]}) == len(audit["findings"])
