"""Codes for new cells. A code is its cell's for ever from the moment it is given.

Drafts that allot codes at one time do not wait for each other: each claims the codes it is about to give by
a lock on the code itself, and takes the next number where somebody else holds one. Imports, which bring many
codes, are alone while they write them. Who needs several locks takes them in the order scheme, draft, codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import numpy as np
import shapely
from django.db import connection, transaction

from boundaries.models import Draft, Level, Scheme
from boundaries.selectors import QUERIES
from boundaries.selectors.cells import rows_of
from boundaries.selectors.codes import (
    CodedCell,
    SchemeCodes,
    code_counted_to,
    coded_cells,
    codes_given,
    codes_known,
)
from boundaries.services.locks import codes_lock
from boundaries.services.working import WorkingCell
from geogrid.core.change import Change
from geogrid.core.codes import Purpose, allot, stem_under, validate
from geogrid.core.coverage import Cell
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.lattice import FloatArray

# Each claim is an entry in the server's table of locks, of which there are some thousand for all sessions.
_MOST_CLAIMS = 200


# Imports ------------------------------------------------------------------------------------------------


def codes_give(scheme: Scheme, level: Level, cells: list[WorkingCell]) -> int:
    """Give codes to the cells of a level that have none; give how many there were.

    Nobody else gives codes in the scheme until the transaction ends. Where the level's codes have a length, a
    code is that of the cell above with a number behind it; elsewhere it is the level's with a number.

    Raises
    ------
    BadInput
        If there are not enough numbers.
    """
    nameless = [cell for cell in cells if cell.level_id == level.pk and not cell.code and not cell.retired]
    if not nameless:
        return 0
    codes_lock(scheme, alone=True)
    rules = SchemeCodes(scheme)
    rule, local_kinds = rules.of_level[level.pk]
    known = {
        cell.cell_id: CodedCell(cell.cell_id, cell.level_id, cell.parent_id, cell.code) for cell in cells
    }
    groups: dict[tuple[str, Purpose], list[WorkingCell]] = defaultdict(list)
    for cell in nameless:
        above = "" if rule.length is None else rules.code_above(cell.parent_id, known)
        groups[above, _purpose(cell.kind, local_kinds, merged=False)].append(cell)
    stems = {above: stem_under(rule, above) for above, _ in groups}
    every_stem = stem_under(rule, "")
    taken = _by_beginning(
        {*codes_given(scheme, rule, every_stem), *(cell.code for cell in cells)}, stems.values()
    )
    for (above, purpose), group in groups.items():
        places = _places([cell.shape for cell in group])
        codes = allot(rules.system, rule, above, places, taken[stems[above]], purpose)
        taken[stems[above]] += codes
        for cell, code in zip(group, codes, strict=True):
            cell.code, cell.dirty = code, True
    return len(nameless)


def codes_reserve(scheme: Scheme, codes: Mapping[str, UUID]) -> None:
    """Give codes to cells for ever; a code that has its cell keeps it. Alone until the transaction ends."""
    codes_lock(scheme, alone=True)
    _reserve(scheme, codes)


def _by_beginning(codes: Iterable[str], stems: Collection[str]) -> dict[str, list[str]]:
    sizes = {len(stem) for stem in stems}
    under: dict[str, list[str]] = {stem: [] for stem in stems}
    for code in codes:
        for size in sizes:
            if (stem := code[:size]) in under:
                under[stem].append(code)
    return under


# Edits --------------------------------------------------------------------------------------------------


@transaction.atomic
def codes_allot(*, draft: Draft, change: Change, merged: bool = False) -> Change:
    """Give the cells that an edit creates their codes, and reserve all codes that the edit brings.

    Parents come before their children. Codes that the edit gives by itself, to new cells or to old ones, are
    reserved as well. What is reserved stays so when the draft is discarded; it does not when the transaction
    is rolled back, as a preview is.

    Parameters
    ----------
    merged : bool
        Whether others were merged into the new cells, for code systems that number those apart.

    Raises
    ------
    EditRefused
        `no-codes-left`, or `code-taken` where the edit brings a code that is, or was, another cell's.
    """
    nameless = [cell for cell in change.created if not cell.code]
    brought = {
        one.after.code: one.ident
        for one in change.cells
        if one.after is not None
        and one.after.code
        and (one.before is None or one.before.code != one.after.code)
    }
    if not nameless and not brought:
        return change
    alone = len(nameless) + len(brought) > _MOST_CLAIMS
    codes_lock(draft.scheme, alone=alone)
    _claim_brought(draft.scheme, change, brought, alone=alone)
    codes = _Allotment(draft, change, merged=merged, alone=alone).codes(nameless)
    _reserve(draft.scheme, {**brought, **{code: ident for ident, code in codes.items()}})
    return change.with_codes(codes)


def code_renumber_check(*, draft: Draft, cell: Cell, new_code: str) -> None:
    """Refuse a new code for a cell of a draft that the cell cannot have.

    The code is not reserved yet; `codes_allot` does that with the change that brings it.

    Raises
    ------
    BadInput
        If the code has not the form that the scheme wants at that level and under that parent.
    EditRefused
        `code-taken` if it is, or was, another cell's.
    """
    rules = SchemeCodes(draft.scheme)
    known: dict[UUID, CodedCell] = {}
    if cell.parent is not None:
        _read_upwards(draft, rules, {cell.parent}, known)
    rule = rules.of_level[rules.levels[cell.level].pk].rule
    wrong = validate(rules.system, rule, new_code, rules.code_above(cell.parent, known))
    if wrong:
        raise BadInput(f"the code {new_code!r} {wrong}", new_code=new_code)
    given = codes_known(draft.scheme, [new_code]).get(new_code)
    if given is not None and given.cell != cell.ident:
        raise _taken(new_code, cell, retired=given.retired)


def _taken(code: str, cell: Cell, *, retired: bool = False) -> EditRefused:
    whose = "was a cell's that is retired" if retired else "is another cell's, of this or of another draft"
    return EditRefused(
        "code-taken", f"the code {code!r} {whose}; codes are never given again", geometry=cell.shape
    )


class _Allotment:
    """The allotment of codes to the new cells of one change."""

    def __init__(self, draft: Draft, change: Change, *, merged: bool, alone: bool) -> None:
        self._draft, self._merged, self._alone = draft, merged, alone
        self._rules = SchemeCodes(draft.scheme)
        levels = self._rules.levels
        self._known = {
            one.ident: CodedCell(one.ident, levels[one.after.level].pk, one.after.parent, one.after.code)
            for one in change.cells
            if one.after is not None
        }

    def codes(self, cells: list[Cell]) -> dict[UUID, str]:
        """Give the code of each cell, level by level from the top."""
        codes: dict[UUID, str] = {}
        for level in sorted({cell.level for cell in cells}):
            here = self._codes_at(level, [cell for cell in cells if cell.level == level])
            for ident, code in here.items():
                self._known[ident] = self._known[ident]._replace(code=code)
            codes |= here
        return codes

    def _codes_at(self, level: int, cells: list[Cell]) -> dict[UUID, str]:
        rule, local_kinds = self._rules.of_level[self._rules.levels[level].pk]
        if rule.length is not None:
            parents = {cell.parent for cell in cells if cell.parent is not None}
            _read_upwards(self._draft, self._rules, parents, self._known)
        groups: dict[tuple[str, Purpose], list[Cell]] = defaultdict(list)
        for cell in cells:
            above = "" if rule.length is None else self._rules.code_above(cell.parent, self._known)
            groups[above, _purpose(cell.kind, local_kinds, merged=self._merged)].append(cell)
        codes: dict[UUID, str] = {}
        for (above, purpose), group in sorted(groups.items(), key=lambda item: item[0]):
            given = self._given(level, above, purpose, group, set(codes.values()))
            codes |= {cell.ident: code for cell, code in zip(group, given, strict=True)}
        return codes

    def _given(
        self, level: int, above: str, purpose: Purpose, cells: list[Cell], taken: set[str]
    ) -> list[str]:
        """Give codes that nobody else has or is about to give."""
        scheme, rule = self._draft.scheme, self._rules.of_level[self._rules.levels[level].pk].rule
        places = _places([cell.shape for cell in cells])
        stem = stem_under(rule, above)
        if rule.length is None:
            taken |= code_counted_to(scheme, stem)
        else:
            taken |= codes_given(scheme, rule, stem)
        while True:
            try:
                codes = allot(self._rules.system, rule, above, places, taken, purpose)
            except BadInput as full:
                where = shapely.union_all([cell.shape for cell in cells if cell.shape is not None])
                raise EditRefused("no-codes-left", full.message, geometry=where, **full.context) from full
            lost = _not_to_be_had(scheme, codes, alone=self._alone)
            if not lost:
                return codes
            taken |= lost


def _read_upwards(draft: Draft, rules: SchemeCodes, idents: set[UUID], known: dict[UUID, CodedCell]) -> None:
    """Read cells, and those above them until one's codes have a length, unless they are known."""
    while idents:
        for cell in coded_cells(draft, idents - known.keys()):
            known[cell.ident] = cell
        idents = {
            cell.parent
            for cell in (known[ident] for ident in idents if ident in known)
            if cell.parent is not None and rules.of_level[cell.level_id].rule.length is None
        }


