"""The base of commands whose help shows examples."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, DjangoHelpFormatter


class ExamplesFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Keep the lines of a description, and Django's order of the options."""


class TeachingCommand(BaseCommand):
    """A command whose `help` is printed line by line, as it is written."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Make the parser of the options."""
        return super().create_parser(prog_name, subcommand, formatter_class=ExamplesFormatter, **kwargs)
