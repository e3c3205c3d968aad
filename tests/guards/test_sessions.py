"""Two sessions that each write half of a fault: one of them is refused, whoever commits first."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest

from boundaries.models import Cell, CellVersion
from geogrid.db.target import current_target, psycopg_arguments
from tests.guards.raw import LONG_AGO, RawLand, box, new_land, ring, watched

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = [30, pytest.param(300, marks=pytest.mark.long)]
LEVELS = [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.SERIALIZABLE]

INSERT = """
INSERT INTO boundaries_cellversion (
    cell_id, scheme_id, level_id, edition_id, code, name, kind, attributes, geom, valid
) SELECT %(cell)s, e.scheme_id, %(level)s, e.id, %(code)s, '', '', '{}',
    ST_Multi(ST_GeomFromWKB(%(wkb)s, 4326)), tstzrange(%(since)s, NULL)
FROM boundaries_edition e WHERE e.id = %(edition)s
"""
REDRAW = """
UPDATE boundaries_cellversion SET geom = ST_Multi(ST_GeomFromWKB(%(wkb)s, 4326)) WHERE code = %(code)s
"""


def session(isolation: psycopg.IsolationLevel) -> psycopg.Connection:
    made = psycopg.connect(**psycopg_arguments(current_target()))
    made.isolation_level = isolation
    return made


def city(land: RawLand, x: float, code: str) -> dict[str, object]:
    """A cell at the top that takes two lots from x on."""
    level = land.scheme.levels.get(code="city")
    cell = Cell.objects.create(id=uuid.uuid4(), scheme=land.scheme, level=level)
    return {
        "cell": cell.pk,
        "level": level.pk,
        "edition": land.edition.pk,
        "code": code,
        "wkb": box(x, 0, x + 2, 1).wkb,
        "since": LONG_AGO,
    }


def together(isolation: psycopg.IsolationLevel, work: list[tuple[str, dict[str, object]]]) -> list[str]:
    """Run each statement in a session of its own, commit them at the same time; give the refusals."""
    ready, refusals = threading.Barrier(len(work)), []

    def run(statement: str, facts: dict[str, object]) -> None:
        with session(isolation) as mine:
            try:
                mine.execute(statement, facts)
                ready.wait()
                mine.commit()
            except psycopg.Error as error:
                mine.rollback()
                refusals.append(error.sqlstate or "")

    threads = [threading.Thread(target=run, args=one) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


@pytest.mark.parametrize("isolation", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_sessions_that_insert_half_an_overlap_one_is_refused(rounds, isolation):
    land = new_land()
    for number in range(rounds):
        x = 5.0 * number
        work = [(INSERT, city(land, x, f"{number}a")), (INSERT, city(land, x + 1, f"{number}b"))]
        refusals = together(isolation, work)
        assert len(refusals) == 1, f"round {number}: {refusals}"
        assert refusals[0] in {"23GG1", "40001"}
    assert CellVersion.objects.count() == rounds


@pytest.mark.parametrize("isolation", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_sessions_that_each_move_one_side_of_a_border_both_are_refused(rounds, isolation):
    """Each alone leaves a gap or an overlap; that the other one's half would fit it must not help either."""
    land = new_land()
    with watched():
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "1", box(0, 0, 1, 1), "A")
        land.put("town", "2", box(1, 0, 2, 1), "A")
    halves = {
        "1": ring((0, 0), (1, 0), (1.5, 0.5), (1, 1), (0, 1)),
        "2": ring((1, 0), (2, 0), (2, 1), (1, 1), (1.5, 0.5)),
    }
    for _ in range(rounds):
        refusals = together(
            isolation, [(REDRAW, {"code": code, "wkb": half.wkb}) for code, half in halves.items()]
        )
        assert len(refusals) == 2


def test_a_session_that_writes_holds_up_nobody_before_it_commits():
    """One thread, two sessions: the second could not go on if the first held the scheme's lock already."""
    land = new_land()
    first, second = session(LEVELS[0]), session(LEVELS[0])
    with first, second:
        first.execute(INSERT, city(land, 0, "a"))
        second.execute(INSERT, city(land, 1, "b"))
        first.commit()
        with pytest.raises(psycopg.errors.IntegrityError, match=r"^overlap: "):
            second.commit()
    assert CellVersion.objects.get().code == "a"
