"""Random edits of real land of four and five levels: no unexplained refusal, no drift, no fault (issue 5)."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import numpy as np
import pyogrio
import pytest
import shapely

from geogrid.core.actions import action_of, perform
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.land import LandLevel
from geogrid.core.settling import settle
from tests.property.history import State
from tests.property.laws import (
    cells_end_in_heirs,
    drift,
    leaves_hold_points_once,
    levels_share_their_edges,
    nodes_are_told_from_news,
    shapes_are_sound,
)
from tests.property.refusals import explained
from tests.property.strategies import ids
from tests.property.tally import Tally
from tests.property.wishes import ACTIONS, Wish, edit_of
from tests.scenarios.nested import NESTED, Nested

#: There are neither gaps nor overlaps in them.
SOUND = [action for action in ACTIONS if action not in {"fill_gap", "resolve_overlap"}]
EXTRACTS = [land for land in NESTED if not land.full]
WHOLE = [land for land in NESTED if land.full]


def read_land(land: Nested, folder: Path) -> Coverage:
    """Read all levels of a file and bring them to the lattice together."""
    rows: list[tuple[int, str, str]] = []
    shapes: list[shapely.Geometry] = []
    for number, level in enumerate(land.levels):
        fields = [level.code_field, *([level.parent_field] if number else [])]
        meta, _, wkb, values = pyogrio.raw.read(folder / land.file, layer=level.layer, columns=fields)
        columns = dict(zip(meta["fields"], values, strict=True))
        parents = columns[level.parent_field] if number else [""] * len(wkb)
        rows += [(number, str(c), str(p)) for c, p in zip(columns[level.code_field], parents, strict=True)]
        shapes += list(shapely.from_wkb(wkb))
    given = np.empty(len(shapes), dtype=object)
    given[:] = shapes
    settled = settle(given, [resolve_crs(land.crs)] * len(given)).shapes
    new = ids(5)
    named = {(level, code): next(new) for level, code, _ in rows}
    levels = [LandLevel(level.level, "partition", n - 1) for n, level in enumerate(land.levels)]
    cells = [
        # Codes of one level may be those of another in the file.
        Cell(named[n, code], n, f"{n}-{code}", code, "", named.get((n - 1, parent)), shape)
        for (n, code, parent), shape in zip(rows, settled, strict=True)
    ]
    return Coverage.of(levels, cells)


def random_wish(random: Random, cells: int) -> Wish:
    """Wish for anything anywhere, mostly for something small."""
    return Wish(
        action=random.choice(SOUND),
        cell=random.randrange(cells),
        other=random.randrange(256),
        spot=random.randrange(10_000),
        option=random.randrange(12),
        marks=tuple(random.randint(-100, 100) for _ in range(8)),
        size=random.choice([0.3, 0.1, 0.6, 1e-3, 1e-6]),
        on_nodes=random.random() < 0.3,
        astride=random.random() < 0.8,
    )


class RealEdits:
    """A real land under edits; what a full audit would find is kept by what each edit brings and ends."""

    def __init__(self, coverage: Coverage, tolerance: Tolerance) -> None:
        self.coverage, self.tolerance = coverage, tolerance
        self.findings = dict(State(coverage, tolerance).findings)
        self.tally, self.seconds = Tally(), []
        self.drifted = self.bound = 0.0
        self._ids, self._codes = ids(6), 0

    def edit(self, action, params) -> None:
        before = self.coverage
        started = time.perf_counter()
        try:
            change, audit = perform(
                action_of(action, params),
                before,
                self._ids,
                tolerance=self.tolerance,
                give_codes=self._give_codes,
            )
        except BadInput:
            self.tally.refused[action, "bad-input"] += 1
            return
        except EditRefused as refusal:
            self.tally.refused[action, refusal.code] += 1
            if not explained(refusal, before, action, params, self.tolerance):
                pytest.fail(f"{action} was refused without reason, {refusal.code}: {refusal}; {params}")
            return
        self.seconds.append(time.perf_counter() - started)
        self.tally.made[action] += 1
        self.coverage = change.apply(before)
        assert not audit.blocking or all(f.severity == "suspected" for f in audit.blocking)
        self._look_at(before, change, action)
        for finding in audit.gone:
            del self.findings[finding.ident]
        self.findings |= {finding.ident: finding for finding in audit.found}

    def _give_codes(self, change):
        first = self._codes
        self._codes += len(change.created)
        return change.with_codes({cell.ident: f"n{first + n}" for n, cell in enumerate(change.created, 1)})

    def _look_at(self, before, change, action) -> None:
        was, now = State(before, self.tolerance), State(self.coverage, self.tolerance)
        # The laws look findings up; those of a land without faults are none.
        was.__dict__["findings"] = now.__dict__["findings"] = {}
        shapes_are_sound([one.after for one in change.cells if one.after is not None])
        levels_share_their_edges(now, change)
        cells_end_in_heirs(was, now, change, action)
        nodes_are_told_from_news(change, action)
        moved, most = drift(before, self.coverage, change, action)
        self.drifted += moved
        self.bound += most
        assert abs(moved) <= most, f"{action} changed the land as a whole by {moved} m²"

    def audit(self) -> None:
        """Compare what was told edit by edit with a full audit."""
        full = State(self.coverage, self.tolerance).findings
        assert full.keys() == self.findings.keys()
        assert {f.rule for f in full.values() if f.severity != "suspected"} <= {"sliver"}


def run(land: Nested, folder: Path, edits: int, repository: Path) -> None:
    """Try so many edits of a land."""
    real = RealEdits(read_land(land, folder), Tolerance())
    random = Random(land.name)
    for number in range(edits):
        edit = edit_of(random_wish(random, len(real.coverage)), real.coverage, [])
        if edit is not None:
            real.edit(*edit)
        if number % 500 == 499:
            real.audit()
    real.audit()
    leaves_hold_points_once(real.coverage, 1)
    median, most = np.percentile(np.array(real.seconds) * 1000, [50, 95])
    print(f"p50 {median:.1f} ms, p95 {most:.1f} ms, {len(real.coverage)} cells")
    print(f"drift {real.drifted:.2g} m², bound {real.bound:.2g} m²")
    real.tally.report(f"real-{land.name}", repository)
    real.tally.assert_at_least(edits // 4, {"split_cell": 1, "merge_cells": 1, "move_node": 1})
    assert abs(real.drifted) <= real.bound


@pytest.mark.parametrize("land", EXTRACTS, ids=lambda land: land.name)
def test_edits_of_an_extract_of_real_land(land, repository):
    run(land, repository / "tests" / "data", 75, repository)


@pytest.mark.shared_data
@pytest.mark.long
@pytest.mark.parametrize("land", WHOLE, ids=lambda land: land.name)
def test_a_thousand_edits_of_real_land(land, shared_data, repository):
    run(land, shared_data, 1000, repository)
