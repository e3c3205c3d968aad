"""Random histories of edits: whatever is done, the land stays divided, on all levels at once (issue 5)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from geogrid.core.actions import ACTIONS, action_of
from geogrid.core.actions.merge_cells import MergeCells
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.lattice import STEP_DEGREES
from tests.property.editing import Editor
from tests.property.laws import leaves_hold_points_once
from tests.property.strategies import WORLDS, Start, World, ids, starts
from tests.property.tally import Tally
from tests.property.wishes import ACTIONS as WEIGHTED
from tests.property.wishes import edit_of, landed, wishes

#: Edits, undos, redos and publishes of one history.
STEPS = 60
#: What is done at a step; most of it is editing.
DEEDS = ("edit",) * 12 + ("undo", "undo", "redo", "publish", "ask")
CALM = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}


def lands(*, damaged: bool = False, worlds: Sequence[World] = WORLDS) -> st.SearchStrategy[Start]:
    """Give lands of all worlds, and with an extent those whose cells are wider than its border is sharp.

    The border of an extent is compared to 9 mm (`geogrid/core/extents.py`): the tiny world is all border.
    """
    wide = [world for world in worlds if world.name != "tiny"]
    return st.one_of(
        starts(damaged=damaged, worlds=worlds, extents=("none",)), starts(damaged=damaged, worlds=wide)
    )


def machine(tally: Tally, *, damaged: bool) -> type[RuleBasedStateMachine]:
    """Make a machine whose histories are counted."""

    actions = (*WEIGHTED, *["fill_gap", "resolve_overlap"] * (4 if damaged else 0))

    class Histories(RuleBasedStateMachine):
        editor: Editor

        @initialize(start=lands(damaged=damaged))
        def begin(self, start):
            self.editor = Editor(start, tally)

        @rule(deed=st.sampled_from(DEEDS), wish=wishes(actions))
        def step(self, deed, wish):
            if deed == "edit":
                self.editor.wish(wish)
            elif deed != "ask":
                getattr(self.editor, deed)()
            elif not damaged:
                leaves_hold_points_once(self.editor.history.now.coverage, wish.spot)
                tally.steps["asked where points lie"] += 1

        def teardown(self):
            if hasattr(self, "editor"):
                self.editor.close()

    return Histories


def run(tally: Tally, histories: int, *, damaged: bool, derandomize: bool) -> None:
    """Run so many histories."""
    profile = settings(
        **CALM,
        max_examples=histories,
        stateful_step_count=STEPS,
        derandomize=derandomize,
        database=None,
        # To shrink a history takes minutes: not where everybody waits.
        phases=[Phase.generate] if derandomize else [Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(machine(tally, damaged=damaged), settings=profile)


def test_a_valid_land_stays_divided_whatever_is_done(repository):
    tally = Tally()
    try:
        run(tally, 24, damaged=False, derandomize=True)
    finally:
        tally.report("valid", repository)
    tally.assert_at_least(
        300, {action: 1 for action in ACTIONS if action not in {"resolve_overlap", "fill_gap"}}
    )
    assert all(tally.steps[step] for step in ("undone", "redone", "published", "asked where points lie"))


def test_an_imported_land_with_faults_gets_no_new_ones_whatever_is_done(repository):
    tally = Tally()
    try:
        run(tally, 12, damaged=True, derandomize=True)
    finally:
        tally.report("damaged", repository)
    tally.assert_at_least(100, {"fill_gap": 2, "resolve_overlap": 2})


@pytest.mark.long
@pytest.mark.parametrize("damaged", [False, True], ids=["valid", "damaged"])
def test_twenty_thousand_edits(repository, damaged):
    tally = Tally()
    try:
        while tally.made.total() < (15_000 if not damaged else 5_000):
            run(tally, 100, damaged=damaged, derandomize=False)
    finally:
        tally.report(f"long-{'damaged' if damaged else 'valid'}", repository)
    kinds = set(ACTIONS) - (set() if damaged else {"resolve_overlap", "fill_gap"})
    tally.assert_at_least(0, dict.fromkeys(kinds, 20 if damaged else 50))


@settings(**CALM, max_examples=25, derandomize=True, database=None)
@given(start=starts(worlds=[w for w in WORLDS if w.name != "tiny"]), wish=wishes(["split_cell"]))
def test_split_then_merge_gives_the_same_land_within_a_grid_step(start, wish):
    coverage, cell = start.coverage, landed(start.coverage)[wish.cell % len(landed(start.coverage))]
    action, params = edit_of(wish, coverage, [])
    try:
        split = action_of(action, params | {"astride": "split"})(coverage, ids(3))
    except (EditRefused, BadInput):
        return
    pieces = [one for one in split.created if one.level == cell.level]
    split = split.with_codes({one.ident: f"piece{n}" for n, one in enumerate(split.created)})
    divided = split.apply(coverage)
    codes = tuple(divided.cells[piece.ident].code for piece in pieces)
    try:
        merged = MergeCells(codes)(divided, ids(4))
    except EditRefused as refusal:
        if refusal.code != "not-adjacent":
            raise
        return  # Parts of a cell of several parts have no border in common once they are cells.
    (again,) = (one for one in merged.created if one.level == cell.level)
    moved = shapely.symmetric_difference(cell.shape, again.shape)
    assert shapely.buffer(moved, -0.75 * STEP_DEGREES).is_empty
    assert merged.inverse().apply(merged.apply(divided)).cells == divided.cells
    assert split.inverse().apply(divided).cells == coverage.cells
