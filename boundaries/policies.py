"""Who may do what, where: policies are asked, all of them have to agree.

A policy is anything with the method `may` of the protocol; an app registers its own in `AppConfig.ready`.
The first one goes by roles (`boundaries/role_policy.py`). A later one can only narrow what the others allow,
for example to the cells of somebody's own subtree, so that adding one never opens a door.

Two kinds of asker are not users of the policies: `None` is the operator at the command line, or a service
that has asked already, and may do everything; whoever comes over HTTP is a user or an `AnonymousUser`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from geogrid.core.errors import NotAllowed, NotSignedIn

if TYPE_CHECKING:
    from boundaries.models import Cell, Draft, Scheme

Asker = User | AnonymousUser | None

#: Every action there is, and what it is in words for a refusal.
ACTIONS = {
    "draft.read": "read drafts",
    "draft.edit": "edit drafts",
    "draft.approve": "approve drafts",
    "draft.publish": "publish drafts",
    "scheme.load": "load scheme documents",
    "cells.import": "import cells",
    "features.import": "import features",
    "features.assign": "assign features",
    "features.private": "see what is not public of features",
    "finding.accept": "accept findings",
    "people.appoint": "appoint persons to posts",
    "people.private": "see what is not public of persons",
    "export": "export files",
}


class Policy(Protocol):
    """Something that says whether a user may do something here."""

    def may(
        self,
        user: User | AnonymousUser,
        action: str,
        *,
        scheme: Scheme | None = None,
        cell: Cell | None = None,
        draft: Draft | None = None,
    ) -> bool:
        """Tell whether a user may do that in a scheme, to a cell or a draft; anywhere if none is named."""


_policies: list[Policy] = []


def register(policy: Policy) -> None:
    """Let a policy be asked from now on."""
    _policies.append(policy)


def registered() -> tuple[Policy, ...]:
    """Give the policies that are asked."""
    return tuple(_policies)


def allowed(
    user: Asker,
    action: str,
    *,
    scheme: Scheme | None = None,
    cell: Cell | None = None,
    draft: Draft | None = None,
) -> bool:
    """Tell whether all policies agree; where none is registered, nobody may do anything."""
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}; see boundaries.policies.ACTIONS")
    if user is None:
        return True
    if not _policies or not user.is_active:
        return False
    return all(policy.may(user, action, scheme=scheme, cell=cell, draft=draft) for policy in _policies)


def require(
    user: Asker,
    action: str,
    *,
    scheme: Scheme | None = None,
    cell: Cell | None = None,
    draft: Draft | None = None,
) -> None:
    """Refuse what is not allowed.

    Raises
    ------
    NotSignedIn
        If nobody is signed in.
    NotAllowed
        If somebody is, and may not.
    """
    if allowed(user, action, scheme=scheme, cell=cell, draft=draft):
        return
    what = ACTIONS[action]
    if not isinstance(user, User):
        raise NotSignedIn(f"sign in to {what}", action=action)
    where = f" in the scheme {scheme.code}" if scheme is not None else ""
    raise NotAllowed(f"{user.get_username()} may not {what}{where}", action=action)


def rights_of(user: Asker) -> list[str]:
    """Give the actions that somebody may do anywhere."""
    return [action for action in ACTIONS if allowed(user, action)]


def may_see_private(user: Asker) -> bool:
    """Tell whether somebody may see what is not public of persons, for example their own phones."""
    return allowed(user, "people.private")
