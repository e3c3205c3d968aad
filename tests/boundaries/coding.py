"""Changes that create cells, and schemes whose codes have a length."""

from __future__ import annotations

import uuid

import shapely

from boundaries.services.codes import codes_allot
from boundaries.services.drafts import draft_open
from geogrid.core.change import CellChange, Change
from geogrid.core.coverage import Cell
from tests.boundaries.conftest import square

CITY, TOWN, ZONE = range(3)


def with_codes(scheme, **zone):
    scheme.document = {
        "code_system": {"system": "custom", "segments": [2, 2, 2]},
        "levels": [{"code": "zone", "local_kinds": ["park"], "local_numbers": [91, 99], **zone}],
    }
    scheme.save()
    for level, length in (("city", 2), ("town", 4), ("zone", 6)):
        scheme.levels.filter(code=level).update(code_length=length)
    return scheme


def new(level, parent=None, at=(0, 0), *, kind="", code="", ident=None):
    shape = shapely.MultiPolygon([square(*at)])
    return Cell(ident or uuid.uuid4(), level, code, kind=kind, parent=parent, shape=shape)


def creation(*cells, retiring=()):
    changes = [*(CellChange(None, cell) for cell in cells), *(CellChange(cell, None) for cell in retiring)]
    return Change(tuple(sorted(changes, key=lambda one: one.ident.bytes)))


def codes_of(change):
    return {cell.ident: cell.code for cell in change.created}


def allotted(draft, *cells, **more):
    """Give the codes that cells get, in the order of the cells."""
    codes = codes_of(codes_allot(draft=draft, change=creation(*cells), **more))
    return [codes[cell.ident] for cell in cells]


def ident_of(scheme, code):
    return scheme.codes.get(code=code).cell_id


def draft_of(scheme, name="edits"):
    return draft_open(scheme=scheme, name=name)
