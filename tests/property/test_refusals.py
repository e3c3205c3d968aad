"""Refusals of repairs that are right are told from the same ones where they are not."""

from __future__ import annotations

import pytest

from geogrid.core.errors import EditRefused
from tests.edits.drawing import TOLERANCE, box, drawn, findings, refused, shape_of, sheet
from tests.property.refusals import explained

#: K borders on the gap beside it and its zone a does not; L has its zone there.
APART = drawn(sheet("city", "AAAA"), sheet("street", "KK.L"), sheet("zone", "a..c"))
#: The streets overlap in the whole of L.
WITHIN = drawn(
    sheet("city", "AAAA"), sheet("street", "KKKK", ".LL."), sheet("zone", "aaaa", ".bb."), parents={"b": "L"}
)
#: Some streets have zones, and K has none.
RAGGED = drawn(sheet("street", "KKLL"), sheet("zone", "..bb", rule="ragged"))
GAP = {"level": "street", "gap": box(2, 0, 3, 1)}
BOTH = {"level": "zone", "overlap": box(1, 0, 3, 1), "cells": ["a", "b"]}
DRAWN = {"level": "zone", "polygon": box(1, 0, 2, 1), "name": ""}


@pytest.mark.parametrize(
    ("land", "action", "params", "code"),
    [
        (APART, "fill_gap", {**GAP, "into": "K"}, "not-adjacent"),
        (WITHIN, "resolve_overlap", {**BOTH, "to": "a"}, "would-empty-cell"),
        (RAGGED, "draw_cell", DRAWN, "would-add-fault"),
    ],
)
def test_a_refusal_that_is_right_is_explained(land, action, params, code):
    refusal = refused(code, land, action, **params)
    assert explained(refusal, land, action, params, TOLERANCE, findings(land))


@pytest.mark.parametrize(
    ("land", "action", "params", "code", "context"),
    [
        (APART, "fill_gap", {**GAP, "into": "L"}, "not-adjacent", {"cell": "L", "level": "zone"}),
        (APART, "fill_gap", {**GAP, "into": "new"}, "no-such-gap", {}),
        (WITHIN, "resolve_overlap", {**BOTH, "to": "a"}, "would-empty-cell", {"cell": "K"}),
        (WITHIN, "resolve_overlap", {**BOTH, "to": "b"}, "not-adjacent", {"cell": "L", "level": "zone"}),
        (RAGGED, "draw_cell", {**DRAWN, "polygon": box(2, 0, 2.5, 1)}, "would-add-fault", {}),
    ],
)
def test_a_refusal_that_is_wrong_is_not(land, action, params, code, context):
    place = params.get("gap") or params.get("overlap") or params["polygon"]
    refusal = EditRefused(code, "for no reason", geometry=shape_of(place), **context)
    assert not explained(refusal, land, action, params, TOLERANCE)
