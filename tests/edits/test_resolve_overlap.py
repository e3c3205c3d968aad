"""Resolving an overlap."""

from __future__ import annotations

import pytest

from geogrid.core.coverage import Cell
from tests.edits.drawing import (
    art,
    box,
    drawn,
    edit,
    findings,
    ident_of,
    refused,
    ring,
    shape_of,
    sheet,
    with_cells,
)

#: a and b both claim the two squares in the middle.
TWICE = drawn(sheet("street", "KKKKKK"), sheet("zone", "aaaa..", "..bbbb"))


def overlap_of(land, level="zone"):
    """Give the overlap as the finding of the audit has it."""
    (found,) = [one for one in findings(land) if one.rule == "overlap" and one.level == level]
    return {"level": level, "overlap": found.geometry, "cells": list(found.cells)}


@pytest.mark.parametrize(
    ("to", "expected"),
    [("first", "aaaabb"), ("second", "aabbbb"), ("a", "aaaabb"), ("b", "aabbbb"), ("split", None)],
)
def test_the_land_goes_to_whom_it_is_given(to, expected):
    done = edit(TWICE, "resolve_overlap", **overlap_of(TWICE), to=to)
    assert expected is None or done.picture("zone") == expected
    assert not [one for one in findings(done.after) if one.rule == "overlap"]
    assert done.heirs == {}


def test_first_is_what_is_done_unless_something_else_is_asked_for():
    assert edit(TWICE, "resolve_overlap", **overlap_of(TWICE)).picture("zone") == "aaaabb"


def test_a_lens_is_split_along_the_line_between_its_tips():
    #   +-----\-/-----+      a reaches over the border to the right, b over it to the left
    #   |  a  |X|  b  |
    #   +-----/-\-----+
    land = with_cells(
        drawn(sheet("zone", "aabb\naabb")),
        Cell(ident_of("a"), 0, "a", shape=shape_of(ring((0, 0), (2, 0), (2.5, 1), (2, 2), (0, 2)))),
        Cell(ident_of("b"), 0, "b", shape=shape_of(ring((2, 0), (4, 0), (4, 2), (2, 2), (1.5, 1)))),
    )
    done = edit(land, "resolve_overlap", **overlap_of(land), to="split")
    assert done.picture("zone") == art("aabb\naabb")
    assert done.cell("a").shape.equals(shape_of(box(0, 0, 2, 2)))
    assert done.cell("b").shape.equals(shape_of(box(2, 0, 4, 2)))


def test_an_overlap_without_two_tips_goes_to_the_one_with_the_longer_border():
    land = drawn(sheet("zone", "aaa\naaa\naaa", "...\n.b.\n..."))
    land = with_cells(land, Cell(ident_of("b"), 0, "b", shape=shape_of(box(1, 1, 2, 4))))
    done = edit(land, "resolve_overlap", **overlap_of(land), to="split")
    assert not [one for one in findings(done.after) if one.rule == "overlap"]


def test_the_cells_above_and_below_follow():
    # Streets and zones overlap alike.
    land = drawn(
        sheet("city", "AAAA"),
        sheet("street", "KKK.", "..LL"),
        sheet("zone", "abb.", "..cc"),
        parents={"c": "L"},
    )
    done = edit(land, "resolve_overlap", **overlap_of(land, "street"), to="second")
    assert done.picture("street") == "KKLL"
    assert done.picture("zone") == "abcc"
    params = {"level": "zone", "overlap": box(2, 0, 3, 1), "cells": ["b", "c"]}
    done = edit(land, "resolve_overlap", **params, to="first")
    assert done.picture("zone") == "abbc"
    assert done.picture("street") == "KKKL"


def test_a_zone_that_reaches_over_the_border_of_its_street_keeps_what_it_wins():
    # c is L's and reaches into K: the land goes to L as well, else it would be nobody's.
    land = drawn(sheet("street", "KKKLL"), sheet("zone", "abb..", "..ccc"), parents={"c": "L"})
    params = overlap_of(land)
    won = edit(land, "resolve_overlap", **params, to="c")
    assert won.picture("zone") == "abccc"
    assert won.picture("street") == "KKLLL"
    lost = edit(land, "resolve_overlap", **params, to="b")
    assert lost.picture("zone") == "abbcc"
    assert lost.picture("street") == "KKKLL"


