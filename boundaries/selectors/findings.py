"""Questions about findings that are stored, and about what an audit stands on."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from boundaries.models import Draft, Scheme
from boundaries.selectors.cells import Box, Place, box_facts, place_of, rows_of
from boundaries.selectors.moments import AsOf
from geogrid.web.pagination import Listed, Page


@dataclass(frozen=True)
class FindingRow:
    """A finding in a list; `names` are those of its cells by code, `at` is a place in it to fly to."""

    id: str
    rule: str
    level: str
    cells: list[str]
    names: dict[str, str]
    area_m2: float | None
    width_m: float | None
    severity: str
    state: str
    reason: str
    message: str
    subject: str
    geometry: dict[str, Any] | None
    at: Place | None


def findings_list(
    scheme: Scheme,
    page: Page,
    *,
    draft: Draft | None = None,
    rule: str | None = None,
    level: str | None = None,
    severity: str | None = None,
    state: str | None = None,
    bbox: Box | None = None,
) -> Listed[FindingRow]:
    """Give one page of the stored findings of a scheme or of a draft, the most severe and largest first."""
    wanted = {"rule": rule, "level": level, "severity": severity, "state": state, **box_facts(bbox)}
    land = {"scheme": scheme.pk, "draft": draft.pk if draft else None, "at": timezone.now()}
    rows = rows_of("findings_listed", {**land, **wanted, "limit": page.size, "offset": page.offset})
    found = [row for row in rows if row[1] is not None]
    codes = sorted({code for row in found for code in json.loads(row[4])})
    at = draft.base_at if draft else land["at"]
    names = dict(rows_of("cell_names", {**land, "at": at, "codes": codes})) if codes else {}
    return Listed(rows[0][0], [_finding_row(row, names) for row in found])


def _finding_row(row: tuple[Any, ...], names: Mapping[str, str]) -> FindingRow:
    _, ident, rule, level, written, area, width, severity, state, reason, message, subject, shape, *at = row
    cells = json.loads(written)
    return FindingRow(
        ident,
        rule,
        level,
        cells,
        {code: names[code] for code in cells if code in names},
        area,
        width,
        severity,
        state,
        reason,
        message,
        subject,
        json.loads(shape) if shape else None,
        place_of(at),
    )


def findings_counted(drafts: Sequence[Draft]) -> dict[int, dict[str, int]]:
    """Give for each draft how many findings of each rule its last audit left open."""
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    if drafts:
        facts = {"drafts": [draft.pk for draft in drafts], "at": timezone.now()}
        for draft, rule, count in rows_of("findings_counted", facts):
            counted[draft][rule] = count
    return counted


def findings_of_cell(as_of: AsOf, code: str) -> int:
    """Count the open findings of the last audit that name a cell."""
    draft = as_of.draft.pk if as_of.draft else None
    facts = {"scheme": as_of.scheme.pk, "draft": draft, "code": code, "at": timezone.now()}
    count: int = rows_of("findings_of_cell", facts)[0][0]
    return count


def audit_state(scheme: Scheme, draft: Draft | None, at: dt.datetime) -> tuple[str, dt.datetime | None]:
    """Tell on what rows of this app an audit stands, and when the first of them begins or ends to hold."""
    facts = {"scheme": scheme.pk, "draft": draft.pk if draft else None, "at": at}
    state, until = rows_of("audit_state", facts)[0]
    return state, until
