"""What names in the parameters of an action stand for: findings of the draft, features of a layer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import shapely

from boundaries.lines import lines_of_layer
from boundaries.models import Draft, Finding
from boundaries.selectors.grounds import ground_of_draft
from boundaries.services.kept_audits import audit_current
from geogrid.core.errors import BadInput, EditRefused, NotFound

_OF_FINDING = {"fill_gap": "gap", "resolve_overlap": "overlap"}


def params_resolve(draft: Draft, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the names among the parameters stand for, as further parameters of the action.

    Raises
    ------
    BadInput
        If a name is missing or of another type than text.
    EditRefused, NotFound
        If there is no such finding, cell or layer.
    """
    if action in _OF_FINDING:
        return _finding(draft, _OF_FINDING[action], _text(params, "finding"))
    if action == "split_by_layer":
        return _lines(draft, params)
    return {}


def _finding(draft: Draft, rule: str, ident: str) -> dict[str, Any]:
    """Give the place, the level and the cells of a finding of the draft as it stands."""
    audit_current(scheme=draft.scheme, draft=draft)
    found = Finding.objects.filter(draft=draft, ident=ident, rule=rule).first()
    if found is None or found.geom is None:
        raise EditRefused(
            f"no-such-{rule}",
            f"the draft {draft.name} has no {rule} {ident!r} now; ask for its findings again",
        )
    shape = shapely.from_wkb(bytes(found.geom.wkb))
    place = json.loads(shapely.to_geojson(shape))
    if rule == "gap":
        return {"level": found.level, "gap": place}
    return {"level": found.level, "overlap": place, "cells": list(found.cells)}


def _lines(draft: Draft, params: Mapping[str, Any]) -> dict[str, Any]:
    """Give the lines of the features that meet the cell."""
    code, layer = _text(params, "code"), _text(params, "layer")
    wanted = params.get("filter") or {}
    if not isinstance(wanted, Mapping):
        raise BadInput(
            "params.filter: an object of attributes and their values is wanted", parameter="filter"
        )
    cell = ground_of_draft(draft).by_code([code]).get(code)
    if cell is None or cell.shape is None:
        raise EditRefused("no-such-cell", f"the draft {draft.name} has no cell {code!r} with land")
    try:
        lines = lines_of_layer(scheme=draft.scheme, layer=layer, wanted=wanted, land=cell.shape)
    except NotFound as error:
        # The layer is named by a parameter, not by the address.
        raise BadInput(f"params.layer: {error.message}", parameter="layer") from error
    return {"lines": json.loads(shapely.to_geojson(shapely.geometrycollections(lines)))}


def _text(params: Mapping[str, Any], name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise BadInput(f"params.{name}: a text is wanted", parameter=name)
    return value
