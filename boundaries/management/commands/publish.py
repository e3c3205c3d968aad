"""`publish SCHEME`: a draft becomes the next edition."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from boundaries.selectors import draft_get, scheme_get
from boundaries.services.publishing import draft_publish
from geogrid.core.errors import Refused
from geogrid.times import moment_parse


class Command(BaseCommand):
    """Publish a draft."""

    help = (
        "Make a draft the next edition, or say what stands in the way (exit 1). Overlaps are never "
        "published; a gap only if it is accepted with a reason. Example: publish SCHEME --draft import "
        '--accept-gaps "the lake belongs to nobody"'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme, the draft and the conditions."""
        parser.add_argument("scheme", metavar="SCHEME", help="the scheme's code")
        parser.add_argument("--draft", metavar="NAME", default="import", help="the draft (default: import)")
        parser.add_argument("--accept-gaps", metavar="REASON", help="accept all gaps for this reason")
        parser.add_argument("--effective", metavar="TIME", help="when it takes effect, never in the past")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what came of it; a refusal by findings is exit 1."""
        draft = draft_get(scheme_get(options["scheme"]), options["draft"])
        publication = draft_publish(
            draft=draft,
            accept_gaps=options["accept_gaps"],
            effective=moment_parse(options["effective"]) if options["effective"] is not None else None,
            tell=self.stderr.write,
        )
        if options["json"]:
            self.stdout.write(json.dumps(publication.as_json(), ensure_ascii=False))
        elif publication.edition is not None:
            self.stdout.write(publication.sentence)
        if publication.edition is None:
            raise Refused(publication.sentence)
