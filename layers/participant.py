"""What layers do when an edition is published or a land is audited."""

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
from layers.selectors.counts import features_counted
from layers.selectors.features import audit_state, scheme_layers
from layers.selectors.impact import features_impact
from layers.selectors.runs import due_document, runs_due
from layers.services.assignments import features_follow
from layers.services.audits import features_audit
from layers.services.overrides import overrides_follow


class LayersParticipant:
    """Takes part in publishing and auditing for the features."""

    def edition_published(
        self, *, scheme: Scheme, edition: Edition, land: Callable[[], Land], change: Change | None
    ) -> Mapping[str, Any]:
        """Assign anew what the edition may have moved, from the moment on at which it takes effect."""
        followed = [] if change is None else overrides_follow(scheme=scheme, edition=edition, change=change)
        assigned = features_follow(scheme=scheme, edition=edition, land=land, change=change, also=followed)
        return {
            "reassigned": assigned.changed,
            "features": assigned.total,
            **({"features_due": assigned.due} if assigned.due else {}),
            "overrides_followed": len(followed),
            "overrides_ignored": assigned.document()["overrides_ignored"],
        }

    def change_impact(
        self, *, scheme: Scheme, change: Change, ground: Ground, at: dt.datetime
    ) -> Mapping[str, Any]:
        """Tell which features would move from cell to cell."""
        return {"features": features_impact(scheme=scheme, change=change, ground=ground, at=at)}

    def land_audited(self, *, scheme: Scheme, land: Land, at: dt.datetime, stored: bool) -> AuditShare:
        """Count the features, and report those in a gap and those that straddle."""
        return features_audit(scheme=scheme, land=land, at=at, stored=stored)

    def audit_state(self, *, scheme: Scheme, at: dt.datetime) -> AuditState:
        """Tell on which features, assignments and overrides the audit's share stands."""
        return AuditState(*audit_state(scheme, at))

    def about_cell(
        self, *, scheme: Scheme, cell: UUID, level: int, at: dt.datetime, stored: bool
    ) -> Mapping[str, Any]:
        """Count the features of each layer in the cell and in the cells below it."""
        return {"counts": features_counted(scheme, cell, at) if stored else {}}

    def about_scheme(self, *, scheme: Scheme) -> Mapping[str, Any]:
        """Give the layers whose features the scheme answers for, and what of them is still to be assigned."""
        return {
            "layers": [layer.as_json() for layer in scheme_layers(scheme)],
            "reassigning": [due_document(run) for run in runs_due(scheme)],
        }

    def who_answers(
        self, *, scheme: Scheme, cells: Sequence[UUID], at: dt.datetime, private: bool
    ) -> Mapping[UUID, list[dict[str, Any]]]:
        """Answer with nothing: features hold no posts."""
        return {}

    def answers_until(self, *, cells: Sequence[UUID], at: dt.datetime) -> dt.datetime | None:
        """Answer with nothing for ever."""
        return None

    def cell_states(
        self, *, scheme: Scheme, cells: Mapping[UUID, int], at: dt.datetime
    ) -> Mapping[UUID, str]:
        """Say nothing of any cell."""
        return {}
