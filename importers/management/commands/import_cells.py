"""`import_cells SCHEME FILE --level L`: cells of one level into a draft."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from boundaries.services.publishing import Publication, draft_publish
from geogrid.core.errors import Refused
from geogrid.management.teaching import TeachingCommand
from importers.services.cells import CellFields, CellImport, cells_import

_SHOWN = 10


class Command(TeachingCommand):
    """Import cells."""

    help = (
        "Read the cells of one level from GeoJSON, a shapefile (bare or zipped), GeoPackage or CSV with WKT\n"
        "into a draft. Several levels and files may go into one draft; all of it is noded together, so that\n"
        "neighbours and levels share their borders. Nothing is removed without --replace.\n\n"
        "  import_cells SCHEME towns.gpkg --level town --code-field CODE --name-field NAME\n"
        "  import_cells SCHEME zones.zip --level zone --code-field ID --parent-field TOWN --publish\n"
        "  import_cells SCHEME land.shp --level city --crs gcj02 --dry-run\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, where it goes, and how it is to be read."""
        parser.add_argument("scheme", metavar="SCHEME", help="the scheme's code")
        parser.add_argument("file", metavar="FILE", type=Path, help="the file to read")
        parser.add_argument("--level", required=True, metavar="L", help="the level of the cells")
        parser.add_argument("--draft", default="import", metavar="NAME", help="the draft (default: import)")
        parser.add_argument("--layer", metavar="NAME", help="the layer of a file that has several")
        parser.add_argument("--code-field", metavar="F", help="the field of the codes; generated without it")
        parser.add_argument("--name-field", metavar="F", help="the field of the names")
        parser.add_argument(
            "--parent-field", metavar="F", help="the field of the parents' codes; else by the largest share"
        )
        parser.add_argument("--kind-field", metavar="F", help="the field of the kinds, such as park")
        parser.add_argument(
            "--crs", metavar="C", help="EPSG:3826, a WKT, gcj02, bd09; wins over what the file says"
        )
        parser.add_argument("--encoding", metavar="E", help="of texts, for example gbk; wins as well")
        parser.add_argument(
            "--replace", action="store_true", help="retire the cells of the level that the file does not have"
        )
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, change nothing")
        parser.add_argument(
            "--publish", action="store_true", help="publish the draft at once if nothing bars"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then publish if asked; print the report."""
        result = cells_import(
            scheme=options["scheme"],
            path=options["file"],
            level=options["level"],
            draft=options["draft"],
            layer=options["layer"],
            fields=CellFields(*(options[f"{name}_field"] for name in ("code", "name", "parent", "kind"))),
            crs=options["crs"],
            encoding=options["encoding"],
            replace=options["replace"],
            dry_run=options["dry_run"],
            tell=self.stderr.write,
        )
        publication = self._published(result, wanted=options["publish"] and not options["dry_run"])
        if options["json"]:
            report = {**result.report, **({"publish": publication.as_json()} if publication else {})}
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(result)))
            if publication and publication.edition:
                self.stdout.write(publication.sentence)
        if publication and publication.edition is None:
            raise Refused(publication.sentence)

    def _published(self, result: CellImport, *, wanted: bool) -> Publication | None:
        if not wanted:
            return None
        if not result.draft.cells.exists():
            self.stderr.write("the file only repeats what is published, so there is nothing to publish")
            return None
        return draft_publish(draft=result.draft, tell=self.stderr.write)


def _lines(result: CellImport) -> list[str]:
    report = result.report
    dry = " (dry run: nothing was changed)" if report["dry_run"] else ""
    lines = [
        f"{report['file']} → draft {report['draft']}, level {report['level']}{dry}",
        f"  read {report['read']}: {report['new']} new, {report['changed']} changed, "
        f"{report['unchanged']} unchanged, {report['removed']} removed, {len(result.refused)} refused",
        f"  coordinates {report['crs']} ({report['crs_origin']}), texts {report['encoding']}",
        f"  {report['vertices']} vertices of the draft, {report['vertices_added']} added where borders meet, "
        f"none moved farther than {report['moved_max_m'] * 1000:.2f} mm",
        f"  the level now has {report['cells']} cells, {report['gaps']} gaps "
        f"({report['gap_area_m2']:,.1f} m²), {report['overlaps']} overlaps "
        f"({report['overlap_area_m2']:,.1f} m²)",
    ]
    if report["codes_generated"]:
        lines.append(f"  {report['codes_generated']} codes were generated")
    lines += [f"  note: {note}" for note in report["notes"]]
    lines += [f"  refused row {one.row}: {one.reason}" for one in result.refused[:_SHOWN]]
    if len(result.refused) > _SHOWN:
        lines.append(f"  … and {len(result.refused) - _SHOWN} more")
    if result.refused:
        lines.append(f"  all refused rows: {report['refused_file']}")
    if report["findings"]:
        found = ", ".join(f"{count} {rule}" for rule, count in report["findings"].items())
        lines.append(
            f"  findings of the draft: {found}; see audit {report['scheme']} --draft {report['draft']}"
        )
    if report["repairable"] and (report["gaps"] or report["overlaps"]):
        faults = sum(report["findings"].values())
        lines.append(
            f"  {report['repairable']} of {faults} faults could be repaired: "
            f"see repair {report['scheme']} --draft {report['draft']}"
        )
    return lines
