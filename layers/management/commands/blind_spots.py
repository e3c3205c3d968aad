"""`blind_spots SCHEME`: the objects that somebody should look at."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone

from boundaries.models import Scheme
from boundaries.selectors import scheme_get
from boundaries.selectors.cells import cell_find
from boundaries.selectors.moments import as_of_time
from geogrid.core.errors import NotFound, Refused
from geogrid.management.teaching import TeachingCommand
from geogrid.times import moment_parse, moment_text
from layers.management.table_file import table_write
from layers.selectors import layer_get
from layers.selectors.blind_spots import KINDS, BlindSpot, BlindSpots, all_blind_spots

SHOWN = 20
COLUMNS = (
    *("layer", "key", "name", "feature", "kinds", "method", "cell", "chain", "share", "shares"),
    *("nearest", "nearest_m", "lon", "lat", "override", "reason", "since", "until", "by"),
)


class Command(TeachingCommand):
    """List what is in no cell, astride, on an edge, or put elsewhere by a person."""

    help = (
        "List the objects of SCHEME that somebody should look at: in a gap or never assigned (unassigned),\n"
        "with a smaller share in their cell than the scheme wants (straddling), on an edge (on_edge), or\n"
        "put into a cell by a person (overridden). What lies outside the land is counted and listed apart:\n"
        "it is no blind spot.\n\n"
        "  blind_spots SCHEME                                how many of each kind, and the first\n"
        "  blind_spots SCHEME --kind unassigned --strict     for scripts: exit 1 if there is any\n"
        "  blind_spots SCHEME --cell 341002 -o spots.csv     all of a district, as a table\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme and what of it."""
        parser.add_argument("scheme", metavar="SCHEME", help="the scheme's code")
        parser.add_argument("--kind", metavar="K", choices=KINDS, help=f"one of {', '.join(KINDS)}")
        parser.add_argument("--layer", metavar="L", help="only the objects of this layer")
        parser.add_argument("--cell", metavar="CODE", help="only those in this cell, or in a gap in it")
        parser.add_argument("--at", metavar="TIME", help="as of a past or future date or time")
        parser.add_argument("--strict", action="store_true", help="exit 1 if any is listed")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, all in it")
        parser.add_argument("-o", "--output", metavar="FILE.csv", type=Path, help="write all as a table")

    def handle(self, *args: Any, scheme: str, layer: str | None, **options: Any) -> None:
        """Print or write the list; exit 1 under --strict if it is not empty."""
        chosen = scheme_get(scheme)
        at = moment_parse(options["at"]) if options["at"] is not None else timezone.now()
        if options["cell"] is not None and cell_find(as_of_time(chosen, at), options["cell"]) is None:
            raise NotFound(f"the scheme {scheme} has no cell {options['cell']!r} at {moment_text(at)}")
        parts = all_blind_spots(
            chosen,
            at=at,
            kind=options["kind"],
            layer=layer_get(layer) if layer else None,
            cell=options["cell"],
            private=True,
        )
        first = next(parts)
        rows = _rows(first, parts)
        document = _head(chosen, first)
        if options["output"] is not None:
            document["written"] = table_write(options["output"], COLUMNS, (_columns(row) for row in rows))
            self.stderr.write(f"{document['written']} objects written to {options['output']}")
        if options["json"]:
            listed = {} if options["output"] is not None else {"results": [_document(row) for row in rows]}
            self.stdout.write(json.dumps(document | listed, ensure_ascii=False))
        elif options["output"] is None:
            self.stdout.write("\n".join(_lines(chosen, first)))
        if options["strict"] and first.rows:
            kinds = [options["kind"]] if options["kind"] else [kind for kind in KINDS if kind != "outside"]
            numbers = ", ".join(f"{first.numbers[kind]} {kind}" for kind in kinds if first.numbers[kind])
            raise Refused(f"there are objects to look at in {scheme}: {numbers}")


def _rows(first: BlindSpots, others: Iterator[BlindSpots]) -> Iterator[BlindSpot]:
    yield from first.rows
    for part in others:
        yield from part.rows


def _head(scheme: Scheme, part: BlindSpots) -> dict[str, Any]:
    return {"scheme": scheme.code, "at": moment_text(part.at, "auto"), "numbers": dict(part.numbers)}


def _document(spot: BlindSpot) -> dict[str, Any]:
    document = asdict(spot) | {"cell": spot.cell}
    if spot.override is not None:
        times = {name: _time(getattr(spot.override, name)) for name in ("since", "until")}
        document["override"] |= times
    return document


def _time(moment: Any) -> str | None:
    return None if moment is None else moment_text(moment, "auto")


def _columns(spot: BlindSpot) -> Sequence[Any]:
    lon, lat = spot.position or (None, None)
    over = spot.override
    decided = [None] * 5
    if over is not None:
        decided = [over.cell, over.reason, _time(over.since), _time(over.until), over.by]
    return [
        *(spot.layer, spot.key, spot.name, spot.feature, " ".join(spot.kinds), spot.method, spot.cell),
        " > ".join(link.code for link in spot.chain),
        *(spot.share, json.dumps(dict(spot.shares), ensure_ascii=False) if spot.shares else None),
        *(spot.nearest.code if spot.nearest else None, spot.nearest_m, lon, lat, *decided),
    ]


def _lines(scheme: Scheme, part: BlindSpots) -> list[str]:
    numbers = ", ".join(f"{part.numbers[kind]} {kind}" for kind in KINDS if kind != "outside")
    lines = [
        f"{scheme.code}, {moment_text(part.at)}: {numbers}; {part.numbers['outside']} outside the land",
        *(_line(spot) for spot in part.rows[:SHOWN]),
    ]
    if len(part.rows) > SHOWN:
        lines.append("and more; -o FILE.csv writes all")
    return lines


def _line(spot: BlindSpot) -> str:
    where = f"cell {spot.cell}, {spot.share:.0%} of it" if spot.cell else "in no cell"
    if spot.nearest is not None:
        where += f", the nearest is {spot.nearest.code}, {spot.nearest.distance_m:,.1f} m away"
    if spot.override is not None:
        until = f" until {moment_text(spot.override.until)}" if spot.override.until else ""
        where += (
            f"; {spot.override.by or 'somebody'} decided {spot.override.cell}{until}: {spot.override.reason}"
        )
        where += "" if spot.override.heeded else " (not heeded)"
    return f"{spot.layer} {spot.key}: {', '.join(spot.kinds)}; {where}"