def test_a_cell_of_which_nothing_is_left_ends_and_the_winner_inherits():
    land = drawn(sheet("zone", "aaa", ".b."))
    done = edit(land, "resolve_overlap", **overlap_of(land), to="first")
    assert done.picture("zone") == "aaa"
    assert done.heirs == {("b", "a"): 1.0}
    done = edit(land, "resolve_overlap", **overlap_of(land), to="second")
    assert done.picture("zone") == "aba"


def test_what_lies_below_a_cell_that_ends_follows_the_winner():
    land = drawn(sheet("zone", "aaa", ".b."), sheet("site", ".s.", rule="site"), parents={"s": "b"})
    done = edit(land, "resolve_overlap", **overlap_of(land), to="first")
    assert done.parent("s") == "a"


def test_of_three_that_claim_it_one_gets_it():
    land = drawn(sheet("zone", "aaa..", "..bbb", "..c.."))
    params = {"level": "zone", "overlap": box(2, 0, 3, 1), "cells": ["a", "b", "c"]}
    done = edit(land, "resolve_overlap", **params, to="b")
    assert done.picture("zone") == "aabbb"
    assert done.heirs == {("c", "b"): 1.0}


def test_the_order_in_which_the_cells_are_named_does_not_matter():
    params = overlap_of(TWICE)
    other = params | {"cells": params["cells"][::-1]}
    assert edit(TWICE, "resolve_overlap", **params).change == edit(TWICE, "resolve_overlap", **other).change


def test_a_gap_and_another_overlap_beside_stay():
    land = drawn(sheet("street", "KKKKKKKK"), sheet("zone", "aaa.bb..", "..cc.ddd"))
    params = {"level": "zone", "overlap": box(2, 0, 3, 1), "cells": ["a", "c"]}
    done = edit(land, "resolve_overlap", **params)
    assert done.picture("zone") == "aaacb*dd"


def test_a_cell_above_of_which_nothing_would_be_left_is_retired_first():
    # L is where K is as well, and so are their zones: the whole of L hangs on the overlap.
    land = drawn(
        sheet("city", "AAAA"),
        sheet("street", "KKKK", ".LL."),
        sheet("zone", "aaaa", ".bb."),
        sheet("plot", "eeee", ".ff."),
        parents={"b": "L", "f": "b"},
    )
    params = {"level": "plot", "overlap": box(1, 0, 3, 1), "cells": ["e", "f"]}
    fault = refused("would-empty-cell", land, "resolve_overlap", **params, to="e")
    assert fault.context["cell"] == "L"
    assert "retire" in fault.message
    retired = edit(land, "retire_cell", code="L", into="K").after
    done = edit(retired, "resolve_overlap", **overlap_of(retired, "zone"), to="a")
    assert done.picture("zone") == "aaaa"
    assert not [one for one in findings(done.after) if one.level in {"city", "street", "zone"}]


def test_refusals():
    params = overlap_of(TWICE)
    fault = refused("no-such-overlap", TWICE, "resolve_overlap", **(params | {"overlap": box(0, 0, 1, 1)}))
    assert "audit" in fault.message
    refused("same-cell", TWICE, "resolve_overlap", **(params | {"cells": ["a"]}))
    refused("same-cell", TWICE, "resolve_overlap", **(params | {"cells": ["a", "a"]}))
    refused("no-such-cell", TWICE, "resolve_overlap", **(params | {"cells": ["a", "nobody"]}))
    refused("no-such-cell", TWICE, "resolve_overlap", **params, to="nobody")
    refused("wrong-level", TWICE, "resolve_overlap", **(params | {"cells": ["a", "K"]}))
    refused("wrong-level", TWICE, "resolve_overlap", **(params | {"level": "nowhere"}))
