"""`coverage_report SCHEME -o FILE.html`: is the land covered, on one page that needs no network."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from exporters.services.coverage import coverage_report_write
from geogrid.management.teaching import TeachingCommand


class Command(TeachingCommand):
    """Audit a scheme and write the verdict, the findings and the map as one page."""

    help = (
        "Audit SCHEME and write the verdict, the findings and a map into FILE: one HTML page that opens\n"
        "without a network and can be sent and printed. Nothing is stored in the database.\n\n"
        "  coverage_report environment -o report.html                  the edition in force\n"
        "  coverage_report environment -o import.html --draft import   what a draft leaves to mend\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme and the file."""
        parser.add_argument("scheme", metavar="SCHEME", help="code of the scheme")
        parser.add_argument(
            "-o", "--output", metavar="FILE", type=Path, required=True, help="the page to write, FILE.html"
        )
        parser.add_argument("--draft", metavar="NAME", help="report on this draft instead of the edition")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page; what it says goes to stderr in one line."""
        written = coverage_report_write(
            scheme=options["scheme"], path=options["output"], draft=options["draft"]
        )
        self.stderr.write(
            f"coverage report of {options['scheme']}: {written.verdict}, {written.findings:,} findings, "
            f"{written.size_bytes:,} bytes → {written.path}"
        )