def _claim_brought(scheme: Scheme, change: Change, brought: Mapping[str, UUID], *, alone: bool) -> None:
    """Refuse codes that an edit brings and that another cell has or is given at this moment."""
    others = {
        code: given for code, given in codes_known(scheme, brought).items() if given.cell != brought[code]
    }
    lost = others.keys() or _not_claimed(scheme, brought, alone=alone)
    if lost:
        code = min(lost)
        cell = next(one.after for one in change.cells if one.ident == brought[code])
        assert cell is not None
        raise _taken(code, cell, retired=code in others and others[code].retired)


def _not_to_be_had(scheme: Scheme, codes: Collection[str], *, alone: bool) -> set[str]:
    """Claim codes; give those that others hold or have."""
    # Looked up after the claim: who held a code before may have committed since.
    lost = _not_claimed(scheme, codes, alone=alone)
    return lost | codes_known(scheme, codes).keys()


def _not_claimed(scheme: Scheme, codes: Collection[str], *, alone: bool) -> set[str]:
    if alone or not codes:
        return set()
    claims = rows_of("codes_claim", {"scheme": scheme.pk, "code": sorted(codes)})
    return {code for code, claimed in claims if not claimed}


def _reserve(scheme: Scheme, codes: Mapping[str, UUID]) -> None:
    with connection.cursor() as cursor:
        facts = {"scheme": scheme.pk, "code": list(codes), "cell_id": list(codes.values())}
        cursor.execute(QUERIES["codes_reserve"], facts)


# Both ---------------------------------------------------------------------------------------------------


def _purpose(kind: str, local_kinds: frozenset[str], *, merged: bool) -> Purpose:
    if kind in local_kinds:
        return "private"
    return "merged" if merged else "new"


def _places(shapes: list[shapely.MultiPolygon | None]) -> FloatArray:
    """Give a point within each polygon, (n, 2) in degrees; NaN where there is no land."""
    at = np.empty(len(shapes), dtype=object)
    at[:] = shapes
    points = shapely.point_on_surface(at)
    places: FloatArray = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    return places
