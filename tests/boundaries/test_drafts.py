"""Putting cells into a draft: by code, all levels settled together, nothing lost."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import box

from boundaries.models import CellCode, DraftCell
from boundaries.selectors import land_of_draft
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.publishing import draft_publish
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadCoordinates, BadInput
from tests.boundaries.conftest import square

pytestmark = pytest.mark.django_db


def counts(change):
    return (change.new, change.changed, change.unchanged, change.removed, len(change.refused))


def cells(draft="import"):
    return {cell.code: cell for cell in DraftCell.objects.filter(draft__name=draft, retired=False)}


def test_the_same_cells_again_are_unchanged_and_another_shape_is_changed(put):
    assert counts(put("city", ("C", "", box(0, 0, 0.02, 0.01)))) == (1, 0, 0, 0, 0)
    assert counts(put("city", ("C", "", box(0, 0, 0.02, 0.01)))) == (0, 0, 1, 0, 0)
    before = cells()["C"].cell_id
    assert counts(put("city", ("C", "", box(0, 0, 0.03, 0.01)))) == (0, 1, 0, 0, 0)
    assert cells()["C"].cell_id == before


def test_a_further_file_adds_and_only_replace_removes(put):
    put("city", ("A", "", square(0, 0)))
    assert counts(put("city", ("B", "", square(0.01, 0)))) == (1, 0, 0, 0, 0)
    assert sorted(cells()) == ["A", "B"]
    assert counts(put("city", ("B", "", square(0.01, 0)), replace=True)) == (0, 0, 1, 1, 0)
    assert sorted(cells()) == ["B"]


def test_a_code_given_twice_lands_twice_and_again_finds_both(put):
    twice = (("A", "", square(0, 0)), ("A", "", square(0.01, 0)))
    assert counts(put("city", *twice)) == (2, 0, 0, 0, 0)
    assert counts(put("city", *twice)) == (0, 0, 2, 0, 0)
    assert counts(put("city", *reversed(twice))) == (0, 0, 2, 0, 0)


def test_all_levels_share_their_nodes_whatever_comes_first(put, scheme):
    put("town", ("1", "", box(0, 0, 0.01, 0.02)), ("2", "", box(0.01, 0, 0.02, 0.02)))
    put("city", ("C", "", box(0, 0, 0.02, 0.02)))
    land = land_of_draft(scheme.drafts.get())
    city = land.shapes[land.code.index("C")]
    assert (0.01, 0.0) in set(map(tuple, shapely.get_coordinates(city).tolist()))
    assert audit_run(scheme=scheme, draft=scheme.drafts.get()).verdict == "full"


def test_parents_are_found_by_share_when_their_level_comes_later(put, scheme):
    put("town", ("1", "", square(0, 0)), ("2", "", square(0.01, 0)))
    assert cells()["1"].parent_id is None
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    held = cells()
    assert held["1"].parent_id == held["A"].cell_id
    assert held["2"].parent_id == held["B"].cell_id


def test_a_parent_that_was_named_wins_over_the_share(put):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    put("town", ("1", "B", square(0, 0)))
    held = cells()
    assert held["1"].parent_id == held["B"].cell_id


def test_a_parent_that_does_not_exist_refuses_the_row_and_only_it(put):
    put("city", ("A", "", square(0, 0)))
    change = put("town", ("1", "A", square(0, 0)), ("2", "Z", square(0.01, 0)))
    assert counts(change) == (1, 0, 0, 0, 1)
    (refused,) = change.refused
    assert (refused.row, refused.code) == (2, "no-such-parent")
    assert "'Z'" in refused.reason
    assert sorted(cells()) == ["1", "A"]


def test_a_named_parent_that_comes_later_is_found(put):
    put("town", ("1", "B", square(0, 0)))
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    held = cells()
    assert held["1"].parent_id == held["B"].cell_id


def test_a_parent_further_up_is_named_and_kept_whatever_file_comes_next(put):
    """B has no town: its zone lies right below it, which a file of another level does not change."""
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    put("town", ("1", "A", square(0, 0)))
    put("zone", ("z", "B", square(0.01, 0)), ("y", "1", square(0, 0)))
    put("city", ("A", "", square(0, 0)), name="anew")
    held = cells()
    assert held["z"].parent_id == held["B"].cell_id
    assert held["y"].parent_id == held["1"].cell_id


def test_a_parent_further_up_is_kept_by_cells_of_an_edition(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    put("zone", ("y", "A", square(0, 0)), ("z", "B", square(0.01, 0)))
    assert draft_publish(draft=draft_open(scheme=scheme, name="import")).edition
    put("town", ("1", "A", square(0, 0)), draft="next")
    assert sorted(cells("next")) == ["1"]


def test_codes_are_generated_from_west_to_east_then_north_to_south_and_never_again(put, scheme):
    change = put("city", ("", "", square(0.01, 0)), ("", "", square(0, 0)), ("", "", square(0, 0.01)))
    assert change.generated == 3
    held = {
        code: (cell.geom.centroid.x > 0.01, cell.geom.centroid.y > 0.01) for code, cell in cells().items()
    }
    assert held == {"city-0001": (False, True), "city-0002": (False, False), "city-0003": (True, False)}
    assert counts(put("city", ("", "", square(0, 0)))) == (0, 0, 1, 0, 0)
    put("city", ("", "", square(0.05, 0)), replace=True)
    assert sorted(cells()) == ["city-0004"]


def test_generated_codes_fill_the_length_of_the_code_system(put, scheme):
    scheme.levels.filter(code="city").update(code_length=2)
    scheme.levels.filter(code="town").update(code_length=4)
    put("city", ("34", "", box(0, 0, 0.02, 0.01)))
    put("town", ("", "", square(0, 0)), ("", "", square(0.01, 0)))
    assert sorted(cells()) == ["34", "3401", "3402"]


def test_no_more_codes_are_given_than_the_code_system_has(put, scheme):
    scheme.levels.filter(code="city").update(code_length=1)
    with pytest.raises(BadInput, match="no codes are left"):
        put("city", *(("", "", square(x * 0.01, 0)) for x in range(10)))
    assert not DraftCell.objects.exists()


def test_a_codes_cell_is_the_same_in_every_draft(put):
    put("city", ("A", "", square(0, 0)))
    put("city", ("A", "", square(0, 0)), draft="other")
    assert cells()["A"].cell_id == cells("other")["A"].cell_id
    assert CellCode.objects.get(code="A").cell_id == cells()["A"].cell_id


def test_a_file_that_repeats_what_is_published_changes_nothing(put, scheme):
    put("city", ("A", "", box(0, 0, 0.02, 0.01)))
    put("town", ("1", "", square(0, 0)), ("2", "", square(0.01, 0)))
    assert draft_publish(draft=scheme.drafts.get()).edition.number == 1
    assert counts(put("town", ("1", "", square(0, 0)), ("2", "", square(0.01, 0)))) == (0, 0, 2, 0, 0)
    draft = scheme.drafts.get(state="open")
    assert not draft.cells.exists()
    with pytest.raises(BadInput, match="changes nothing"):
        draft_publish(draft=draft)


def test_a_published_neighbour_that_only_gains_a_node_comes_into_the_draft_with_its_land_kept(put, scheme):
    put("city", ("A", "", box(0, 0, 0.02, 0.02)))
    put("town", ("1", "", box(0, 0, 0.01, 0.02)), ("2", "", box(0.01, 0, 0.02, 0.02)))
    draft_publish(draft=scheme.drafts.get())
    put("town", ("2", "", box(0.01, 0, 0.02, 0.01)), ("3", "", box(0.01, 0.01, 0.02, 0.02)))
    draft = scheme.drafts.get(state="open")
    assert sorted(draft.cells.values_list("code", flat=True)) == ["1", "2", "3", "A"]
    assert audit_run(scheme=scheme, draft=draft).verdict == "full"
    assert cells()["1"].area_m2 == pytest.approx(box_area(scheme, "1"), rel=1e-12)


def box_area(scheme, code):
    return (
        scheme.codes.get(code=code)
        and scheme.cells.get(pk=scheme.codes.get(code=code).cell_id)
        .versions.get(valid__endswith=None)
        .area_m2
    )


def test_the_code_of_a_retired_cell_is_refused(put, scheme):
    put("city", ("A", "", square(0, 0)), ("B", "", square(0.01, 0)))
    draft_publish(draft=scheme.drafts.get())
    put("city", ("A", "", square(0, 0)), replace=True)
    assert draft_publish(draft=scheme.drafts.get(state="open")).edition.number == 2
    change = put("city", ("B", "", square(0.01, 0)))
    assert [one.code for one in change.refused] == ["retired-code"]


def test_land_on_both_sides_of_the_earth_is_refused_whole(put):
    put("city", ("A", "", square(-179, 0)))
    with pytest.raises(BadCoordinates, match="180"):
        put("city", ("B", "", square(178, 0)))
    assert sorted(cells()) == ["A"]


def test_cells_of_two_coordinate_systems_meet(put, scheme):
    utm = resolve_crs("EPSG:32650")
    west = box(500_000, 3_290_000, 510_000, 3_300_000)
    put("city", ("A", "", west), system=utm)
    east = shapely.transform(box(510_000, 3_290_000, 520_000, 3_300_000), utm.to_lonlat)
    put("city", ("B", "", east))
    report = audit_run(scheme=scheme, draft=draft_open(scheme=scheme, name="import"))
    assert sorted((f.finding.rule, f.finding.severity) for f in report.findings) == []


def test_reading_a_draft_takes_a_fixed_number_of_queries(put, scheme, django_assert_num_queries):
    put("city", *((f"{x}", "", square(x * 0.01, 0)) for x in range(20)))
    draft = scheme.drafts.select_related("base", "scheme").get()
    with django_assert_num_queries(2):
        assert len(land_of_draft(draft)) == 20
