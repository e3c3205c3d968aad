"""`load_demo`: the demonstration into the database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from demo.services import demo_load
from geogrid.management.teaching import TeachingCommand


class Command(TeachingCommand):
    """Load the demonstration."""

    help = (
        "Load the demonstration: a real city's cells of three levels, published as an edition, invented\n"
        "people and objects (marked fictional), and a draft with planted faults to look at. All of it or\n"
        "nothing; again it changes nothing. data/README.md says what is real and what is not.\n\n"
        "  load_demo\n"
        "  load_demo --json\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how to answer."""
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what is there now."""
        load = demo_load(tell=self.stderr.write)
        self.stdout.write(
            json.dumps(load.as_json(), ensure_ascii=False) if options["json"] else load.sentence
        )
