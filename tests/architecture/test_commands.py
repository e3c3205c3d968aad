"""Every command of our own says what it does."""

from __future__ import annotations

from argparse import SUPPRESS

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import DjangoHelpFormatter

OWN_APPS = {
    *("geogrid", "accounts", "boundaries", "layers", "people", "schemes", "importers", "exporters"),
    "demo",
}
OWN = sorted((name, app) for name, app in get_commands().items() if str(app) in OWN_APPS)


def test_our_commands_are_found() -> None:
    assert {"db", "backup", "restore", "token"} <= {name for name, _ in OWN}


@pytest.mark.parametrize(("name", "app"), OWN)
def test_every_command_and_each_of_its_options_has_a_help_text(name: str, app: str) -> None:
    command = load_command_class(app, name)
    assert len(command.help) > 20
    parser = command.create_parser("manage.py", name)
    assert issubclass(parser.formatter_class, DjangoHelpFormatter)
    for action in parser._actions:
        assert action.help, f"{name} {action.option_strings or action.dest}"
        assert action.help is not SUPPRESS


def test_every_app_of_ours_is_installed() -> None:
    assert {name.partition(".")[0] for name in settings.INSTALLED_APPS} >= OWN_APPS
