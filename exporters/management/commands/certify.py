"""`certify FILE`: recompute the certificate of an export, and compare."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from exporters.services.certifying import FileCertified, file_certify
from geogrid.core.errors import Refused
from geogrid.management.teaching import TeachingCommand

_SHOWN = 20


class Command(TeachingCommand):
    """Certify a file of cells without a database."""

    help = (
        "Recompute the certificate of FILE, which `export cells SCHEME` wrote: audit that the cells of each\n"
        "parent cover it once, measure them, and hash them. No database is asked.\n\n"
        "  certify cells.gpkg                                   what the file states\n"
        "  audit environment --edition 3 --json > edition.json  what was certified\n"
        "  certify cells.gpkg --certificate edition.json        are they the same?\n\n"
        "GeoPackage, GeoJSON, FlatGeobuf and shapefiles (.shp or .zip) that were exported in EPSG:4326 keep\n"
        "coordinates double for double, and so the hash. Other systems, and formats of fewer digits such as\n"
        "KML, do not. Exit 0: the same; 1: it differs, or, without a certificate, land in a parent is\n"
        "nobody's or two's; 2: the file or the certificate cannot be used.\n"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and what it should be."""
        parser.add_argument("file", metavar="FILE", type=Path, help="cells of all levels")
        parser.add_argument(
            "--certificate", metavar="JSON", type=Path, help="a certificate, or the document of an audit"
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON document on stdout, every parent in it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the certificate; exit 1 if something is against it."""
        made = file_certify(path=options["file"], expected=options["certificate"])
        if options["json"]:
            self.stdout.write(json.dumps(made.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(made)))
        faults = made.faults
        if faults:
            more = f" … and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            raise Refused(f"{made.path} is not as certified: {'; '.join(faults[:_SHOWN])}{more}")


def _lines(made: FileCertified) -> list[str]:
    stated = made.certificate
    lines = [f"{stated['cells']:,} cells, SHA-256 {stated['sha256']}"]
    for code, level in stated["levels"].items():
        lines.append(
            f"{code:<14}{level['cells']:>8} cells{level['area_m2'] / 1e6:>16,.6f} km²  {level['sha256']}"
        )
    for code, sums in stated["parents"].items():
        lines.append(
            f"{code:<14}{sums['parents']:>8} parents: {sums['nobodys']} faces nobody's, {sums['twos']} two's,"
            f" areas within {sums['largest_difference_m2']:.3g} m²"
        )
    if made.differences is not None and not made.differences:
        lines.append("the same as the certificate")
    return lines
