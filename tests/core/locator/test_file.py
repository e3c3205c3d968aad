"""The index as a file: it comes back as it went, and whatever else it is, it is refused in a sentence."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geogrid.core.errors import UnreadableFile
from geogrid.core.lattice import to_degrees
from geogrid.core.locator import CellIndex, Locator, NewCell, Patch, PointIndex, container, patch_of
from tests.core.lands import land_of
from tests.core.locator.worlds import expected, hard_points, ident_of, told, worlds
from tests.core.patchworks import patchworks

SAVED = "0123456789abcdef" * 4


def city(**options):
    levels = [("district", "partition"), ("grid", "ragged")]
    rows = [
        ("东", "district", "", box(0, 0, 2, 4)),
        ("西", "district", "", box(2, 0, 4, 4)),
        ("G1", "grid", "东", box(0, 0, 2, 3)),
    ]
    return land_of(levels, rows, **options)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "edition.cells"
    Locator.of(city()).index(SAVED).save(path)
    return path


@given(worlds())
@settings(max_examples=25, deadline=None)
def test_a_file_answers_like_the_land_it_was_made_of(tmp_path_factory, world):
    path = tmp_path_factory.mktemp("index") / "a.cells"
    Locator.of(world.land()).index("a").save(path)
    index = CellIndex.load(path, check=True)
    points = hard_points(world)
    assert told(index.points(to_degrees(points)), index.cells.code) == expected(world, points)


@given(patchworks())
@settings(max_examples=40, deadline=None)
def test_a_buffer_tells_gaps_from_outside_and_partial_levels_like_the_land(patchwork):
    locator = Locator.of(patchwork.land())
    lonlat = to_degrees(np.array(patchwork.all_points()))
    index = CellIndex.from_buffer(locator.index("a").buffer)
    one, other = locator.points(lonlat), index.points(lonlat)
    for name in ("leaf", "on_edge", "reason", "held_by", "start"):
        assert (getattr(one, name) == getattr(other, name)).all(), name


def test_a_file_knows_codes_idents_and_the_cell_of_each_level(saved):
    land, index = city(), CellIndex.load(saved)
    assert index.fingerprint == SAVED
    assert [index.cells.code(cell) for cell in range(len(land))] == land.code
    assert [index.cells.uuid(cell) for cell in range(len(land))] == land.ident
    found = index.points(np.array([[1, 1], [3, 3], [1, 3.5], [9, 9]]))
    chains = [
        [index.cells.code(cell) if cell >= 0 else "" for cell in row] for row in index.on_levels(found.leaf)
    ]
    assert chains == [["东", "G1"], ["西", ""], ["", ""], ["", ""]]
    assert index.cells.levels == ("district", "grid")
    assert [index.leaf_at(1, 1), index.leaf_at(9, 9)] == [found.leaf[0], -1]


def test_the_same_land_gives_the_same_bytes_on_one_core_as_on_many(monkeypatch):
    first = Locator.of(city()).index(SAVED).buffer
    for cores in (1, 3, 16):
        monkeypatch.setattr("geogrid.core.locator.threads.cores", lambda cores=cores: cores)
        monkeypatch.setattr("geogrid.core.locator.listing.cores", lambda cores=cores: cores)
        monkeypatch.setattr("geogrid.core.locator.listing._PARALLEL_FROM", 0)
        assert bytes(Locator.of(city()).index(SAVED).buffer) == bytes(first)
    assert bytes(Locator.of(city()).index("other").buffer) != bytes(first)


def test_saving_replaces_the_old_file_at_once_and_leaves_nothing_else(saved):
    before = CellIndex.load(saved)
    Locator.of(land_of([("c", "partition")], [("a", "c", "", box(0, 0, 1, 1))])).index("b").save(saved)
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]
    assert CellIndex.load(saved).fingerprint == "b"
    # Who has the old one goes on with it.
    assert before.cells.code(before.leaf_at(3, 3)) == "西"


def test_a_file_that_cannot_be_written_leaves_the_old_one(saved, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        Locator.of(city()).index("b").save(saved)
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]
    assert CellIndex.load(saved).fingerprint == SAVED


def test_a_mapped_file_cannot_be_written_to(saved):
    index = CellIndex.load(saved)
    for array in (index.leaves.words, index.leaves.raster, index.cells.level, index.buffer):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# Refusals


def test_a_missing_an_empty_and_a_foreign_file_are_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        CellIndex.load(tmp_path / "none.cells")
    for name, content in {"empty": b"", "text": b"code,lon\n" * 100, "short": b"GGCELLS\0"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableFile, match=name):
            CellIndex.load(tmp_path / name)


@pytest.mark.parametrize("kept", [0.999, 0.5, 0.2, 0.01])
def test_a_file_that_is_cut_off_is_refused(saved, kept):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UnreadableFile):
        CellIndex.load(saved)
    saved.write_bytes(content + b"\0")
    with pytest.raises(UnreadableFile, match="bytes of"):
        CellIndex.load(saved)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_one_wrong_bit_in_the_head_is_refused(data):
    content = Locator.of(city()).index(SAVED).buffer.copy()
    at = data.draw(st.integers(0, container._LAYOUT.size - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(UnreadableFile):
        CellIndex.from_buffer(content)


def test_one_wrong_bit_elsewhere_is_found_when_it_is_asked_for(saved):
    content = bytearray(saved.read_bytes())
    content[-200] ^= 1
    saved.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"edition\.cells is damaged"):
        CellIndex.load(saved, check=True)


def test_another_version_is_refused_with_both_numbers(saved):
    content = bytearray(saved.read_bytes())
    head = bytearray(content[: container._LAYOUT.size])
    head[8:12] = struct.pack("<I", container.VERSION + 1)
    head[-4:] = struct.pack("<I", zlib.crc32(head[:-4]))
    content[: len(head)] = head
    saved.write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"version {container.VERSION + 1}.*reads {container.VERSION}"):
        CellIndex.load(saved)


def test_a_patch_is_no_index_and_the_other_way_round(saved, tmp_path):
    index = CellIndex.load(saved)
    patch = patch_of(index, [], [NewCell(ident_of("x"), "x", "grid", None, box(5, 3, 6, 4))], "b")
    patch.save(tmp_path / "p")
    assert Patch.load(tmp_path / "p").fingerprint == "b"
    with pytest.raises(UnreadableFile, match="p is no index of cells"):
        CellIndex.load(tmp_path / "p")
    with pytest.raises(UnreadableFile, match="is no patch"):
        Patch.load(saved)


# Memory


@pytest.mark.parametrize("least", [1 << 12, 1 << 16, 1 << 20, 1 << 26])
def test_an_index_takes_no_more_than_it_may_if_its_edges_do_not(least):
    chance = np.random.default_rng(1)
    shapes = np.array(
        [box(x, y, x + 1, y + 1).buffer(0.2, quad_segs=30) for x, y in chance.uniform(0, 50, (100, 2))]
    )
    index = PointIndex.of(shapes, bytes_at_most=least)
    edges = 100 * 124
    assert index.nbytes <= max(least, 80 * edges)
    free = PointIndex.of(shapes)
    lonlat = chance.uniform(-1, 52, (3000, 2))
    assert (index.first(lonlat)[0] == free.first(lonlat)[0]).all()


def test_a_city_in_a_land_round_the_earth_gets_squares_of_its_own():
    streets = [box(x, y, x + 1e-4, y + 1e-4) for x in np.arange(60) * 1e-4 for y in np.arange(60) * 1e-4]
    earth = box(-180, -90, 180, 90).difference(box(0, 0, 60e-4, 60e-4))
    index = PointIndex.of(np.array([*streets, earth]))
    assert index.nbytes < 5_000_000
    assert index.cell_at(0.00595, 0.00595) == 3599
    assert index.cell_at(-170, 80) == 3600
