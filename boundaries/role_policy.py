"""What each role may do: the first policy."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import Role, User
from accounts.selectors import roles_of
from boundaries.policies import ACTIONS

#: Who may put cells into a draft by a file may also edit it: the one is no less than the other.
RIGHTS: dict[Role, frozenset[str]] = {
    Role.PLANNER: frozenset(
        {
            *("draft.read", "draft.edit", "draft.approve", "draft.publish", "cells.import"),
            *("features.assign", "features.private", "finding.accept", "people.private", "export"),
        }
    ),
    Role.ANALYST: frozenset(
        {
            *("draft.read", "draft.edit", "cells.import"),
            *("features.import", "features.assign", "features.private", "export"),
        }
    ),
    Role.INSPECTOR: frozenset({"features.private", "people.private"}),
    Role.LEADER: frozenset(
        {
            *("draft.read", "draft.approve", "draft.publish", "finding.accept"),
            *("features.private", "people.appoint", "people.private", "export"),
        }
    ),
    Role.ADMINISTRATOR: frozenset(ACTIONS),
}


class RolePolicy:
    """Allow what one of the user's roles allows, wherever it is."""

    def may(self, user: User | AnonymousUser, action: str, **_where: Any) -> bool:
        """Tell whether one of the user's roles may do that."""
        return any(action in RIGHTS[role] for role in roles_of(user))
