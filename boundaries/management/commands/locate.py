"""`locate LON LAT`: the cells of a place and who answers for each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand

from boundaries.locating import PlaceAnswer, place_locate
from geogrid.core.errors import BadCoordinates
from geogrid.times import moment_parse, moment_text


class Command(BaseCommand):
    """Answer who is responsible for a place."""

    help = (
        "Print the chain of cells of a place, from the top level to the leaf, and who answers for each. "
        "A place on a border belongs to the touching leaf with the lowest code. "
        "Example: locate 118.3375 29.7149 --crs gcj02 --at 2016-10-20"
    )

    def run_from_argv(self, argv: list[str]) -> None:
        """Write negative numbers out: argparse takes `-7.14e1` for an option, and `-71.4` for a number."""
        super().run_from_argv([*argv[:2], *map(_written_out, argv[2:])])

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the place and the time. Western longitudes are negative numbers, no options."""
        parser.add_argument("lon", metavar="LON", help="longitude, or easting in --crs")
        parser.add_argument("lat", metavar="LAT", help="latitude, or northing in --crs")
        parser.add_argument("--scheme", metavar="S", help="one scheme only; else all in force")
        parser.add_argument("--crs", metavar="C", help="EPSG code, WKT, gcj02 or bd09 (default EPSG:4326)")
        parser.add_argument("--at", metavar="TIME", help="a past or future date or time; now if left out")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer."""
        answer = place_locate(
            lon=_number(options["lon"], "longitude"),
            lat=_number(options["lat"], "latitude"),
            scheme=options["scheme"],
            crs=options["crs"],
            at=moment_parse(options["at"]) if options["at"] is not None else None,
        )
        if options["json"]:
            self.stdout.write(json.dumps(answer.as_json(), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_lines(answer)))


def _written_out(word: str) -> str:
    try:
        number = Decimal(word)
    except InvalidOperation:
        return word
    return f"{number:f}" if word.startswith("-") and number.is_finite() else word


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadCoordinates(
            f"the {what} {text!r} is no number; write decimal degrees, as 118.3375"
        ) from error


def _lines(answer: PlaceAnswer) -> list[str]:
    lines = [f"{answer.lon:.8f} {answer.lat:.8f}, {moment_text(answer.at)}"]
    for one in answer.schemes:
        lines += ["", f"{one.scheme.code}, edition {one.edition.number}"]
        lines += [f"  {cell['level']:<12}{cell['code']:<24}{cell['name']}" for cell in one.cells]
        if one.touching:
            lines.append(f"  on the border with {', '.join(one.touching)}; the lowest code has it")
        elif one.border_m is not None:
            lines.append(f"  {one.border_m:,.1f} m from the border")
        if one.reason:
            lines.append(f"  {one.reason}")
        lines += [
            f"  {held['level']:<12}{held['post']}: {held['person']} {held['phone'] or ''}".rstrip()
            for held in one.responsible
        ]
    return lines
