"""The roles, and who has them."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import Role, User


def roles_ensure(*, using: str, apps: Any = installed, **_signal: Any) -> None:
    """Make the groups of the roles that are not there; called after each migration and each flush."""
    try:
        groups = apps.get_model("auth", "Group")
    except LookupError:  # migrated to before there were groups
        return
    for role in Role:
        groups.objects.using(using).get_or_create(name=role.value)


@transaction.atomic
def user_role_give(*, user: User, role: Role) -> None:
    """Give a user a role; what else the user has stays."""
    user.groups.add(Group.objects.get(name=role.value))
    user.__dict__.pop("roles", None)


@transaction.atomic
def user_role_take(*, user: User, role: Role) -> None:
    """Take a role from a user."""
    user.groups.remove(Group.objects.get(name=role.value))
    user.__dict__.pop("roles", None)
