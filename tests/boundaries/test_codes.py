"""Codes of new cells: never the same twice, whoever asks, and kept for ever from when they are given."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction
from shapely.geometry import box

from boundaries.models import CellCode, DraftState
from boundaries.services.audits import audit_run
from boundaries.services.codes import code_renumber_check, codes_allot
from boundaries.services.publishing import draft_publish
from geogrid.core.change import CellChange, Change
from geogrid.core.errors import BadInput, EditRefused
from tests.boundaries.coding import (
    CITY,
    TOWN,
    ZONE,
    allotted,
    codes_of,
    creation,
    draft_of,
    ident_of,
    new,
    with_codes,
)
from tests.boundaries.schemes import partition_levels, three_levels

pytestmark = pytest.mark.django_db


@pytest.fixture
def coded(scheme):
    """The scheme with codes of 2, 4 and 6 digits; zones may be parks."""
    return with_codes(scheme)


# --- What is given ----------------------------------------------------------------------------------------


def test_new_cells_are_numbered_from_west_to_east_under_their_parent(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    town = ident_of(coded, "34")
    east, west = new(TOWN, town, (0.02, 0)), new(TOWN, town, (0, 0))
    assert allotted(coded.drafts.get(), east, west) == ["3402", "3401"]
    assert ident_of(coded, "3402") == east.ident


def test_parents_get_their_codes_before_their_children(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    town = new(TOWN, ident_of(coded, "34"))
    zones = [new(ZONE, town.ident, (0.01, 0)), new(ZONE, town.ident, (0, 0))]
    assert allotted(coded.drafts.get(), *zones, town) == ["340102", "340101", "3401"]


def test_a_split_keeps_the_code_of_what_was_split_retired_and_gives_new_ones(put, coded):
    #  340101        340102 | 340103      another split of 340103 does not come back to 340101
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3401", "", box(0, 0, 0.04, 0.01)))
    put("zone", ("340101", "", box(0, 0, 0.04, 0.01)))
    town = ident_of(coded, "3401")
    whole = new(ZONE, town, code="340101", ident=ident_of(coded, "340101"))
    halves = new(ZONE, town, (0, 0)), new(ZONE, town, (0.02, 0))
    change = codes_allot(draft=coded.drafts.get(), change=creation(*halves, retiring=[whole]))
    assert [codes_of(change)[half.ident] for half in halves] == ["340102", "340103"]
    assert change.removed == (whole,)
    assert ident_of(coded, "340101") == whole.ident
    assert allotted(coded.drafts.get(), new(ZONE, town)) == ["340104"]


def test_free_codes_are_the_levels_with_a_number_whatever_the_parent(put, scheme):
    put("city", ("C", "", box(0, 0, 0.04, 0.01)))
    city = ident_of(scheme, "C")
    cells = new(TOWN, city, (0.02, 0)), new(TOWN, None, (0, 0))
    assert allotted(scheme.drafts.get(), *cells) == ["town-0002", "town-0001"]


def test_free_codes_go_on_with_more_digits_and_past_codes_that_were_given_by_hand(scheme):
    def give(*codes):
        CellCode.objects.bulk_create(
            CellCode(scheme=scheme, code=code, cell_id=uuid.uuid4()) for code in codes
        )

    draft = draft_of(scheme)
    give("town-9998", "town-20160715093000", "town-54321", "town-x", "townhall-0007")
    assert allotted(draft, *(new(TOWN, None, (x, 0)) for x in range(3))) == [
        "town-9999",
        "town-10000",
        "town-10001",
    ]
    # The greatest of five digits is somebody's own, and counting goes on after it.
    assert allotted(draft, new(TOWN)) == ["town-54322"]
    give("zone-0001", "zone-0002", "zone-9999", "zone-10003", "zone-10012")
    assert allotted(draft, new(ZONE)) == ["zone-10013"]
    give("city-9998", "city-10010")
    assert allotted(draft, *(new(CITY, None, (x / 10, 0)) for x in range(13)))[0] == "city-10011"


def test_cells_that_are_no_administrative_units_get_private_numbers(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3401", "", box(0, 0, 0.04, 0.01)))
    town = ident_of(coded, "3401")
    cells = new(ZONE, town, (0, 0), kind="park"), new(ZONE, town, (0.01, 0)), new(ZONE, town, (0.02, 0))
    assert allotted(coded.drafts.get(), *cells) == ["340191", "340101", "340102"]
    assert allotted(coded.drafts.get(), new(ZONE, town), new(ZONE, town, kind="park")) == ["340103", "340192"]


def test_merged_communities_of_the_community_standard_are_numbered_from_601():
    scheme = three_levels()
    scheme.document = {"code_system": {"system": "cjt349_20"}}
    scheme.save()
    for level, length in (("city", 12), ("town", 15), ("zone", 18)):
        scheme.levels.filter(code=level).update(code_length=length)
    draft, town = draft_of(scheme), new(TOWN, code="000001341002001")
    change = codes_allot(draft=draft, change=creation(town, new(ZONE, town.ident)), merged=True)
    assert sorted(codes_of(change).values()) == ["000001341002001", "000001341002001601"]
    community = new(ZONE, town.ident)
    both = codes_allot(draft=draft, change=creation(town, community))
    assert codes_of(both)[community.ident] == "000001341002001001"


def test_a_level_with_free_codes_between_is_passed_over():
    scheme = three_levels()
    scheme.levels.filter(code="city").update(code_length=2)
    scheme.levels.filter(code="zone").update(code_length=4)
    city = new(CITY, code="34")
    town = new(TOWN, city.ident, code="north")
    zone = new(ZONE, town.ident)
    assert allotted(draft_of(scheme), city, town, zone)[-1] == "3401"


def test_more_codes_than_one_can_claim_at_a_time_are_given_as_well(scheme):
    cells = [new(TOWN, None, (index % 100 / 10, index // 100 / 10)) for index in range(350)]
    codes = allotted(draft_of(scheme), *cells)
    assert sorted(codes) == [f"town-{number:04d}" for number in range(1, 351)]


# --- What is refused ---------------------------------------------------------------------------------------


def test_an_edit_that_wants_more_codes_than_are_left_is_refused_with_its_place(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3401", "", box(0, 0, 0.04, 0.01)))
    town, draft = ident_of(coded, "3401"), coded.drafts.get()
    assert len(set(allotted(draft, *(new(ZONE, town, (x / 100, 0)) for x in range(89))))) == 89
    with pytest.raises(EditRefused, match="1 of the numbers 1–90") as refused:
        allotted(draft, new(ZONE, town), new(ZONE, town, (0.01, 0)))
    assert refused.value.code == "no-codes-left"
    assert refused.value.context == {"wanted": 2, "left": 1}
    assert refused.value.geometry.bounds == (0, 0, 0.02, 0.01)
    assert allotted(draft, new(ZONE, town)) == ["340190"]


def test_a_code_that_an_edit_brings_is_reserved_or_refused(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    draft, city = coded.drafts.get(), ident_of(coded, "34")
    town = new(TOWN, city, code="3407")
    assert allotted(draft, town) == ["3407"]
    assert ident_of(coded, "3407") == town.ident
    assert allotted(draft_of(coded, "same cell"), town) == ["3407"]
    with pytest.raises(EditRefused, match="'3407' is another cell's") as refused:
        allotted(draft_of(coded, "other cell"), new(TOWN, city, code="3407"))
    assert refused.value.code == "code-taken"
    renumbered = Change((CellChange(town, new(TOWN, city, code="3409", ident=town.ident)),))
    assert codes_allot(draft=draft, change=renumbered) == renumbered
    assert ident_of(coded, "3409") == ident_of(coded, "3407") == town.ident
    assert allotted(draft, new(TOWN, city)) == ["3410"]


def test_a_new_code_of_a_cell_has_the_form_and_was_no_other_cells(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3401", "", box(0, 0, 0.02, 0.01)), ("3402", "", box(0.02, 0, 0.04, 0.01)))
    draft, city = coded.drafts.get(), ident_of(coded, "34")
    cell = new(TOWN, city, code="3401", ident=ident_of(coded, "3401"))
    for code in ("3401", "3499"):
        code_renumber_check(draft=draft, cell=cell, new_code=code)
    for code, why in (("341", "4 digits"), ("3501", "does not begin with '34'"), ("", "is empty")):
        with pytest.raises(BadInput, match=why):
            code_renumber_check(draft=draft, cell=cell, new_code=code)
    with pytest.raises(EditRefused, match="another cell's") as refused:
        code_renumber_check(draft=draft, cell=cell, new_code="3402")
    assert (refused.value.code, refused.value.geometry) == ("code-taken", cell.shape)


# --- What is kept ------------------------------------------------------------------------------------------


def test_a_retired_code_is_never_given_again(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3401", "", box(0, 0, 0.02, 0.01)), ("3402", "", box(0.02, 0, 0.04, 0.01)))
    draft_publish(draft=coded.drafts.get())
    put("town", ("3401", "", box(0, 0, 0.04, 0.01)), replace=True)
    draft_publish(draft=coded.drafts.get(state="open"))
    draft, city = draft_of(coded), ident_of(coded, "34")
    assert allotted(draft, new(TOWN, city)) == ["3403"]
    cell = new(TOWN, city, code="3401", ident=ident_of(coded, "3401"))
    with pytest.raises(EditRefused, match="retired"):
        code_renumber_check(draft=draft, cell=cell, new_code="3402")
    with pytest.raises(EditRefused, match="retired"):
        allotted(draft, new(TOWN, city, code="3402"))


def test_what_a_discarded_draft_reserved_stays_reserved(scheme):
    draft = draft_of(scheme)
    assert allotted(draft, new(TOWN), new(TOWN, None, (0.01, 0))) == ["town-0001", "town-0002"]
    draft.state = DraftState.DISCARDED
    draft.save()
    assert allotted(draft_of(scheme, "next"), new(TOWN)) == ["town-0003"]


def test_a_preview_reserves_nothing(scheme):
    draft = draft_of(scheme)
    with transaction.atomic():
        assert allotted(draft, new(TOWN)) == ["town-0001"]
        transaction.set_rollback(True)
    assert not CellCode.objects.exists()
    assert allotted(draft, new(TOWN)) == ["town-0001"]


def test_codes_of_an_import_are_not_given_to_an_edit_nor_the_other_way_round(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    draft_publish(draft=coded.drafts.get())
    assert allotted(draft_of(coded), new(TOWN, ident_of(coded, "34"))) == ["3401"]
    assert put("town", ("", "", box(0, 0, 0.04, 0.01))).generated == 1
    assert list(
        coded.drafts.get(name="import", state="open").cells.filter(level__code="town").values_list("code")
    ) == [("3402",)]
    assert allotted(draft_of(coded), new(TOWN, ident_of(coded, "34"))) == ["3403"]


def test_zeros_in_front_are_digits_like_others(put, coded):
    put("city", ("00", "", box(0, 0, 0.04, 0.01)))
    put("town", ("", "", box(0, 0, 0.04, 0.01)))
    assert allotted(coded.drafts.get(), new(TOWN, ident_of(coded, "00"))) == ["0002"]
    assert allotted(coded.drafts.get(), new(ZONE, ident_of(coded, "0001"))) == ["000101"]


# --- Audits ------------------------------------------------------------------------------------------------


def bad_codes(scheme):
    report = audit_run(scheme=scheme, draft=scheme.drafts.get())
    return [found.finding.cells for found in report.findings if found.finding.rule == "bad_code"]


def test_a_code_that_does_not_begin_with_its_parents_is_a_finding_where_the_system_wants_it(put, coded):
    put("city", ("34", "", box(0, 0, 0.04, 0.01)))
    put("town", ("3501", "34", box(0, 0, 0.02, 0.01)), ("3402", "34", box(0.02, 0, 0.04, 0.01)))
    assert bad_codes(coded) == [("3501",)]
    coded.document = {}
    coded.save()
    assert bad_codes(coded) == []


def test_levels_of_another_scheme_have_their_own_numbers(scheme):
    other = type(scheme).objects.create(code="other", name_zh="他", name_en="Other", document={})
    partition_levels(other, ("city", "town", "zone"))
    assert allotted(draft_of(scheme), new(TOWN)) == allotted(draft_of(other), new(TOWN)) == ["town-0001"]
