"""Many planners edit and publish drafts of one scheme at once: no overlap, no lost edit."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import shapely
from django.db import connection

from boundaries.models import Acceptance, CellVersion, Draft, DraftState, Edition, Scheme
from boundaries.selectors import land_at
from boundaries.selectors.changes import draft_change
from boundaries.selectors.grounds import ground_at, ground_of_draft
from boundaries.services.audits import audit_run
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.edits import draft_redo, draft_undo, edit_make
from boundaries.services.merging import draft_rebase
from boundaries.services.publishing import draft_publish
from boundaries.services.review import draft_discard
from geogrid.core.coverage import Coverage
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, DraftConflict, EditRefused
from tests.boundaries.schemes import partition_levels
from tests.edits.making import LEVELS, coverage_of, land_cells, random_edit

pytestmark = pytest.mark.django_db(transaction=True)


def published(coverage: Coverage) -> Scheme:
    """Publish a coverage as the first edition of a scheme."""
    scheme = Scheme.objects.create(code="many", name_zh="众", name_en="Many", document={})
    levels = partition_levels(scheme, [level.code for level in LEVELS])
    draft = draft_open(scheme=scheme, name="first")
    for number, level in enumerate(levels.values()):
        rows = [
            IncomingCell(
                row,
                cell.code,
                cell.name,
                coverage.cells[cell.parent].code if cell.parent else "",
                {},
                cell.shape,
            )
            for row, cell in enumerate(land_cells(coverage, number), 1)
        ]
        draft_cells_put(draft=draft, level=level, system=resolve_crs("EPSG:4326"), incoming=rows)
    outcome = draft_publish(draft=draft, accept_gaps="holes of the making")
    assert outcome.edition is not None, outcome.sentence
    return scheme


#: So often a planner is ready to find that others were first.
_PATIENCE = 20


@dataclass
class Desk:
    """What the planners did together."""

    scheme: Scheme
    done: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, number: int) -> None:
        """Open a draft, edit here and there, undo and redo, and publish; decide conflicts as they come."""
        try:
            self._work(number, Random(number))
        finally:
            connection.close()

    def _work(self, number: int, random: Random) -> None:
        draft = draft_open(scheme=self.scheme, name=f"draft {number}")
        made = self._edit(draft, random)
        if made and random.random() < 0.5:
            draft_undo(draft=Draft.objects.get(pk=draft.pk))
            draft_redo(draft=Draft.objects.get(pk=draft.pk))
        if not made:
            self._count("nothing possible")
            draft_discard(draft=Draft.objects.get(pk=draft.pk))
            return
        self._count(self._publish(draft))

    def _count(self, what: str) -> None:
        with self.lock:
            self.done[what] += 1

    def _edit(self, draft: Draft, random: Random) -> int:
        made = 0
        for _ in range(12):
            ground = ground_of_draft(draft)
            cells = [cell for level in range(len(ground.levels)) for cell in ground.of_level(level)]
            action, params = random_edit(random, Coverage.of(ground.levels, cells))
            if action in {"change_outline", "draw_cell"}:
                continue
            try:
                edit_make(draft=draft, action=action, params=json.loads(json.dumps(params)))
            except (EditRefused, BadInput):
                continue
            made += 1
            if made == 2:
                break
        return made

    def _publish(self, draft: Draft) -> str:
        """Publish; where others were first, keep what they made, as often as it takes."""
        how = "published"
        for _ in range(_PATIENCE):
            try:
                outcome = draft_publish(draft=Draft.objects.get(pk=draft.pk))
            except DraftConflict as conflict:
                numbers = [one["edit"] for one in conflict.context["conflicts"]]
                if not self._decide(draft, dict.fromkeys(numbers, "theirs")):
                    return "nothing of it was left"
                how = "published after a conflict"
                continue
            if outcome.edition is None and self._is_a_known_hole(draft):
                outcome = draft_publish(draft=Draft.objects.get(pk=draft.pk), accept_gaps="has a new border")
            return how if outcome.edition else f"blocked: {outcome.sentence}"
        draft_discard(draft=Draft.objects.get(pk=draft.pk))
        return "given up"

    def _is_a_known_hole(self, draft: Draft) -> bool:
        """Tell whether all that is found are holes of the making, whose borders may be led another way."""
        found = audit_run(scheme=self.scheme, draft=Draft.objects.get(pk=draft.pk), save=False).findings
        known = Acceptance.objects.filter(scheme=self.scheme).values_list("geom", flat=True)
        holes = shapely.union_all([shapely.from_wkb(bytes(one.wkb)) for one in known])
        return all(
            one.finding.rule == "gap" and shapely.intersection(one.finding.geometry, holes).area > 0
            for one in found
            if one.is_open
        )

    def _decide(self, draft: Draft, resolutions: dict[int, Any]) -> bool:
        """Drop the edits that touch what others made; tell whether any are left."""
        try:
            draft_rebase(draft=Draft.objects.get(pk=draft.pk), resolutions=resolutions)
        except DraftConflict:
            return True  # Somebody published again meanwhile.
        draft = Draft.objects.get(pk=draft.pk)
        if draft_change(draft):
            return True
        draft_discard(draft=draft)
        return False


@pytest.mark.parametrize(
    ("workers", "drafts"), [(4, 24), pytest.param(8, 200, marks=pytest.mark.long)], ids=["few", "many"]
)
def test_planners_at_once_make_no_overlap_and_lose_no_edit(workers, drafts):
    scheme = published(coverage_of(11, 10, 10))
    desk = Desk(scheme)
    with ThreadPoolExecutor(workers) as pool:
        for task in [pool.submit(desk.work, number) for number in range(drafts)]:
            task.result()
    print(dict(desk.done))
    assert desk.done["published"] + desk.done["published after a conflict"] >= drafts // 3, desk.done
    assert not [what for what in desk.done if what.startswith("blocked")], desk.done
    assert not desk.done["given up"], desk.done
    _no_fault(scheme)
    _no_edit_lost(scheme)


def _no_fault(scheme: Scheme) -> None:
    report = audit_run(scheme=scheme)
    assert [one.finding.message for one in report.findings if one.is_open] == []
    assert report.verdict == "full"
    latest = scheme.editions.order_by("number").last()
    told, computed = latest.certificate, report.certificate
    assert told["sha256"] == computed["sha256"]
    assert told["cells"] == computed["cells"]
    assert told["areas_m2"] == pytest.approx(computed["areas_m2"], abs=1e-3)


def _no_edit_lost(scheme: Scheme) -> None:
    """Each edition is exactly its draft upon the edition before, and every draft has an end."""
    editions = list(scheme.editions.order_by("number"))
    assert [edition.number for edition in editions] == list(range(1, len(editions) + 1))
    for before, edition in pairwise(editions):
        draft = Draft.objects.get(edition=edition)
        assert draft.base == before
        was, now = (ground_at(scheme, one.effective) for one in (before, edition))
        change = draft_change(draft)
        assert change
        idents = [one.ident for one in change.cells]
        then, later = was.by_ident(idents), now.by_ident(idents)
        for one in change.cells:
            assert then.get(one.ident) == one.before
            assert later.get(one.ident) == one.after
        assert CellVersion.objects.filter(edition=edition).count() == sum(
            one.after is not None for one in change.cells
        )
    states = Counter(Draft.objects.filter(scheme=scheme).values_list("state", flat=True))
    assert set(states) <= {DraftState.PUBLISHED, DraftState.DISCARDED}, states
    assert states[DraftState.PUBLISHED] == len(editions) == Edition.objects.filter(scheme=scheme).count()
    land = land_at(scheme, editions[-1].effective)
    assert len(set(land.code)) == len(land.code)
    assert all(shapely.is_valid(land.shapes))
