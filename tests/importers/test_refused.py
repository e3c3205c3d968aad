"""Refused rows can be downloaded, mended and imported again."""

from __future__ import annotations

import csv

from importers.readers import read_table
from importers.refused import write_refused
from tests.importers.making import collection, feature, square


def test_refused_rows_are_written_with_their_attributes_and_reasons(tmp_path):
    source = tmp_path / "cells.geojson"
    source.write_text(
        collection(
            feature(square(0, 0), code="001"),
            feature(None, code="002", name="屯溪区", tags=["a"], share=0.5, yes=True, none=None),
        ),
        encoding="utf-8",
    )
    table = read_table(source, want="polygon")
    path = write_refused(tmp_path / "refused.csv", table.fields, table.refused)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "refused_row": "2",
        "refused_code": "no-geometry",
        "refused_reason": "has no geometry",
        "code": "002",
        "name": "屯溪区",
        "tags": '["a"]',
        "share": "0.5",
        "yes": "true",
        "none": "",
    }


def test_a_mended_file_of_refused_rows_can_be_imported(tmp_path):
    source = tmp_path / "points.csv"
    source.write_text("code,lon,lat\n001,29.7,118.3\n", encoding="utf-8")
    table = read_table(source, want="any")
    path = write_refused(tmp_path / "refused.csv", table.fields, table.refused)
    path.write_text(path.read_text("utf-8-sig").replace("29.7,118.3", "118.3,29.7"), encoding="utf-8")
    again = read_table(path, want="any")
    assert again.attributes[0]["code"] == "001"
    assert again.geometries[0].wkt == "POINT (118.3 29.7)"
