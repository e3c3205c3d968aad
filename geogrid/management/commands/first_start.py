"""`first_start`: what `script/server` does once the database is there."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Load the demonstration into an empty database, and make users where nobody can sign in."""

    help = (
        "Load the demonstration when the database holds nothing yet, and make users when nobody can sign "
        "in; otherwise change nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for a single scheme: layers and the like are there from the migrations on."""
        if "load_demo" in get_commands() and not apps.get_model("boundaries", "Scheme").objects.exists():
            self.stderr.write("the database is empty: loading the demonstration ...")
            call_command("load_demo", stdout=self.stderr, stderr=self.stderr)
        call_command("demo_users", stdout=self.stderr, stderr=self.stderr)
