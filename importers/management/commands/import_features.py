"""`import_features LAYER FILE`: the objects of a register, from a file."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from geogrid.management.teaching import TeachingCommand
from importers.services.features import AllRefused, FeatureImport, Reading, features_import
from layers.services.progress import Progress

SHOWN = 10


class Command(TeachingCommand):
    """Import features."""

    help = (
        "Import the objects in FILE (GeoJSON, shapefile bare or zipped, GeoPackage, CSV) into a layer.\n"
        "An object whose key the layer has is changed if it differs, and what it was is kept; the others\n"
        "are added; nothing is removed. What is new or changed is assigned to its cell in every scheme.\n"
        "Rows that cannot be taken are listed with their reason and written to var/refused/; if none can\n"
        "be taken, nothing is imported.\n\n"
        "  import_features enterprise plants.csv --key-field plant_id --crs gcj02\n"
        "  import_features building houses.gpkg --layer houses --dry-run --json\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the layer, the file, and what is known about it."""
        parser.add_argument("target", metavar="LAYER", help="the code of the layer, such as enterprise")
        parser.add_argument("file", metavar="FILE", type=Path, help="the file with the objects")
        parser.add_argument("--layer", metavar="NAME", help="the layer inside FILE, if it has several")
        parser.add_argument(
            "--key-field",
            metavar="F",
            help="the field that tells one object from another; without it the key fields of the layer, "
            "or a field called key, id or fid",
        )
        parser.add_argument("--lon-field", metavar="F", help="in a CSV file, the field of the longitude")
        parser.add_argument("--lat-field", metavar="F", help="in a CSV file, the field of the latitude")
        parser.add_argument(
            "--crs",
            metavar="C",
            help="EPSG:4490, a WKT, gcj02, bd09; wins over what the file says",
        )
        parser.add_argument(
            "--encoding", metavar="E", help="the encoding of the text, such as utf-8 or gb18030"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, target: str, file: Path, **options: Any) -> None:
        """Import and print the report."""
        named = ("layer", "key_field", "lon_field", "lat_field", "crs", "encoding")
        reading = Reading(**{name: options[name] for name in named})
        try:
            report = features_import(
                layer=target,
                path=file,
                reading=reading,
                dry_run=options["dry_run"],
                progress=Progress(self.stderr.write),
            )
        except AllRefused as refusal:
            if options["json"]:
                self._print(refusal.report, as_json=True)
            raise
        self._print(report, as_json=options["json"])

    def _print(self, report: FeatureImport, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(report.document(), ensure_ascii=False) if as_json else _text(report))


def _text(report: FeatureImport) -> str:
    would = "would be " if report.dry_run else ""
    lines = [
        f"{report.file} → {report.layer}: {report.read} rows read ({report.crs}, {report.crs_origin}; "
        f"{report.encoding}), key: {', '.join(report.key_fields)}",
        f"{would}{report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
        f"{len(report.refused)} refused",
        *report.notes,
        *(f"row {row.row}: {row.reason}" for row in report.refused[:SHOWN]),
    ]
    if len(report.refused) > SHOWN:
        lines.append(f"and {len(report.refused) - SHOWN} more refused rows")
    if report.refused_file is not None:
        lines.append(f"the refused rows are in {report.refused_file}")
    for scheme, assigned in report.assigned.items():
        methods = ", ".join(f"{method} {count}" for method, count in assigned.by_method.items())
        lines.append(f"assigned in {scheme}, edition {assigned.edition}: {methods or 'nothing to do'}")
    return "\n".join(lines)
