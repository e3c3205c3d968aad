"""Codes with zeros in front through every format: file, draft, edition, file, and into a draft again."""

from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry import box

from tests.scenarios.making import write_geojson, write_scheme
from tests.scenarios.running import Database

#: What programs that take a code for a number make something else of.
CODES = ["000123", "000010", "0000", "1e05", "00.50"]


def new_zones(database: Database, scheme: str, path: Path, *more: object) -> int:
    """Import zones; give how many were not there yet by their codes."""
    told = database.told("import_cells", scheme, path, "--level", "zone", "--code-field", "code", *more)
    assert told["new"] + told["changed"] + told["unchanged"] == len(CODES), told
    return int(told["new"])


@pytest.mark.parametrize("name", ["cells.geojson", "cells.csv", "cells.zip", "cells.gpkg"])
def test_codes_with_zeros_in_front_come_back_through_every_format(
    database: Database, tmp_path: Path, name: str
) -> None:
    first, second = (f"{part}_{name.replace('.', '_')}" for part in ("from", "to"))
    for scheme in (first, second):
        database.done("load_scheme", write_scheme(tmp_path, scheme, ["zone"]))
    rows = [(box(x, 0, x + 1, 1), {"code": code}) for x, code in enumerate(CODES)]
    assert new_zones(database, first, write_geojson(tmp_path / "zones.geojson", rows), "--publish") == 5
    out = tmp_path / name
    database.done("export", "cells", first, "-o", out)
    assert new_zones(database, second, out, "--publish") == 5
    # The same codes mean the same cells: nothing is new where they came from.
    assert new_zones(database, first, out) == 0
    back = tmp_path / f"back_{name}"
    database.done("export", "cells", second, "-o", back)
    assert new_zones(database, first, back) == 0
