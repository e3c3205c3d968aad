"""`export WHAT SCHEME -o FILE`: cells, features, findings or assignments as a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from exporters.services.export import DEFAULT_CRS, WHATS, ExportReport, ExportWish, export_write
from exporters.writers import FORMATS
from geogrid.management.teaching import TeachingCommand
from geogrid.times import moment_parse


class Command(TeachingCommand):
    """Write cells, features, findings or assignments of a scheme into a file."""

    help = (
        f"Write {', '.join(WHATS)} of SCHEME into FILE.\n\n"
        "  export cells environment -o cells.gpkg\n"
        "  export cells environment -o streets.zip --level street --crs 4490 --encoding gbk\n"
        "  export features environment -o enterprises.geojson --layer enterprise\n"
        "  export assignments environment -o assignments.csv --at 2026-03-01\n"
        "  export findings environment -o findings.gpkg --draft import\n\n"
        "The end of the file's name chooses the format. An existing file is replaced when the new one is\n"
        "complete. Private attributes are never written.\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what, of which scheme, where to, and how."""
        parser.add_argument("what", metavar="WHAT", help=f"what to export: {', '.join(WHATS)}")
        parser.add_argument("scheme", metavar="SCHEME", help="code of the scheme")
        parser.add_argument(
            "-o", "--output", metavar="FILE", type=Path, required=True, help="the file to write"
        )
        parser.add_argument(
            "--layer", metavar="L", help="only features of this layer (features, assignments)"
        )
        parser.add_argument("--level", metavar="L", help="only this level (cells, findings)")
        parser.add_argument(
            "--format",
            metavar="F",
            dest="format_name",
            help=f"{', '.join(FORMATS)}; the end of the file's name says it unless given",
        )
        parser.add_argument(
            "--crs",
            metavar="C",
            default=DEFAULT_CRS,
            help="an EPSG code, WKT, gcj02 or bd09; unless given 4326, with nothing rounded",
        )
        parser.add_argument(
            "--encoding",
            metavar="E",
            help="encoding of the texts, such as gbk, where the format has a choice",
        )
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="as of a time, such as 2026-03-01 (its first moment) or 2026-03-01T08:30; "
            "without a zone it is taken in the project's; now unless given",
        )
        parser.add_argument(
            "--draft", metavar="NAME", help="cells or findings of this draft instead of the edition's"
        )
        parser.add_argument("--json", action="store_true", help="print the report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file; the report goes to stderr, with --json to stdout."""
        wish = ExportWish(
            what=options["what"],
            scheme=options["scheme"],
            layer=options["layer"],
            level=options["level"],
            draft=options["draft"],
            at=moment_parse(options["at"]) if options["at"] is not None else None,
        )
        report = export_write(
            wish=wish,
            path=options["output"],
            format_name=options["format_name"],
            crs=options["crs"],
            encoding=options["encoding"],
        )
        for line in _lines(report):
            self.stderr.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))


def _lines(report: ExportReport) -> list[str]:
    written = report.written
    source = f"draft {report.wish.draft}" if report.wish.draft else f"edition {report.edition}"
    head = (
        f"{report.wish.what} of {report.wish.scheme}, {source}: {written.rows:,} rows, "
        f"{written.size_bytes:,} bytes, {written.format}, {written.crs}, {written.encoding} → {written.path}"
    )
    return [head, *report.notes]
