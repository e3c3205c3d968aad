"""Users to begin with: one of each role, named like it, with passwords that only the first start shows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from accounts.selectors import somebody_can_sign_in
from accounts.services.roles import user_role_give
from geogrid.core.errors import BadInput

FILE_NAME = "demo_users.txt"

#: No letter or digit that could be taken for another one: 12 of these 30 signs are 58 bits.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 3, 4


@dataclass(frozen=True)
class NewUser:
    """A user whose password is new; the password is in no other place than here and in the file."""

    name: str
    role: Role
    password: str = field(repr=False)


def password_make() -> str:
    """Make a password that is read and typed without mistakes."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


@transaction.atomic
def demo_users_ensure(path: Path) -> list[NewUser]:
    """Make the users where nobody can sign in yet, and keep their passwords in a file for its owner only.

    Where somebody can, nothing happens: who has deleted or locked these users does not get them back.
    """
    _wait_for_turn()
    return [] if somebody_can_sign_in() else _renew(list(Role), path)


@transaction.atomic
def demo_users_reset(names: Collection[str], path: Path) -> list[NewUser]:
    """Give these users new passwords; who is not there is made.

    Raises
    ------
    BadInput
        If a name is none of theirs.
    """
    unknown = sorted(set(names) - set(Role.values))
    if unknown:
        raise BadInput(f"{unknown[0]!r} is no user of the demonstration; they are {', '.join(Role.values)}")
    _wait_for_turn()
    return _renew([role for role in Role if role.value in names], path)


def _wait_for_turn() -> None:
    """Let one start at a time make users: the second then finds those of the first."""
    list(Group.objects.select_for_update().filter(name__in=Role.values).order_by("pk"))


def _renew(roles: Collection[Role], path: Path) -> list[NewUser]:
    renewed = []
    for role in roles:
        user, _ = User.objects.get_or_create(username=role.value)
        password = password_make()
        user.set_password(password)
        user.is_active = True
        user.save()
        user_role_give(user=user, role=role)
        renewed.append(NewUser(user.username, role, password))
    # Inside the transaction: users whose passwords cannot be written down are not made.
    kept = _read(path) if len(renewed) < len(Role) else {}
    _write(path, {**kept, **{one.name: one.password for one in renewed}})
    return renewed


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if len(words) == 2 and words[0] in Role.values}


def _write(path: Path, passwords: Mapping[str, str]) -> None:
    """Write the whole file under another name first: it is never half there, nor readable for others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = timezone.localtime().isoformat(timespec="seconds")
    lines = [
        f"# The users of the demonstration, as of {made}. Only a hash of each password is in the database.",
        "# New passwords: script/manage demo_users --reset all",
        *(f"{name:<15}{password}" for name, password in passwords.items()),
    ]
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    draft.replace(path)
