"""What upper apps take part in without being known here: publishing, auditing, and answering who answers.

An upper app registers itself in its `AppConfig.ready`; `boundaries` calls whoever is registered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.land import Land

if TYPE_CHECKING:
    from boundaries.models import Edition, Scheme


@dataclass(frozen=True)
class AuditShare:
    """What one participant adds to an audit.

    Attributes
    ----------
    numbers : mapping
        Keys of the audit's document and their values, for example `{"vacancies": 3}`.
    findings : sequence of Finding
    """

    numbers: Mapping[str, Any] = field(default_factory=dict)
    findings: Sequence[Finding] = ()


@dataclass(frozen=True)
class AuditState:
    """What one participant's share of an audit stands on.

    Attributes
    ----------
    rows : str
        Another text if any of its rows was added, changed or removed.
    until : datetime, optional
        When the first of its rows begins or ends to hold.
    """

    rows: str = ""
    until: dt.datetime | None = None


class Participant(Protocol):
    """An upper app that takes part. A method may answer with nothing."""

    def edition_published(
        self, *, scheme: Scheme, edition: Edition, land: Callable[[], Land], change: Change | None
    ) -> Mapping[str, Any]:
        """Follow a new edition inside its transaction; what is given goes into publish's answer.

        Parameters
        ----------
        land : callable
            Reads the whole land of the edition, which takes its time.
        change : Change, optional
            What the edition changes, nodes included, and who inherits from whom; None if it may be anything.
        """

    def change_impact(
        self, *, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime
    ) -> Mapping[str, Any]:
        """Tell what would move if a change took effect at a time; nothing is written.

        Parameters
        ----------
        change : Change
        ground : Ground
            The cells before the change.
        """

    def land_audited(self, *, scheme: Scheme, land: Land, at: dt.datetime, stored: bool) -> AuditShare:
        """Say what is wrong on a land; `stored` if it is that of the editions, not a draft's."""

    def audit_state(self, *, scheme: Scheme, at: dt.datetime) -> AuditState:
        """Tell on what `land_audited` would stand, so that an audit is kept until that changes."""

    def about_cell(
        self, *, scheme: Scheme, cell: UUID, level: int, at: dt.datetime, stored: bool
    ) -> Mapping[str, Any]:
        """Give what it adds to the document of one cell of a level, for example `{"vacancies": […]}`.

        `stored` if the cell is one of the editions', not of a draft.
        """

    def about_scheme(self, *, scheme: Scheme) -> Mapping[str, Any]:
        """Give what it adds to the document of one scheme, for example `{"layers": […]}`."""

    def who_answers(
        self, *, scheme: Scheme, cells: Sequence[UUID], at: dt.datetime, private: bool
    ) -> Mapping[UUID, list[dict[str, Any]]]:
        """Give for each cell the holders of its posts: `{level, post, post_name, person, …}`."""

    def answers_until(self, *, cells: Sequence[UUID], at: dt.datetime) -> dt.datetime | None:
        """Tell until when `who_answers` of a time stays the same, if no row changes; None if for ever.

        Whoever answers with somebody leaves a mark when a row changes: see `boundaries_marked_v1`.
        """

    def cell_states(
        self, *, scheme: Scheme, cells: Mapping[UUID, int], at: dt.datetime
    ) -> Mapping[UUID, str]:
        """Say in one word what the map shows of cells, each given with its level; nothing of most."""


_participants: list[Participant] = []


def register(participant: Participant) -> None:
    """Let an app take part; the order is that of the calls."""
    _participants.append(participant)


def registered() -> tuple[Participant, ...]:
    """Give who takes part."""
    return tuple(_participants)
