"""A post that must be filled and is not is a finding, one for each cell and post."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from boundaries.models import Cell
from boundaries.participants import AuditShare, registered
from people.participant import PeopleParticipant
from people.selectors import vacancies
from tests.people.conftest import Office, day, make_office

NOW = day(100)


def _vacant(office: Office, at: int = 100) -> list[tuple[str, str]]:
    found = vacancies(scheme=office.scheme, land=office.land(), at=day(at))
    return [(finding.cells[0], finding.subject) for finding in found]


def test_every_cell_of_the_level_wants_its_mandatory_posts_filled(office: Office) -> None:
    office.post("chief", office.city, minimum=1)
    office.post("worker", minimum=1)
    office.post("helper")
    assert _vacant(office) == [("0", "chief"), ("01", "worker"), ("02", "worker"), ("03", "worker")]


def test_a_finding_says_what_is_missing_and_where(office: Office) -> None:
    worker = office.post("worker", minimum=2)
    office.appoint("王", worker, "01")
    one, two, _ = vacancies(scheme=office.scheme, land=office.land(), at=NOW)
    assert (one.rule, one.level, one.cells, one.subject) == ("vacancy", "town", ("01",), "worker")
    assert one.message == "the cell '01' has only 1 of 2 holders in the post worker (岗位worker)"
    assert two.message == "the cell '02' has nobody in the post worker (岗位worker)"
    assert one.is_blind_spot
    assert one.acceptable
    assert not one.blocks_publishing


def test_a_mandatory_post_without_a_minimum_wants_one_holder(office: Office) -> None:
    office.appoint("王", office.post("worker", minimum=0, mandatory=True), "02")
    assert _vacant(office) == [("01", "worker"), ("03", "worker")]


def test_who_inherited_a_post_fills_it_and_a_deputy_does_not(office: Office) -> None:
    worker = office.post("worker", minimum=1)
    office.appoint("王", worker, "01", to_confirm=True)
    office.appoint("李", worker, "02", deputy=True)
    assert _vacant(office) == [("02", "worker"), ("03", "worker")]


def test_holders_count_from_their_first_moment_up_to_but_not_at_their_last(office: Office) -> None:
    worker = office.post("worker", minimum=1)
    office.appoint("王", worker, "01", 10, 20)
    assert [("01", "worker") in _vacant(office, at) for at in (9, 10, 19, 20)] == [True, False, False, True]


def test_a_holder_of_another_cell_or_post_or_scheme_fills_nothing(office: Office) -> None:
    other = make_office("other", towns=1)
    worker, helper = office.post("worker", minimum=1), office.post("helper")
    office.appoint("王", worker, "02")
    office.appoint("李", helper, "01")
    other.appoint("张", other.post("worker", minimum=1), "01")
    assert _vacant(office) == [("01", "worker"), ("03", "worker")]


def test_retired_posts_want_nobody(office: Office) -> None:
    office.post("worker", minimum=1, retired=True)
    assert _vacant(office) == []


def test_cells_that_are_yet_to_be_have_nobody_and_one_finding_for_a_code_given_twice(office: Office) -> None:
    office.appoint("王", office.post("worker", minimum=1), "01")
    draft = office.land(*[("09", Cell(scheme=office.scheme, level=office.town)) for _ in range(2)])
    found = vacancies(scheme=office.scheme, land=draft, at=NOW)
    assert [finding.cells[0] for finding in found] == ["02", "03", "09"]
    assert len({finding.ident for finding in found}) == 3


def test_the_finding_stays_the_same_when_others_come_and_go(office: Office) -> None:
    worker = office.post("worker", minimum=2)
    (before, *_) = vacancies(scheme=office.scheme, land=office.land(), at=NOW)
    office.appoint("王", worker, "01")
    (after, *_) = vacancies(scheme=office.scheme, land=office.land(), at=NOW)
    assert before.ident == after.ident


def test_the_number_of_questions_does_not_grow_with_the_cells(office: Office) -> None:
    large = make_office("large", towns=3000)
    asked = []
    for one in (office, large):
        for code in ("worker", "chief"):
            one.post(code, minimum=1)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = vacancies(scheme=one.scheme, land=one.land(), at=NOW)
        asked.append(len(queries))
    assert len(found) == 6000
    assert asked == [2, 2]


def test_people_take_part_in_audits_and_follow_editions_with_nothing(office: Office) -> None:
    (people,) = [one for one in registered() if isinstance(one, PeopleParticipant)]
    office.post("worker", minimum=1)
    share = people.land_audited(scheme=office.scheme, land=office.land(), at=NOW, stored=True)
    assert isinstance(share, AuditShare)
    assert share.numbers == {"vacancies": 3}
    assert len(share.findings) == 3
