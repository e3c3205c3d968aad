"""The files of the editions: made once, found by their fingerprint, not believed when they are not right."""

from __future__ import annotations

import numpy as np
import pytest

from boundaries.lookup import files
from boundaries.lookup.files import depth_open, edition_open, index_path
from boundaries.models import CellVersion
from boundaries.selectors import land_at, land_print
from geogrid.core.errors import NotReady
from geogrid.core.locator import CellIndex, Locator
from geogrid.core.outlines import outlines_of
from tests.api.town import cells_put, publish
from tests.layers.lands import five_lots

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(town):
    return town.scheme.editions.order_by("number").last()


@pytest.fixture
def made(monkeypatch):
    """Count how often files are made."""
    made = []
    make = files._made
    monkeypatch.setattr(files, "_made", lambda *a: made.append(a) or make(*a))
    return made


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def test_they_are_made_once_and_then_mapped(edition, folder, made) -> None:
    index, facts = edition_open(edition)
    again, _ = edition_open(edition)
    assert len(made) == 1
    assert index.fingerprint == again.fingerprint == land_print(edition.scheme, edition.effective)
    assert len(names(folder)) == 2
    land = land_at(edition.scheme)
    assert [facts.row(cell)[1]["code"] for cell in range(len(facts))] == list(land.code)
    leaves = Locator.of(land).leaves
    for cell, outline in zip(leaves.cell.tolist(), outlines_of(leaves.shapes), strict=True):
        assert np.array_equal(facts.outline(cell).xy, outline.xy)
        assert np.array_equal(facts.outline(cell).ring, outline.ring)


@pytest.mark.parametrize("ending", [".cells", ".facts"])
@pytest.mark.parametrize("damage", ["gone", "cut", "empty", "foreign", "flipped"])
def test_what_is_missing_cut_or_foreign_is_made_anew(edition, folder, made, ending, damage) -> None:
    edition_open(edition)
    (path,) = folder.glob(f"*{ending}")
    whole = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "foreign":
        path.write_bytes(b"PK\x03\x04" + bytes(1000))
    elif damage == "flipped":
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    index, facts = edition_open(edition)
    assert len(made) == 2
    assert path.read_bytes() == whole
    assert len(index.cells) == len(facts)


def test_a_file_of_other_land_under_its_name_is_not_believed(edition, folder, made) -> None:
    edition_open(edition)
    (path,) = folder.glob("*.cells")
    Locator.of(land_at(edition.scheme)).index("another").save(path)
    assert edition_open(edition)[0].fingerprint != "another"
    assert len(made) == 2


def test_another_name_code_or_shape_is_another_fingerprint(unguarded, edition) -> None:
    prints = {land_print(edition.scheme, edition.effective)}
    cells = CellVersion.objects.filter(scheme=edition.scheme, valid__contains=edition.effective)
    for change in ({"name": "x"}, {"code": "xx"}, {"kind": "park"}, {"geom": cells.get(code="9").geom}):
        cells.filter(code__in=["10", "xx"]).update(**change)
        prints.add(land_print(edition.scheme, edition.effective))
    edition.scheme.levels.filter(code="lot").update(rule="ragged")
    prints.add(land_print(edition.scheme, edition.effective))
    assert len(prints) == 6


def test_files_of_old_editions_are_removed_and_those_of_other_schemes_stay(town, folder) -> None:
    folder.mkdir()
    (folder / "elsewhere-1-1-abc.cells").write_bytes(b"")
    for number in range(4):
        draft = cells_put(town.scheme, f"step {number}", "lot", {"9": five_lots()["9"]})
        draft.cells.update(name=f"name {number}")
        publish(draft, accept_gaps="a lake")
        edition_open(town.scheme.editions.order_by("number").last())
    numbers = {name.split("-")[-2] for name in names(folder)}
    last = town.scheme.editions.count()
    assert numbers == {"1"} | {str(n) for n in range(last - 2, last + 1)}
    assert (folder / "elsewhere-1-1-abc.cells").exists()


def test_where_nothing_can_be_written_the_locator_is_in_memory(edition, settings, tmp_path, made) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings.LOCATORS_DIR = tmp_path / "file" / "locators"
    index, _ = edition_open(edition)
    assert int(index.leaf_at(118.025, 30.005)) >= 0
    with pytest.raises(NotReady, match="cannot be written to"):
        index_path(edition)


def test_a_locator_down_to_a_level_is_kept_as_well(edition, folder) -> None:
    above = depth_open(edition, 0)
    assert above.cells.code(above.leaf_at(118.025, 30.015)) == "C"
    assert len(list(folder.glob("*.cells"))) == 1
    assert depth_open(edition, 0).fingerprint == above.fingerprint


def test_the_file_that_travels_is_the_index_itself(edition) -> None:
    travelled = CellIndex.load(index_path(edition), check=True)
    assert travelled.cells.code(travelled.leaf_at(118.025, 30.005)) == "100"


def test_publishing_makes_the_files_after_the_commit(
    town, folder, django_capture_on_commit_callbacks
) -> None:
    draft = cells_put(town.scheme, "next", "lot", {"9": five_lots()["9"]})
    draft.cells.update(name="next")
    with django_capture_on_commit_callbacks(execute=True):
        edition = publish(draft, accept_gaps="a lake")
    assert any(f"-{edition.number}-" in name for name in names(folder))
