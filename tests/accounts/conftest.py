"""Users of each role, and nobody's passwords on the disk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Role, User
from accounts.services.roles import user_role_give

PASSWORD = "kt7m-qx4d-9rhw"


def make_user(name: str, *roles: Role) -> User:
    """Make an active user who has these roles."""
    user = User.objects.create_user(name, password=PASSWORD)
    for role in roles:
        user_role_give(user=user, role=role)
    return user


@pytest.fixture
def user_of(db: None) -> Callable[[Role], User]:
    """Make a user of a role, whose name is the role's."""
    return lambda role: make_user(role.value, role)


@pytest.fixture
def planner(user_of: Callable[[Role], User]) -> User:
    return user_of(Role.PLANNER)


@pytest.fixture
def inspector(user_of: Callable[[Role], User]) -> User:
    return user_of(Role.INSPECTOR)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """What a start writes goes to a folder of the test."""
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR
