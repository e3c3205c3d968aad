"""`conflicts`: objects with two regulators or none, where exactly one has to be."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone

from geogrid.core.errors import Refused
from geogrid.management.teaching import TeachingCommand
from geogrid.times import moment_parse, moment_text
from layers.management.table_file import table_write
from layers.selectors.conflicts import (
    Conflicts,
    Group,
    all_conflict_objects,
    conflicts,
    group_get,
    groups_all,
)

COLUMNS = ("group", "layer", "key", "name", "feature", "kind", "cells", "lon", "lat")


class Command(TeachingCommand):
    """Count and list the conflicts between schemes."""

    help = (
        "Count the objects that are in a cell of two schemes, or of none, where the documents say (key\n"
        "`exclusive`) that each is in a cell of exactly one.\n\n"
        "  conflicts                             how each two schemes of each group stand\n"
        "  conflicts --group inspection --strict for scripts: exit 1 if there is a conflict\n"
        "  conflicts -o conflicts.csv            the objects, as a table\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the group and what of it."""
        parser.add_argument("--group", metavar="G", help="only this group")
        parser.add_argument("--at", metavar="TIME", help="as of a past or future date or time")
        parser.add_argument("--strict", action="store_true", help="exit 1 if there is a conflict")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, objects too")
        parser.add_argument(
            "-o", "--output", metavar="FILE.csv", type=Path, help="write the objects as a table"
        )

    def handle(self, *args: Any, group: str | None, **options: Any) -> None:
        """Print the matrix, write the objects; exit 1 under --strict if there are any."""
        groups = [group_get(group)] if group is not None else groups_all()
        at = moment_parse(options["at"]) if options["at"] is not None else timezone.now()
        counted = [conflicts(one, at=at) for one in groups]
        written: dict[str, int] = {}
        if options["output"] is not None:
            written["written"] = table_write(options["output"], COLUMNS, _rows(groups, at))
            self.stderr.write(f"{written['written']} objects written to {options['output']}")
        if options["json"]:
            documents = [_document(*both, objects=not written) for both in zip(groups, counted, strict=True)]
            document = {"at": moment_text(at, "auto"), "groups": documents, **written}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        elif options["output"] is None:
            self.stdout.write("\n".join(_lines(counted)))
        offending = sum(one.offending for one in counted)
        if options["strict"] and offending:
            raise Refused(f"{offending} objects are in a cell of none or of several schemes of their group")


def _document(group: Group, counted: Conflicts, *, objects: bool) -> dict[str, Any]:
    listed = (
        [asdict(one) for one in all_conflict_objects(group, at=counted.at, private=True)] if objects else []
    )
    return {**counted.document(), **({"results": listed} if objects else {})}


def _rows(groups: Sequence[Group], at: dt.datetime) -> Iterator[Sequence[Any]]:
    for group in groups:
        for one in all_conflict_objects(group, at=at, private=True):
            cells = " ".join(f"{held['scheme']}:{held['cell']}" for held in one.cells)
            lon, lat = one.position or (None, None)
            yield [group.code, one.layer, one.key, one.name, one.feature, one.kind, cells, lon, lat]


def _lines(counted: Sequence[Conflicts]) -> list[str]:
    if not counted:
        return ["no scheme's document has the key `exclusive`: nothing has to be in exactly one scheme"]
    lines = []
    for one in counted:
        lines.append(
            f"{one.group} ({', '.join(one.schemes)}; {', '.join(one.layers)}): {one.objects} objects, "
            f"{one.one} in one scheme, {one.none} in none, {one.several} in several"
        )
        lines += [
            f"  {pair.first} and {pair.second}: {pair.both} in both, {pair.only_first} in {pair.first} only, "
            f"{pair.only_second} in {pair.second} only, {pair.neither} in neither"
            for pair in one.pairs
        ]
    return lines
