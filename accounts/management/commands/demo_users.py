"""`demo_users`: users to begin with, one of each role."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import Role
from accounts.services.demo_users import FILE_NAME, NewUser, demo_users_ensure, demo_users_reset


class Command(BaseCommand):
    """Make the users of the demonstration, or give them new passwords."""

    help = (
        "Make one user of each role where nobody can sign in yet, and show their passwords once; otherwise "
        f"change nothing. The passwords are kept in var/{FILE_NAME}, for its owner only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose password is to be made anew."""
        parser.add_argument(
            "--reset", metavar="USER", choices=[*Role.values, "all"], help="make a new password: USER or all"
        )

    def handle(self, *args: Any, reset: str | None = None, **options: Any) -> None:
        """Print a table of the new passwords, if there are any."""
        path = settings.VAR_DIR / FILE_NAME
        if reset is None:
            new = demo_users_ensure(path)
        else:
            new = demo_users_reset(Role.values if reset == "all" else [reset], path)
        if new:
            self.stdout.write(_table(new, path))


def _table(users: Sequence[NewUser], path: Path) -> str:
    shown = path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path
    width = max(len("user"), *(len(user.name) for user in users))
    length = max(len(user.password) for user in users)
    rule = f"  {'─' * width}  {'─' * length}"
    return "\n".join(
        (
            "",
            "Sign in as one of these users. The passwords are shown this once:",
            "",
            f"  {'user':<{width}}  password",
            rule,
            *(f"  {user.name:<{width}}  {user.password}" for user in users),
            rule,
            f"They are kept in {shown}, for its owner only.",
            "New ones: script/manage demo_users --reset all",
            "",
        )
    )
