"""Who answers for a cell: the holders of its posts, or the deputies while a holder is lacking."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from boundaries.models import SchemeDocument
from boundaries.participants import registered
from people.models import Appointment, Organisation, Person
from people.participant import PeopleParticipant
from people.selectors import who_answers
from tests.people.conftest import Office, day, make_office


def _answers(
    office: Office, cell: str = "01", at: int = 100, *, private: bool = False
) -> list[dict[str, Any]]:
    pk = office.cells[cell].pk
    return who_answers(cells=[pk], at=day(at), private=private)[pk]


def _names(office: Office, at: int = 100) -> list[tuple[str, str | None]]:
    return [(answer["person"], answer["acting_for"]) for answer in _answers(office, at=at)]


def test_every_holder_of_every_post_answers(office: Office) -> None:
    worker, helper = office.post("worker"), office.post("helper")
    office.appoint("王", helper, "01")
    office.appoint("李", worker, "01", 5)
    office.appoint("张", worker, "01", 2)
    office.appoint("赵", worker, "02")
    nobody = {"phone": None, "acting_for": None}
    as_worker = {"level": "town", "post": "worker", "post_name": {"zh": "岗位worker", "en": "worker"}}
    as_helper = {"level": "town", "post": "helper", "post_name": {"zh": "岗位helper", "en": "helper"}}
    assert _answers(office) == [
        {**as_worker, "person": "张", **nobody},
        {**as_worker, "person": "李", **nobody},
        {**as_helper, "person": "王", **nobody},
    ]
    assert _answers(office, "03") == []


@pytest.mark.parametrize(
    ("phones", "public", "private"),
    [
        ({}, None, None),
        ({"private_phone": "139"}, None, "139"),
        ({"office_phone": "0559-1"}, "0559-1", "0559-1"),
        ({"office_phone": "0559-1", "private_phone": "139"}, "0559-1", "139"),
        ({"organisation": "0559-9"}, "0559-9", "0559-9"),
        ({"organisation": "0559-9", "office_phone": "0559-1"}, "0559-1", "0559-1"),
        ({"organisation": "0559-9", "private_phone": "139"}, "0559-9", "139"),
    ],
)
def test_the_public_gets_the_phone_of_the_office_or_the_organisation_never_the_persons_own(
    office: Office, phones: dict[str, str], public: str | None, private: str | None
) -> None:
    own = dict(phones)
    body = (
        Organisation.objects.create(name="局", phone=own.pop("organisation"))
        if "organisation" in own
        else None
    )
    office.appoint(Person.objects.create(name="王", organisation=body, **own), office.post("worker"), "01")
    assert [answer["phone"] for answer in _answers(office)] == [public]
    assert [answer["phone"] for answer in _answers(office, private=True)] == [private]


def test_the_answer_is_that_of_the_time_asked_for(office: Office) -> None:
    worker = office.post("worker")
    office.appoint("王", worker, "01", 10, 20)
    office.appoint("李", worker, "01", 20)
    assert [_names(office, at) for at in (9, 10, 19, 20, 500)] == [
        [],
        [("王", None)],
        [("王", None)],
        [("李", None)],
        [("李", None)],
    ]


def test_a_deputy_answers_only_while_there_is_no_holder_and_acts_for_the_last_one(office: Office) -> None:
    worker = office.post("worker", minimum=1)
    office.appoint("赵", worker, "01", 0, 10)
    office.appoint("王", worker, "01", 10, 20)
    office.appoint("李", worker, "01", 30)
    office.appoint("张", worker, "01", 5, deputy=True)
    assert _names(office, 15) == [("王", None)]
    assert _names(office, 25) == [("张", "王")]
    assert _names(office, 35) == [("李", None)]


def test_a_deputy_answers_beside_holders_who_are_too_few(office: Office) -> None:
    worker = office.post("worker", minimum=2)
    office.appoint("赵", worker, "01")
    office.appoint("王", worker, "01", 0, 20)
    office.appoint("张", worker, "01", deputy=True)
    assert _names(office, 10) == [("赵", None), ("王", None)]
    assert _names(office, 25) == [("赵", None), ("张", "王")]


def test_a_deputy_of_a_post_that_nobody_ever_held_acts_for_nobody(office: Office) -> None:
    worker = office.post("worker")
    office.appoint("张", worker, "01", deputy=True)
    # Somebody who holds it later, or held it elsewhere, is no predecessor.
    office.appoint("王", worker, "01", 200)
    office.appoint("李", worker, "02", 0, 20)
    assert _names(office) == [("张", None)]


def test_who_once_held_the_post_and_is_its_deputy_now_acts_for_another(office: Office) -> None:
    worker = office.post("worker")
    office.appoint("王", worker, "01", 0, 10)
    person = office.appoint("张", worker, "01", 10, 20).person
    office.appoint(person, worker, "01", 20, deputy=True)
    assert _names(office, 25) == [("张", "王")]


def test_a_retired_post_answers_only_for_the_time_before_the_document_that_retired_it(office: Office) -> None:
    office.appoint("王", office.post("worker", retired=True), "01")
    now = timezone.now()
    SchemeDocument.objects.update(loaded_at=day(50))
    assert _names(office, 49) == [("王", None)]
    assert _names(office, 50) == []
    later = SchemeDocument.objects.create(scheme=office.scheme, version=2, text="x", sha256="")
    assert later.loaded_at >= now
    assert _names(office, 60) == [("王", None)]


def test_a_cell_that_only_a_draft_has_is_answered_with_nobody(office: Office) -> None:
    unknown = office.cells["01"].__class__().pk
    assert who_answers(cells=[unknown], at=day(1), private=True) == {unknown: []}
    assert who_answers(cells=[], at=day(1), private=True) == {}


def test_thousands_of_cells_are_one_question(db: None) -> None:
    office = make_office(towns=3000)
    worker = office.post("worker", minimum=1)
    person, gone = Person.objects.create(name="王"), Person.objects.create(name="李")
    valid = office.appoint(person, worker, "0").valid
    for holder, deputy, period in ((gone, False, (day(0), day(10))), (person, True, (valid.lower, None))):
        Appointment.objects.bulk_create(
            Appointment(person=holder, post=worker, cell=cell, deputy=deputy, valid=period)
            for code, cell in office.cells.items()
            if code != "0"
        )
    (people,) = [one for one in registered() if isinstance(one, PeopleParticipant)]
    cells = [cell.pk for cell in office.cells.values()]
    with CaptureQueriesContext(connection) as queries:
        answers = people.who_answers(scheme=office.scheme, cells=cells, at=day(100), private=False)
    assert len(queries) == 1
    assert len(answers) == 3001
    assert sum(answer[0]["acting_for"] == "李" for answer in answers.values()) == 3000
