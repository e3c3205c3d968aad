"""What every file goes through, whatever its format."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from geogrid.core.errors import UnknownCrs, UnreadableFile
from importers.readers import read_table
from tests.importers.making import collection, feature, square


def test_a_file_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match=r"^nowhere\.geojson does not exist\.$"):
        read_table(tmp_path / "nowhere.geojson", want="any")


def test_a_folder_is_no_file(tmp_path):
    folder = tmp_path / "cells.gdb"
    folder.mkdir()
    with pytest.raises(UnreadableFile, match=r"cells\.gdb is a folder"):
        read_table(folder, want="any")


@pytest.mark.parametrize("name", ["a.geojson", "a.shp", "a.zip", "a.gpkg", "a.csv", "a"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, name):
    path = tmp_path / name
    path.touch()
    with pytest.raises(UnreadableFile, match=rf"{name} is empty \(0 bytes\)"):
        read_table(path, want="any")


def test_a_special_file_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFile, match="no plain file"):
        read_table(pipe, want="any")


@pytest.fixture
def open_folder():
    """A folder that everybody may enter; the test goes on as somebody who is not root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder, (lambda: os.seteuid(65534)) if root else (lambda: None)
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_named(open_folder):
    folder, be_nobody = open_folder
    path = folder / "secret.geojson"
    path.write_text(collection(feature(square(0, 0))), encoding="utf-8")
    path.chmod(0)
    be_nobody()
    with pytest.raises(UnreadableFile, match=r"secret\.geojson cannot be read: Permission denied"):
        read_table(path, want="any")


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.zip"])
def test_the_content_has_to_agree_with_the_name(tmp_path, name):
    path = tmp_path / name
    path.write_text("code,lon,lat\n1,2,3\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=rf"{name} is not a"):
        read_table(path, want="any")


@pytest.mark.parametrize(
    "content", [b"<kml></kml>", b"%PDF-1.7", b"PAR1\x00\x00", b"just a line", b"\x89PNG\r\n"]
)
def test_other_kinds_of_file_are_refused_with_what_is_read(tmp_path, content):
    path = tmp_path / "a.dat"
    path.write_bytes(content)
    with pytest.raises(
        UnreadableFile, match=r"a\.dat is of a kind that is not read here; convert it to GeoJSON"
    ):
        read_table(path, want="any")


def test_a_coordinate_system_that_does_not_exist_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UnknownCrs, match="EPSG:99999"):
        read_table(tmp_path / "nowhere.geojson", want="any", crs="EPSG:99999")


def test_shifted_coordinates_are_checked_as_degrees(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(collection(feature(square(29.7, 118.3)), feature(square(118.3, 29.7))), encoding="utf-8")
    table = read_table(path, want="polygon", crs="gcj02")
    assert [row.code for row in table.refused] == ["swapped-axes"]
    assert not table.crs.is_lonlat
