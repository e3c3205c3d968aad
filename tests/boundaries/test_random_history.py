"""Random histories of drafts and editions in the database: back and forth byte for byte, nothing is lost."""

from __future__ import annotations

from random import Random, SystemRandom
from uuid import UUID

import pytest

from boundaries.services import drafts, engine
from tests.boundaries.lands import publish_start, put_points, start_of, wish_of
from tests.boundaries.stored_history import StoredHistory
from tests.property.strategies import WORLDS
from tests.property.tally import Tally
from tests.property.test_edit_sequences import lands

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 60
#: Land that goes around half of the earth is not taken.
LANDS = lands(worlds=[world for world in WORLDS if world.name != "wide"])
DEEDS = ("edit",) * 9 + ("undo",) * 3 + ("redo",) * 3 + ("file", "publish")


def run(number: int, monkeypatch: pytest.MonkeyPatch) -> Tally:
    """Run the history of a number, the same each time."""
    random, tally = Random(number), Tally()
    for module in (drafts, engine):
        monkeypatch.setattr(module, "uuid4", lambda: UUID(int=random.getrandbits(128), version=4))
    start = start_of(number, LANDS)
    scheme, _ = publish_start(start)
    put_points(start.coverage, random, 40)
    history = StoredHistory(scheme, start, tally)
    for _ in range(STEPS):
        deed = random.choice(DEEDS)
        if deed == "edit":
            # Half of all wishes are refused.
            any(history.edit(wish_of(random)) for _ in range(3))
        elif deed == "file":
            history.file(wish_of(random))
        else:
            getattr(history, deed)()
    history.close()
    return tally


@pytest.mark.parametrize("number", [1, 2])
def test_whatever_is_done_to_drafts_is_stored_as_it_was_told(number, monkeypatch, repository):
    tally = run(number, monkeypatch)
    tally.report(f"stored-{number}", repository)
    assert tally.made.total() >= 15
    assert all(tally.steps[step] for step in ("undone", "redone", "published"))


@pytest.mark.long
@pytest.mark.parametrize("turn", range(40))
def test_whatever_is_done_to_drafts_another_time(turn, monkeypatch):
    number = SystemRandom().getrandbits(32)
    print(f"seed {number}")
    run(number, monkeypatch)
