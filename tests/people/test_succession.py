"""When cells end nobody's post falls between: heirs inherit, to be confirmed, from the edition's moment on.

  before          after
[    01   ]    [ 11 | 12 ]     split: 01 ends, 11 and 12 are its heirs
[ 01 | 02 ]    [    21   ]     merged: 01 and 02 end, 21 is their heir
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import shapely
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from boundaries.models import Cell, CellVersion, Edition, Lineage
from boundaries.participants import registered
from geogrid.core.change import Change, Heir
from geogrid.core.coverage import Cell as CoreCell
from geogrid.core.coverage import Coverage
from geogrid.core.errors import Refused
from geogrid.core.land import LandLevel
from people.models import Appointment, Person
from people.participant import PeopleParticipant
from people.selectors import vacancies, who_answers
from people.services import appointment_add, appointment_confirm
from tests.people.conftest import Office, day

THEN = 50
LEVELS = (LandLevel("city", "partition", -1), LandLevel("town", "partition", 0))


def _square(west: float, east: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(118 + west, 30, 118 + east, 31)])


class Ending:
    """Towns that end on a day, and others that have their land from then on."""

    def __init__(self, office: Office, ended: dict[str, float], heirs: dict[str, dict[str, float]]) -> None:
        self.office, self.ended = office, ended
        self.new = [code for code in heirs if code not in office.cells]
        for code in self.new:
            office.cells[code] = Cell.objects.create(scheme=office.scheme, level=office.town)
        west, before = 0.0, {}
        for code, wide in ended.items():
            before[code] = self._cell(code, _square(west, west + wide))
            west += wide
        after = {code: self._cell(code, _square(0, west)) for code in self.new}
        self.change = Change.between(
            {cell.ident: cell for cell in before.values()},
            {cell.ident: cell for cell in after.values()},
            heirs=[
                Heir(office.cells[old].pk, office.cells[new].pk, share)
                for new, olds in heirs.items()
                for old, share in olds.items()
            ],
        )
        self.coverage = Coverage.of(
            LEVELS, [self._cell(code, None) for code in office.cells if code not in self.new and code != "0"]
        )

    def _cell(self, code: str, shape: shapely.MultiPolygon | None) -> CoreCell:
        return CoreCell(self.office.cells[code].pk, 1, code, shape=shape)

    def publish(self) -> dict[str, Any]:
        edition = Edition.objects.create(
            scheme=self.office.scheme,
            number=self.office.scheme.editions.count() + 1,
            effective=day(THEN),
            published_at=day(0),
            certificate={},
        )
        for code, cell in self.office.cells.items():
            ends, begins = code in self.ended, code in self.new
            valid = DateTimeTZRange(day(THEN) if begins else day(-9), day(THEN) if ends else None)
            CellVersion.objects.create(
                cell=cell,
                scheme=self.office.scheme,
                level=cell.level,
                edition=edition,
                code=code,
                valid=valid,
            )
        for heir in self.change.heirs:
            Lineage.objects.create(
                scheme=self.office.scheme,
                edition=edition,
                predecessor_id=heir.predecessor,
                successor_id=heir.successor,
                share=heir.share,
            )
        return self.follow(edition)

    def follow(self, edition: Edition) -> dict[str, Any]:
        return _people().edition_published(
            scheme=self.office.scheme, edition=edition, land=lambda: pytest.fail("read"), change=self.change
        )["appointments"]

    def impact(self) -> dict[str, Any]:
        before = list(Appointment.objects.order_by("pk").values())
        told = _people().change_impact(
            scheme=self.office.scheme, change=self.change, ground=self.coverage, at=day(THEN)
        )
        assert list(Appointment.objects.order_by("pk").values()) == before
        return told["people"]


def _people() -> PeopleParticipant:
    (people,) = [one for one in registered() if isinstance(one, PeopleParticipant)]
    return people


def split(office: Office) -> Ending:
    return Ending(office, {"01": 1.0}, {"11": {"01": 0.7}, "12": {"01": 0.3}})


def merge(office: Office, first: float = 1.0, second: float = 2.0) -> Ending:
    return Ending(office, {"01": first, "02": second}, {"21": {"01": 1.0, "02": 1.0}})


def held(office: Office, cell: str) -> list[tuple[str, bool, bool, int, int | None]]:
    """Who holds a post of a cell: name, deputy, to confirm, from day, to day."""

    def number(moment: Any) -> int | None:
        return None if moment is None else (moment - day(0)).days

    return [
        (one.person.name, one.deputy, one.to_confirm, number(one.valid.lower), number(one.valid.upper))
        for one in Appointment.objects.filter(cell=office.cells[cell]).order_by("person__name", "valid")
    ]


def answering(office: Office, cell: str, at: int) -> list[str]:
    pk: UUID = office.cells[cell].pk
    return [one["person"] for one in who_answers(cells=[pk], at=day(at), private=False)[pk]]


def test_each_heir_of_a_split_cell_inherits_holders_and_deputies_to_confirm(office: Office) -> None:
    worker = office.post("worker", minimum=1, maximum=1)
    office.appoint("王", worker, "01")
    office.appoint("李", worker, "01", deputy=True)
    office.appoint("赵", worker, "02")
    said = split(office).publish()
    assert said == {"ended": 2, "inherited": 4, "vacated": 0, "made_deputies": []}
    assert held(office, "01") == [("李", True, False, 0, THEN), ("王", False, False, 0, THEN)]
    for heir in ("11", "12"):
        assert held(office, heir) == [("李", True, True, THEN, None), ("王", False, True, THEN, None)]
    assert held(office, "02") == [("赵", False, False, 0, None)]


def test_who_inherited_answers_from_the_editions_moment_on_and_the_old_one_before(office: Office) -> None:
    office.appoint("王", office.post("worker", minimum=1), "01")
    split(office).publish()
    assert [answering(office, "01", at) for at in (THEN - 1, THEN)] == [["王"], []]
    assert [answering(office, "11", at) for at in (THEN - 1, THEN)] == [[], ["王"]]


def test_inherited_posts_count_as_filled_until_confirmed_or_changed(office: Office) -> None:
    worker = office.post("worker", minimum=1)
    for town in ("01", "02", "03"):
        office.appoint("王", worker, town)
    split(office).publish()
    assert vacancies(scheme=office.scheme, land=office.land(), at=day(THEN))[0].cells == ("01",)
    del office.cells["01"]
    assert vacancies(scheme=office.scheme, land=office.land(), at=day(THEN)) == []
    one = Appointment.objects.get(cell=office.cells["11"])
    assert appointment_confirm(appointment=one).to_confirm is False
    one.refresh_from_db()
    assert one.to_confirm is False
    assert vacancies(scheme=office.scheme, land=office.land(), at=day(THEN)) == []


def test_publishing_once_more_changes_nothing(office: Office) -> None:
    worker = office.post("worker")
    office.appoint("王", worker, "01")
    office.appoint("李", worker, "01", THEN + 10)
    ending = split(office)
    ending.publish()
    before = list(Appointment.objects.order_by("pk").values())
    said = ending.follow(office.scheme.editions.get())
    assert said == {"ended": 0, "inherited": 0, "vacated": 0, "made_deputies": []}
    assert list(Appointment.objects.order_by("pk").values()) == before


def test_where_two_holders_meet_the_one_of_the_larger_land_stays_and_the_other_is_deputy(
    office: Office,
) -> None:
    worker = office.post("worker", minimum=1, maximum=1)
    office.appoint("王", worker, "01")
    office.appoint("李", worker, "02")
    said = merge(office, first=1.0, second=2.0).publish()
    assert said["made_deputies"] == [{"post": "worker", "cell": "21"}]
    assert held(office, "21") == [("李", False, True, THEN, None), ("王", True, True, THEN, None)]


def test_equal_pieces_of_land_go_in_byte_order_of_their_codes(office: Office) -> None:
    worker = office.post("worker", maximum=1)
    office.appoint("李", worker, "02")
    office.appoint("王", worker, "01")
    merge(office, first=1.0, second=1.0).publish()
    assert held(office, "21") == [("李", True, True, THEN, None), ("王", False, True, THEN, None)]


def test_whoever_fits_below_the_most_holders_stays_a_holder(office: Office) -> None:
    worker = office.post("worker", maximum=2)
    for number, name in enumerate(("王", "李", "张")):
        office.appoint(name, worker, "01" if number else "02")
    merge(office).publish()
    assert [row[:2] for row in held(office, "21")] == [("张", True), ("李", False), ("王", False)]


def test_a_holder_of_the_cell_that_takes_over_goes_before_all_who_come(office: Office) -> None:
    worker = office.post("worker", maximum=1)
    office.appoint("王", worker, "01")
    office.appoint("赵", worker, "03")
    Ending(office, {"01": 9.0}, {"03": {"01": 1.0}}).publish()
    assert held(office, "03") == [("王", True, True, THEN, None), ("赵", False, False, 0, None)]


def test_the_most_holders_are_kept_at_every_later_moment_too(office: Office) -> None:
    worker = office.post("worker", maximum=1)
    office.appoint("王", worker, "01")
    office.appoint("赵", worker, "03", THEN + 20)
    Ending(office, {"01": 1.0}, {"03": {"01": 1.0}}).publish()
    assert held(office, "03")[0][:2] == ("王", True)


def test_who_holds_the_post_in_both_cells_holds_it_once(office: Office) -> None:
    worker = office.post("worker")
    wang = office.appoint("王", worker, "01").person
    office.appoint(wang, worker, "02", until=THEN + 10)
    office.appoint(wang, worker, "03", until=THEN + 5)
    Ending(office, {"01": 1.0, "02": 1.0}, {"03": {"01": 1.0, "02": 1.0}}).publish()
    assert held(office, "03") == [("王", False, False, 0, THEN + 5), ("王", False, True, THEN + 5, None)]


def test_appointments_for_a_time_keep_their_own_end_and_later_ones_their_beginning(office: Office) -> None:
    worker = office.post("worker")
    office.appoint("王", worker, "01", 0, THEN + 7)
    office.appoint("李", worker, "01", THEN + 3, THEN + 9)
    office.appoint("赵", worker, "01", 0, THEN)
    split(office).publish()
    later = [("李", False, True, THEN + 3, THEN + 9), ("王", False, True, THEN, THEN + 7)]
    assert held(office, "11") == later
    assert held(office, "12") == later
    assert held(office, "01") == [("王", False, False, 0, THEN), ("赵", False, False, 0, THEN)]


def test_posts_that_an_heir_has_not_and_retired_ones_end_and_are_counted(office: Office) -> None:
    office.appoint("王", office.post("old", retired=True), "01")
    office.appoint("李", office.post("chief", office.city), "0")
    said = split(office).publish()
    assert said == {"ended": 1, "inherited": 0, "vacated": 1, "made_deputies": []}
    assert held(office, "01") == [("王", False, False, 0, THEN)]
    upwards = Ending(office, {"02": 1.0}, {"0": {"02": 1.0}})
    office.appoint("赵", office.post("worker"), "02")
    assert upwards.impact()["vacated"] == 1


def test_a_cell_that_ends_without_heirs_leaves_its_posts_vacant_and_says_so(office: Office) -> None:
    office.appoint("王", office.post("worker"), "01")
    assert Ending(office, {"01": 1.0}, {}).publish() == {
        "ended": 1,
        "inherited": 0,
        "vacated": 1,
        "made_deputies": [],
    }
    assert answering(office, "01", THEN) == []


def test_a_cell_that_goes_on_keeps_its_people_and_they_are_inherited_beside(office: Office) -> None:
    office.appoint("王", office.post("worker"), "01")
    Ending(office, {}, {"11": {"01": 0.4}}).publish()
    assert held(office, "01") == [("王", False, False, 0, None)]
    assert held(office, "11") == [("王", False, True, THEN, None)]


def test_without_a_known_change_nobody_inherits(office: Office) -> None:
    office.appoint("王", office.post("worker"), "01")
    ending = split(office)
    ending.change = None
    edition = Edition.objects.create(
        scheme=office.scheme, number=1, effective=day(THEN), published_at=day(0), certificate={}
    )
    said = _people().edition_published(
        scheme=office.scheme, edition=edition, land=lambda: pytest.fail("read"), change=None
    )
    assert said == {}
    assert held(office, "01") == [("王", False, False, 0, None)]


def test_whoever_is_appointed_before_a_known_end_is_inherited_as_well(office: Office) -> None:
    worker = office.post("worker")
    split(office).publish()
    person = Person.objects.create(name="王")
    added = appointment_add(person=person, post=worker, cell=office.cells["01"], since=day(THEN - 5))
    assert added.valid.upper == day(THEN)
    assert held(office, "01") == [("王", False, False, THEN - 5, THEN)]
    assert held(office, "11") == held(office, "12") == [("王", False, True, THEN, None)]
    other = Person.objects.create(name="李")
    appointment_add(person=other, post=worker, cell=office.cells["01"], since=day(THEN - 5), until=day(THEN))
    assert len(held(office, "11")) == 1


def test_impact_tells_posts_and_numbers_and_nobodys_name(office: Office) -> None:
    worker = office.post("worker", minimum=1)
    for name in ("王", "李"):
        office.appoint(name, worker, "01")
    office.appoint("张", worker, "01", deputy=True)
    ending = split(office)
    told = ending.impact()
    assert told == {
        "appointments": [
            {
                "level": "town",
                "post": "worker",
                "cell": "01",
                "holders": 2,
                "deputies": 1,
                "heirs": ["11", "12"],
            }
        ],
        "inherited": 6,
        "vacated": 0,
        "made_deputies": [],
    }
    said = ending.publish()
    assert (said["inherited"], said["vacated"]) == (told["inherited"], told["vacated"])


def test_a_change_that_ends_no_cell_is_no_question_to_the_database(office: Office) -> None:
    ending = Ending(office, {}, {})
    with CaptureQueriesContext(connection) as queries:
        assert ending.impact()["appointments"] == []
    # The two of the test's own comparison.
    assert len(queries) == 2


def test_publishing_asks_as_often_for_many_cells_as_for_few(office: Office) -> None:
    worker = office.post("worker", maximum=1)
    for code in ("01", "02"):
        office.appoint("王", worker, code)
    small = split(office)
    small.publish()
    asked = []
    for count in (3, 60):
        old = [f"a{count}-{number}" for number in range(count)]
        for code in old:
            office.cells[code] = Cell.objects.create(scheme=office.scheme, level=office.town)
            office.appoint("王", worker, code)
        ending = Ending(office, dict.fromkeys(old, 1.0), {f"b{code}": {code: 1.0} for code in old})
        edition = Edition.objects.create(
            scheme=office.scheme, number=count, effective=day(THEN), published_at=day(0), certificate={}
        )
        with CaptureQueriesContext(connection) as queries:
            assert ending.follow(edition)["inherited"] == count
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_an_appointment_that_has_ended_cannot_be_confirmed(office: Office) -> None:
    one = office.appoint("王", office.post("worker"), "01", -400, -300, to_confirm=True)
    with pytest.raises(Refused, match=r"ended on .*, so that there is nothing to confirm"):
        appointment_confirm(appointment=one)
    one.refresh_from_db()
    assert one.to_confirm
    assert one.valid.upper < timezone.now()


def test_confirming_once_more_leaves_it_confirmed(office: Office) -> None:
    one = office.appoint("王", office.post("worker"), "01", to_confirm=True)
    appointment_confirm(appointment=one)
    assert appointment_confirm(appointment=one).to_confirm is False
