"""What people have to do with land: posts that nobody fills, and who answers for a cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from boundaries.models import Edition, Scheme
from boundaries.participants import AuditShare, AuditState
from geogrid.core.change import Change
from geogrid.core.coverage import Ground
from geogrid.core.land import Land
from people.selectors import (
    appointments_until,
    audit_state,
    vacancies,
    vacant_cells,
    vacant_posts,
    who_answers,
)
from people.succession import appointments_follow, people_impact


class PeopleParticipant:
    """The part of people in publishing, auditing, and answering who answers."""

    def edition_published(
        self, *, scheme: Scheme, edition: Edition, land: Callable[[], Land], change: Change | None
    ) -> Mapping[str, Any]:
        """Let the heirs of cells that end inherit posts; nobody is known to inherit if the change is not."""
        if change is None:
            return {}
        return {"appointments": appointments_follow(scheme=scheme, change=change, at=edition.effective)}

    def change_impact(
        self, *, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime
    ) -> Mapping[str, Any]:
        """Tell which appointments would end, and how many would be inherited."""
        return {"people": people_impact(scheme=scheme, change=change, ground=ground, at=at)}

    def land_audited(self, *, scheme: Scheme, land: Land, at: dt.datetime, stored: bool) -> AuditShare:
        """Tell the posts that must be filled and are not."""
        found = vacancies(scheme=scheme, land=land, at=at)
        return AuditShare(numbers={"vacancies": len(found)}, findings=found)

    def audit_state(self, *, scheme: Scheme, at: dt.datetime) -> AuditState:
        """Tell on which posts and appointments vacancies stand."""
        return AuditState(*audit_state(scheme=scheme, at=at))

    def about_cell(
        self, *, scheme: Scheme, cell: UUID, level: int, at: dt.datetime, stored: bool
    ) -> Mapping[str, Any]:
        """Give the posts of the cell that must be filled and are not."""
        return {"vacancies": vacant_posts(cell=cell, level=level, at=at)}

    def about_scheme(self, *, scheme: Scheme) -> Mapping[str, Any]:
        """Add nothing."""
        return {}

    def who_answers(
        self, *, scheme: Scheme, cells: Sequence[UUID], at: dt.datetime, private: bool
    ) -> Mapping[UUID, list[dict[str, Any]]]:
        """Tell who holds the posts of the cells."""
        return who_answers(cells=cells, at=at, private=private)

    def answers_until(self, *, cells: Sequence[UUID], at: dt.datetime) -> dt.datetime | None:
        """Tell when the next appointment for one of the cells begins or ends."""
        return appointments_until(cells=cells, at=at)

    def cell_states(
        self, *, scheme: Scheme, cells: Mapping[UUID, int], at: dt.datetime
    ) -> Mapping[UUID, str]:
        """Tell the cells that have a post which must be filled and is not."""
        return dict.fromkeys(vacant_cells(cells=cells, at=at), "vacant")
