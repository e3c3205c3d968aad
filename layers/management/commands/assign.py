"""`assign SCHEME`: every feature in its one cell."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.db import DatabaseError, connection

from boundaries.selectors import scheme_get
from geogrid.core.errors import BadInput, Refused
from geogrid.management.teaching import TeachingCommand
from layers.management.parts import add_engine_arguments, assigned_by_engine
from layers.selectors import layer_get
from layers.selectors.counts import CountDifference, counts_differences
from layers.services.assignments import Assigned, Difference, assignments_check
from layers.services.counts import counts_mend
from layers.services.due import due_work
from layers.services.progress import Progress
from layers.services.runs import assignments_run

SHOWN = 20
#: How long it is waited until it is looked again whether an edition left something to be done.
PAUSE_S = 2.0


class Command(TeachingCommand):
    """Assign features to cells, or prove that they are."""

    help = (
        "Put every feature into its one leaf cell: a point into the cell it lies in, on a border into the\n"
        "touching one with the lowest code; a line or a polygon into the cell with its largest share; or\n"
        "note that it lies in a gap or outside. People's overrides stay. Imports and publishing assign by\n"
        "themselves; this computes everything anew and writes what differs, batch by batch. Killed and\n"
        "started again it goes on where it was.\n\n"
        "  assign SCHEME                     mend whatever is not as it should be\n"
        "  assign SCHEME --layer building    the same for one layer\n"
        "  assign SCHEME --check --json      for scripts: exit 1 if anything differs, and change nothing\n"
        "  assign SCHEME --engine dask --from POINTS -o OUT     points in Parquet files, not stored here\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme, the layer, and what to do."""
        parser.add_argument("scheme", metavar="SCHEME", nargs="?", help="the code of the scheme")
        parser.add_argument("--layer", metavar="L", help="only the features of this layer")
        parser.add_argument(
            "--full",
            action="store_true",
            help="begin with the first feature even if a run was cut short, which would go on otherwise",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing, and end with exit code 1 if anything stored is not what is computed",
        )
        parser.add_argument(
            "--pending",
            action="store_true",
            help="only what publishing left to be assigned after it; of all schemes if none is named",
        )
        parser.add_argument(
            "--watch",
            action="store_true",
            help="with --pending: look again every other second, as long as who started this lives",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        add_engine_arguments(parser)

    def handle(self, *args: Any, scheme: str | None, layer: str | None, **options: Any) -> None:
        """Assign or check, and print the numbers."""
        if options["pending"]:
            self._pending(scheme, watch=options["watch"], as_json=options["json"])
            return
        if scheme is None:
            raise BadInput("say of which scheme: assign SCHEME")
        if options["engine"]:
            self.stdout.write(
                assigned_by_engine(scheme_get(scheme), self.stderr.write, {**options, "layer": layer})
            )
            return
        chosen, register = scheme_get(scheme), layer_get(layer) if layer else None
        progress = Progress(self.stderr.write)
        differences: list[Difference] = []
        counts: list[CountDifference] = []
        if options["check"]:
            assigned, differences = assignments_check(scheme=chosen, layer=register, progress=progress)
            counts = counts_differences(chosen)
        else:
            due_work(scheme=chosen, progress=progress)
            assigned = assignments_run(scheme=chosen, layer=register, anew=options["full"], progress=progress)
            if not assigned.counted:
                counts_mend(scheme=chosen)
        document = assigned.document()
        if options["check"]:
            document["differences"] = [asdict(difference) for difference in differences]
            document["counts"] = [difference.document() for difference in counts]
        said = [*(one.sentence for one in differences), *(one.sentence for one in counts)]
        text = json.dumps(document, ensure_ascii=False) if options["json"] else _text(assigned, said)
        self.stdout.write(text)
        if differences:
            raise Refused(
                f"{len(differences)} of {assigned.total} features in {scheme} are not stored as they are "
                f"computed; mend them with: assign {scheme} --full"
            )
        if counts:
            raise Refused(
                f"{len(counts)} counts of features in cells of {scheme} are not what is assigned; mend them "
                f"with: assign {scheme} --full"
            )

    def _pending(self, scheme: str | None, *, watch: bool, as_json: bool) -> None:
        """Do what editions left; once, or again and again."""
        chosen, parent = scheme_get(scheme) if scheme else None, os.getppid()
        progress = Progress(self.stderr.write)
        changed = due_work(scheme=chosen, progress=progress)
        while watch and os.getppid() == parent:
            time.sleep(PAUSE_S)
            try:
                due_work(scheme=chosen, progress=progress)
            except (Refused, DatabaseError) as error:
                # Somebody else is at it, or the database is away: both pass.
                self.stderr.write(str(error))
                connection.close()
        self.stdout.write(json.dumps({"changed": changed}) if as_json else f"{changed} changed")


def _text(assigned: Assigned, differences: list[str]) -> str:
    methods = ", ".join(f"{method} {count}" for method, count in assigned.by_method.items())
    lines = [
        f"{assigned.scheme}, edition {assigned.edition}: {assigned.total} features, "
        f"{assigned.assigned} in a cell, {assigned.in_gap} in a gap, {assigned.outside} outside; "
        f"{assigned.on_edge} on an edge, {assigned.straddling} straddling; {assigned.changed} changed",
        f"by method: {methods or 'none'}",
        *(f"{one.layer} {one.key}: override not heeded, {one.reason}" for one in assigned.unheeded),
        *differences[:SHOWN],
    ]
    if len(differences) > SHOWN:
        lines.append(f"and {len(differences) - SHOWN} more differences; --json lists all")
    return "\n".join(lines)
