"""The options of `assign` for points in files, and what it prints of them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from boundaries.models import Scheme
from geogrid.core.errors import BadInput
from layers.services.progress import Progress


def add_engine_arguments(parser: ArgumentParser) -> None:
    """Take where the points are, and who does the work."""
    parser.add_argument(
        "--engine", choices=["dask"], help="assign points in files, not those in the database"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="tcp://HOST:8786; processes of this machine without"
    )
    parser.add_argument(
        "--workers", metavar="N", type=int, help="how many of these; as many as cores without"
    )
    parser.add_argument(
        "--from", dest="source", metavar="SOURCE", help="a folder of Parquet files, or a pattern"
    )
    parser.add_argument(
        "-o", "--out", metavar="FOLDER", type=Path, help="where a file for each of them is written"
    )
    parser.add_argument(
        "--lon-field", metavar="F", help="the column of the longitude, where there is no geometry"
    )
    parser.add_argument("--lat-field", metavar="F", help="the column of the latitude")


def assigned_by_engine(scheme: Scheme, say: Callable[[str], object], options: Mapping[str, Any]) -> str:
    """Assign the points in files; give what is to be printed."""
    from layers.services.dask_engine import parts_assign

    if not options["source"] or not options["out"]:
        raise BadInput("--engine dask needs --from FOLDER and -o FOLDER")
    if options["check"] or options["layer"]:
        raise BadInput("--check and --layer are about features in the database; leave them out with --engine")
    told = parts_assign(
        scheme=scheme,
        source=options["source"],
        target=options["out"],
        scheduler=options["scheduler"],
        workers=options["workers"],
        lon_field=options["lon_field"],
        lat_field=options["lat_field"],
        progress=Progress(say),
    )
    if options["json"]:
        return json.dumps(told.document())
    return (
        f"{told.scheme}, edition {told.edition}: {told.rows:,} points in {told.parts:,} parts "
        f"({told.skipped:,} done before), {told.assigned:,} in a cell, {told.in_gap:,} in a gap, "
        f"{told.outside:,} outside, {told.without_place:,} without a place; {told.seconds:.1f} s"
    )
