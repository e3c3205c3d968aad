"""One step of a random history: an edit is made or refused, undone, redone, published; the laws are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from geogrid.core.actions import action_of, perform
from geogrid.core.audits.nearby import NearbyAudit, audit_nearby
from geogrid.core.change import Change
from geogrid.core.errors import BadInput, EditRefused
from tests.property.history import History, State
from tests.property.laws import check_change, check_edit, drift, tops
from tests.property.refusals import explained
from tests.property.strategies import Start, ids
from tests.property.tally import Tally
from tests.property.wishes import Params, Wish, edit_of


@dataclass
class Editor:
    """Makes edits of a coverage, step by step, and checks each."""

    start: Start
    tally: Tally
    history: History = field(init=False)
    drifted: float = 0.0
    bound: float = 0.0

    def __post_init__(self) -> None:
        """Begin with the coverage as an edition."""
        self.history = History.of(self.start.coverage, self.start.world.tolerance)
        self._ids, self._codes = ids(2), 0

    def wish(self, wish: Wish) -> bool:
        """Try an edit; tell whether it was made."""
        before = self.history.now
        edit = edit_of(wish, before.coverage, list(before.findings.values()))
        return edit is not None and self.edit(*edit)

    def edit(self, action: str, params: Params) -> bool:
        """Make an edit, or check why it is refused."""
        before = self.history.now
        tolerance = self.start.world.tolerance
        try:
            change, audit = perform(
                action_of(action, params),
                before.coverage,
                self._ids,
                tolerance=tolerance,
                give_codes=self._give_codes,
            )
        except EditRefused as refusal:
            self.tally.refused[action, refusal.code] += 1
            findings = list(before.findings.values())
            if not explained(refusal, before.coverage, action, params, tolerance, findings):
                pytest.fail(f"{action} was refused without reason, {refusal.code}: {refusal}; {params}")
            return False
        except BadInput as fault:
            # What was drawn may be shorter than a step of the grid; nothing else is wrong with it.
            if "of any length" not in str(fault):
                raise
            self.tally.refused[action, fault.code] += 1
            return False
        self._keep(before, change, audit, action)
        return True

    def _give_codes(self, change: Change) -> Change:
        first = self._codes
        self._codes += len(change.created)
        return change.with_codes({cell.ident: f"n{first + n}" for n, cell in enumerate(change.created, 1)})

    def _keep(self, before: State, change: Change, audit: NearbyAudit, action: str) -> None:
        after = State(change.apply(before.coverage), before.tolerance)
        check_edit(before, after, change, audit, action)
        moved, most = drift(before.coverage, after.coverage, change, action)
        self.drifted += moved
        self.bound += most
        assert abs(moved) <= most, f"{action} changed the land as a whole by {moved} m², more than {most}"
        assert abs(self.drifted) <= self.bound
        untouched = before.bytes.keys() - {one.ident for one in change.cells}
        assert all(before.bytes[ident] == after.bytes[ident] for ident in untouched)
        self.history.push(change, after)
        self.tally.made[action] += 1

    def undo(self) -> None:
        """Take the last edit back: every byte is as it was."""
        history = self.history
        if history.at == 0:
            return
        change = history.changes[history.at - 1].inverse()
        self._walk(change, history.states[history.at - 1])
        history.at -= 1
        self.tally.steps["undone"] += 1

    def redo(self) -> None:
        """Make the edit again that was taken back."""
        history = self.history
        if history.at == len(history.changes):
            return
        self._walk(history.changes[history.at], history.states[history.at + 1])
        history.at += 1
        self.tally.steps["redone"] += 1

    def _walk(self, change: Change, there: State) -> None:
        here = self.history.now
        made = State(change.apply(here.coverage), here.tolerance)
        assert made.bytes == there.bytes
        audit = audit_nearby(here.coverage, change, tolerance=here.tolerance)
        check_change(here, there, change, audit)

    def publish(self) -> None:
        """Make one change of all since the last edition: it leads there and back, and everybody has heirs."""
        history = self.history
        base, now = history.states[0], history.now
        whole = Change.between(base.coverage.cells, now.coverage.cells)
        assert State(whole.apply(base.coverage), base.tolerance).bytes == now.bytes
        assert State(whole.inverse().apply(now.coverage), base.tolerance).bytes == base.bytes
        self._all_have_heirs(base, now)
        history.publish()
        self.tally.steps["published"] += 1

    def _all_have_heirs(self, base: State, now: State) -> None:
        heirs = self.history.heirs()
        ended: set[UUID] = base.coverage.cells.keys() - now.coverage.cells.keys()
        assert ended <= heirs.keys()
        for ident in ended:
            held = heirs[ident]
            assert held.keys() <= now.coverage.cells.keys(), "an heir is not there"
            # Land that was taken from the whole has no heir.
            assert sum(held.values()) <= 1 + 1e-9

    def close(self) -> None:
        """Look at the whole once more when the history ends."""
        assert tops(self.history.now.coverage), "no land is left"
        self.publish()
