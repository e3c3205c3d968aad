"""How features stand after an assignment, and what differs from what is stored."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from layers.models import Method


@dataclass(frozen=True, slots=True)
class UnheededOverride:
    """A person's decision that cannot be followed, because its cell holds no objects now."""

    layer: str
    key: str
    reason: str


@dataclass(slots=True)
class Tally:
    """How features stand, added up batch by batch; `changed` answers are not as they were."""

    by_method: Mapping[str, int] = field(default_factory=dict)
    on_edge: int = 0
    straddling: int = 0
    changed: int = 0
    unheeded: list[UnheededOverride] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many features there are."""
        return sum(self.by_method.values())

    def __add__(self, other: Tally) -> Tally:
        """Add up what two batches say."""
        methods = Counter(self.by_method) + Counter(other.by_method)
        return Tally(
            dict(sorted(methods.items())),
            self.on_edge + other.on_edge,
            self.straddling + other.straddling,
            self.changed + other.changed,
            [*self.unheeded, *other.unheeded],
        )

    def as_json(self) -> dict[str, Any]:
        """Give what is kept of a run."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Tally:
        """Read what was kept of a run; nothing if it is new."""
        if not kept:
            return cls()
        unheeded = [UnheededOverride(**one) for one in kept["unheeded"]]
        return cls(kept["by_method"], kept["on_edge"], kept["straddling"], kept["changed"], unheeded)


@dataclass(frozen=True, slots=True)
class Assigned:
    """How the features in question stand at `at`, and how many answers are not as they were."""

    scheme: str
    edition: int
    at: dt.datetime
    total: int
    assigned: int
    outside: int
    in_gap: int
    on_edge: int
    straddling: int
    changed: int
    by_method: Mapping[str, int]
    unheeded: Sequence[UnheededOverride]
    due: int = 0
    """So many features are left to be assigned after the commit."""
    counted: bool = False
    """What cells hold was counted with it, all anew."""

    @classmethod
    def of(cls, scheme: str, edition: int, at: dt.datetime, tally: Tally) -> Assigned:
        """Say it of a tally."""
        outside, in_gap = (tally.by_method.get(method, 0) for method in (Method.OUTSIDE, Method.GAP))
        return cls(
            scheme=scheme,
            edition=edition,
            at=at,
            total=tally.total,
            assigned=tally.total - outside - in_gap,
            outside=outside,
            in_gap=in_gap,
            on_edge=tally.on_edge,
            straddling=tally.straddling,
            changed=tally.changed,
            by_method=dict(tally.by_method),
            unheeded=tuple(tally.unheeded),
        )

    def document(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        counted = ("scheme", "edition", "total", "assigned", "outside", "in_gap", "on_edge", "straddling")
        return {
            **{name: getattr(self, name) for name in (*counted, "changed")},
            "by_method": dict(self.by_method),
            "overrides_ignored": [asdict(override) for override in self.unheeded],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """The answers of one feature, stored and computed, each with its stretch of time."""

    layer: str
    key: str
    stored: Sequence[Mapping[str, Any]]
    computed: Sequence[Mapping[str, Any]]

    @property
    def sentence(self) -> str:
        """Say it for people."""
        return f"{self.layer} {self.key}: stored {_said(self.stored)}, computed {_said(self.computed)}"


def _said(answers: Sequence[Mapping[str, Any]]) -> str:
    said = [f"{answer['cell'] or 'no cell'} ({answer['method']}, {answer['share']:g})" for answer in answers]
    return ", then ".join(said) or "nothing"
