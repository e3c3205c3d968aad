"""`repair SCHEME`: what would mend the gaps and overlaps of a draft, and, if accepted, the mending."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from boundaries.selectors import draft_get, scheme_get
from boundaries.services.repairs import RepairProposal, repair_accept, repair_propose
from geogrid.core.errors import Refused
from geogrid.core.repairing_terms import OVERLAP_RULES, Limits
from geogrid.management.teaching import TeachingCommand

_SHOWN = 20
_STANDARD = Limits()


class Command(TeachingCommand):
    """Propose repairs of a draft, and accept them."""

    help = (
        "Work out what would mend the gaps, overlaps, slivers and cells outside their parent that an\n"
        "import left in a draft, on all levels together: for each cell its area before and after, for\n"
        "each finding who gets the land, or why it is left alone. Without --accept nothing is changed.\n"
        "Exit 1 if something stays unrepaired.\n\n"
        "A gap goes to the neighbour with the longest border, unless it is too wide: it may be a lake.\n"
        "No cell is emptied, none changes by more than --max-change. Accepted gaps stay.\n\n"
        "  repair SCHEME                              what could be mended in the draft import\n"
        "  repair SCHEME --max-gap-width 2 --accept     mend it, gaps up to 2 m wide\n"
        "  repair SCHEME --json > proposal.json         every cell before and after, as GeoJSON\n"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the scheme, the draft and the limits."""
        parser.add_argument("scheme", metavar="SCHEME", help="the scheme's code")
        parser.add_argument("--draft", metavar="NAME", default="import", help="the draft (default: import)")
        parser.add_argument("--accept", action="store_true", help="write what is proposed into the draft")
        parser.add_argument(
            "--max-gap-width",
            type=float,
            metavar="M",
            default=_STANDARD.max_gap_width_m,
            help="leave wider gaps alone, metres (default: %(default)g)",
        )
        parser.add_argument(
            "--max-area",
            type=float,
            metavar="M2",
            default=_STANDARD.max_area_m2,
            help="leave larger findings alone, m² (default: %(default)g)",
        )
        parser.add_argument(
            "--max-change",
            type=float,
            metavar="PERCENT",
            default=100 * _STANDARD.max_change,
            help="by how much of its area a cell may change in all (default: %(default)g)",
        )
        parser.add_argument(
            "--overlap",
            choices=OVERLAP_RULES,
            default=_STANDARD.overlap,
            help="who gets land that several claim (default: %(default)s)",
        )
        parser.add_argument("--full", action="store_true", help="list everything, not the largest only")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Propose, accept if asked, print; exit 1 if something stays."""
        draft = draft_get(scheme_get(options["scheme"]), options["draft"])
        limits = Limits(
            max_gap_width_m=options["max_gap_width"],
            max_area_m2=options["max_area"],
            max_change=options["max_change"] / 100,
            overlap=options["overlap"],
        )
        proposal = repair_propose(draft=draft, limits=limits, tell=self.stderr.write)
        accepted = bool(options["accept"] and proposal.repair)
        if accepted:
            repair_accept(draft=draft, proposal=proposal, version=proposal.version, tell=self.stderr.write)
        if options["json"]:
            document = {**proposal.as_json(), "accepted": accepted}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        else:
            shown = None if options["full"] else _SHOWN
            self.stdout.write("\n".join(_lines(proposal, shown, accepted=accepted)))
        left = len(proposal.repair.left)
        if left:
            raise Refused(f"{left} findings of the draft {draft.name} stay unrepaired; each has its reason")


def _lines(proposal: RepairProposal, shown: int | None, *, accepted: bool) -> list[str]:
    repair = proposal.repair
    what = "repaired" if accepted else "proposed, nothing is changed yet"
    lines = [
        f"{proposal.report.scheme}, draft {proposal.draft.name}, version {proposal.version}: {what}",
        f"  {len(repair.fixed)} of {len(repair.fixed) + len(repair.left)} findings "
        f"{'are' if accepted else 'can be'} mended, {len(repair.cells)} cells change",
    ]
    if repair.cells:
        lines += [
            "",
            f"{'level':<12}{'cell':<20}{'m² before':>16}{'m² after':>16}{'change':>10}{'moved m':>10}",
        ]
        order = sorted(repair.cells, key=lambda one: -one.change)
        lines += [
            f"{one.level:<12}{one.code:<20}{one.area_before:>16,.1f}{one.area_after:>16,.1f}"
            f"{one.change:>10.4%}{one.moved_m:>10.2f}{'  nodes only' if one.noded else ''}"
            for one in order[:shown]
        ]
        lines += _more(len(order), shown)
    if repair.fixed:
        lines += ["", *_counted("mended", [one.finding.rule for one in repair.fixed])]
    if repair.left:
        lines += ["", *_counted("left", [f"{one.finding.rule} {one.code}" for one in repair.left])]
        left = sorted(repair.left, key=lambda one: -(one.finding.area_m2 or 0.0))
        lines += [
            f"  {one.finding.rule:<16}{one.finding.level:<12}{', '.join(one.finding.cells)}: {one.reason}"
            for one in left[:shown]
        ]
        lines += _more(len(left), shown)
    if repair.cells and not accepted:
        lines += ["", "accept it with --accept"]
    return lines


def _counted(what: str, names: list[str]) -> list[str]:
    counted = ", ".join(f"{count} {name}" for name, count in sorted(Counter(names).items()))
    return [f"{what}: {counted}"]


def _more(count: int, shown: int | None) -> list[str]:
    return [] if shown is None or count <= shown else [f"  … and {count - shown} more; --full lists them all"]
