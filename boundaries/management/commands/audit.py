"""`audit SCHEME`: what is wrong on the land, and the verdict."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from boundaries.selectors import draft_get, edition_get, level_get, scheme_get
from boundaries.services.audits import AuditFinding, AuditReport, audit_run
from geogrid.core.errors import BadInput, Refused
from geogrid.management.teaching import TeachingCommand

_SHOWN = 20


class Command(TeachingCommand):
    """Audit an edition or a draft."""

    help = (
        "Find every gap, overlap, unmatched edge, sliver, cell outside its parent, duplicate, invalid\n"
        "polygon, vacancy and object in a gap. Everything is computed anew from the stored cells.\n\n"
        "  audit SCHEME                    the edition in force\n"
        "  audit SCHEME --draft import     what an import left to mend\n"
        "  audit SCHEME --strict --json    for scripts: exit 1 if there is a blind spot\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme and what of it."""
        parser.add_argument("scheme", metavar="SCHEME", help="the scheme's code")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--edition", type=int, metavar="N", help="a past or future edition")
        which.add_argument("--draft", metavar="NAME", help="a draft instead of an edition")
        parser.add_argument("--level", metavar="L", help="show the findings of this level only")
        parser.add_argument("--full", action="store_true", help="list every finding, not the largest only")
        parser.add_argument("--strict", action="store_true", help="exit 1 if there is a blind spot")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report; exit 1 under --strict if there is a blind spot."""
        scheme = scheme_get(options["scheme"])
        level = level_get(scheme, options["level"]).code if options["level"] else None
        draft = draft_get(scheme, options["draft"]) if options["draft"] is not None else None
        if options["edition"] is not None and options["edition"] < 1:
            raise BadInput(f"editions are numbered from 1, and {options['edition']} is none")
        edition = edition_get(scheme, options["edition"]) if options["edition"] is not None else None
        report = audit_run(scheme=scheme, edition=edition, draft=draft)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(level), ensure_ascii=False))
        else:
            shown = None if options["full"] else _SHOWN
            self.stdout.write("\n".join(_lines(report, level, shown)))
        if options["strict"] and report.verdict != "full":
            spots = sum(found.is_open and found.finding.is_blind_spot for found in report.findings)
            raise Refused(f"the land of {scheme.code} is not fully covered: {spots} blind spots are open")


def _lines(report: AuditReport, level: str | None, shown: int | None) -> list[str]:
    what = f"draft {report.draft}" if report.draft else f"edition {report.edition}"
    lines = [f"{report.scheme}, {what}", ""]
    lines.append(f"{'level':<14}{'cells':>8}{'area km²':>14}{'gaps':>7}{'m²':>14}{'overlaps':>10}{'m²':>14}")
    for code, sums in report.levels.items():
        if level in {None, code}:
            lines.append(
                f"{code:<14}{sums['cells']:>8}{sums['area_m2'] / 1e6:>14,.3f}{sums['gaps']:>7}"
                f"{sums['gap_area_m2']:>14,.1f}{sums['overlaps']:>10}{sums['overlap_area_m2']:>14,.1f}"
            )
    features = report.features
    lines += [
        "",
        f"objects: {features['total']}, in a cell {features['assigned']}, outside {features['outside']}, "
        f"in a gap {features['in_gap']}, on an edge {features['on_edge']}, "
        f"straddling {features['straddling']}; vacancies: {report.vacancies}",
    ]
    found = [f for f in report.findings if level in {None, f.finding.level}]
    lines += _finding_lines(found, shown)
    if report.verdict == "full":
        return [*lines, "", "full coverage, no blind spots 全覆盖、无盲区"]
    spots = Counter(f.finding.rule for f in report.findings if f.is_open and f.finding.is_blind_spot)
    numbers = ", ".join(f"{count} {rule}" for rule, count in sorted(spots.items())) or "there is no land"
    return [*lines, "", f"blind spots: {numbers}"]


def _finding_lines(found: list[AuditFinding], shown: int | None) -> list[str]:
    if not found:
        return []
    order = sorted(found, key=lambda f: (not f.finding.is_blind_spot, -(f.finding.area_m2 or 0.0)))
    lines = ["", f"{len(found)} findings"]
    for one in order[:shown]:
        accepted = f" (accepted: {one.reason})" if one.state == "accepted" else ""
        rule = f"{one.finding.rule} {one.finding.severity}"
        lines.append(f"  {one.ident}  {rule:<24}{one.finding.level:<12}{one.finding.message}{accepted}")
    if shown is not None and len(order) > shown:
        lines.append(f"  … and {len(order) - shown} more; --full lists them all")
    return lines
