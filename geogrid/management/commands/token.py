"""`token USER`: a new API token, shown once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import transaction
from rest_framework.authtoken.models import Token

from geogrid.core.errors import BadInput


class Command(BaseCommand):
    """Give a user a new API token."""

    help = (
        "Print a new API token for USER; an earlier one stops working. "
        "A user who does not exist is made, without a password and without rights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user."""
        parser.add_argument("user", metavar="USER", help="the user's name")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        """Print the token alone on stdout."""
        accounts = get_user_model().objects
        with transaction.atomic():
            account = accounts.filter(**{accounts.model.USERNAME_FIELD: user}).first()
            if account is None:
                account = accounts.model(**{accounts.model.USERNAME_FIELD: user})
                account.set_unusable_password()
                try:
                    account.full_clean()
                except ValidationError as error:
                    raise BadInput(f"{user!r} cannot be a user's name: {' '.join(error.messages)}") from error
                account.save()
                self.stderr.write(f"made the user {user}, without a password")
            if not account.is_active:
                raise BadInput(f"the user {user} is not active, so that a token would open nothing")
            Token.objects.filter(user=account).delete()
            token = Token.objects.create(user=account)
        self.stdout.write(token.key)
