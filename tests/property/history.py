"""A history of edits in memory: base, edits, undo, redo, publish; and what is known of each state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import shapely

from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change, Heir
from geogrid.core.coverage import Coverage

Bytes = Mapping[UUID, tuple[object, bytes]]


@dataclass(frozen=True)
class State:
    """A coverage and what follows from it, worked out once."""

    coverage: Coverage
    tolerance: Tolerance

    @cached_property
    def findings(self) -> Mapping[str, Finding]:
        """Give what the full audit finds, by id."""
        audit = audit_land(self.coverage.land, tolerance=self.tolerance, code_lengths={}, faults={})
        return {finding.ident: finding for finding in audit.findings}

    @cached_property
    def bytes(self) -> Bytes:
        """Give every cell as it would be stored."""
        cells = self.coverage.cells
        return {
            ident: ((*cell.content[:-1], tuple(cell.attributes)), shapely.to_wkb(cell.shape))
            for ident, cell in cells.items()
        }


@dataclass
class History:
    """The states since the last edition, and where in them one is."""

    tolerance: Tolerance
    states: list[State]
    changes: list[Change] = field(default_factory=list)
    at: int = 0

    @classmethod
    def of(cls, coverage: Coverage, tolerance: Tolerance) -> History:
        """Begin with an edition."""
        return cls(tolerance, [State(coverage, tolerance)])

    @property
    def now(self) -> State:
        """The state that one is in."""
        return self.states[self.at]

    def push(self, change: Change, state: State) -> None:
        """Keep an edit; those that were undone are gone."""
        del self.states[self.at + 1 :], self.changes[self.at :]
        self.states.append(state)
        self.changes.append(change)
        self.at += 1

    def publish(self) -> None:
        """Begin anew from where one is."""
        self.states, self.changes, self.at = [self.now], [], 0

    def heirs(self) -> dict[UUID, dict[UUID, float]]:
        """Give who has what share of each cell of the base that has ended, over all edits."""
        shares: dict[UUID, dict[UUID, float]] = {}
        for change in self.changes[: self.at]:
            ended = {cell.ident for cell in change.removed}
            base = ended & self.states[0].coverage.cells.keys()
            shares |= {ident: {ident: 1.0} for ident in base}
            for held in shares.values():
                _pass_on(held, ended, change.heirs)
        return shares


def _pass_on(held: dict[UUID, float], ended: set[UUID], heirs: tuple[Heir, ...]) -> None:
    for ident in held.keys() & ended:
        whole = held.pop(ident)
        for heir in heirs:
            if heir.predecessor == ident:
                held[heir.successor] = held.get(heir.successor, 0.0) + whole * heir.share
