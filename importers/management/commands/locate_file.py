"""`locate_file FILE --scheme S -o OUT`: the cells of every row of a table."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from boundaries.selectors import scheme_get
from geogrid.management.teaching import TeachingCommand
from geogrid.times import moment_parse
from importers.services.locate_file import file_locate
from layers.services.progress import Progress


class Command(TeachingCommand):
    """Locate the rows of a file."""

    help = (
        "Copy FILE (CSV, .xlsx or Parquet) to OUT and add to each row the code of its cell at every level\n"
        "of the scheme (cell_LEVEL, the top first), on_edge, outside, and locate_error where a row has no\n"
        "usable coordinates. Rows and columns stay as they are, in their order; CSV is written in UTF-8.\n\n"
        "  locate_file shops.csv --scheme SCHEME -o shops_cells.csv --crs gcj02\n"
        "  locate_file shops.parquet --scheme SCHEME -o then.parquet --lon-field x --lat-field y\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the files, the scheme and what is known about the coordinates."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the table with the coordinates")
        parser.add_argument("--scheme", metavar="S", required=True, help="the code of the scheme")
        parser.add_argument("-o", "--out", metavar="OUT", type=Path, required=True, help="the file to write")
        parser.add_argument("--lon-field", metavar="F", help="the column of the longitude; lon if left out")
        parser.add_argument("--lat-field", metavar="F", help="the column of the latitude; lat if left out")
        parser.add_argument(
            "--crs",
            metavar="C",
            default="EPSG:4326",
            help="EPSG:4490, a WKT, gcj02, bd09 (default: EPSG:4326)",
        )
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="as of this time: 2026-05-01 (its first moment) or 2026-05-01T08:30+08:00; now if left out",
        )

        parser.add_argument(
            "--posts",
            action="store_true",
            help="add who answers for the cells of each row, as JSON in the column responsible",
        )

    def handle(self, *args: Any, file: Path, scheme: str, out: Path, **options: Any) -> None:
        """Locate, and say how many rows lie where."""
        chosen = scheme_get(scheme)
        located = file_locate(
            path=file,
            out=out,
            scheme=chosen,
            at=moment_parse(options["at"]) if options["at"] else timezone.now(),
            crs=options["crs"],
            lon_field=options["lon_field"],
            lat_field=options["lat_field"],
            posts=options["posts"],
            progress=Progress(self.stderr.write),
        )
        self.stdout.write(
            f"{out}: {located.rows} rows, {located.in_cell} in a cell ({located.on_edge} on an edge), "
            f"{located.in_gap} in a gap, {located.outside} outside, {located.without_place} without a place"
        )
