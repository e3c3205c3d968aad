"""Which codes the cells of a scheme may have, and which were given."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from boundaries.models import Draft, Level, Scheme
from boundaries.selectors.cells import rows_of
from geogrid.core.codes import (
    CODE_SYSTEMS,
    FREE_DIGITS,
    UNKNOWN_SYSTEM,
    CodeLevel,
    CodeSystem,
    custom_system,
)


class LevelCodes(NamedTuple):
    """What the codes of a level are like, and which kinds of its cells get private numbers."""

    rule: CodeLevel
    local_kinds: frozenset[str]


class CodedCell(NamedTuple):
    """What of a cell says what codes lie below it."""

    ident: UUID
    level_id: int
    parent: UUID | None
    code: str


class GivenCode(NamedTuple):
    """The cell that has a code for ever, and whether it was published and is no more."""

    cell: UUID
    retired: bool


@dataclass(frozen=True)
class SchemeCodes:
    """The code system of a scheme, level by level."""

    scheme: Scheme

    @cached_property
    def system(self) -> CodeSystem:
        """What the digits mean; of levels with a length in a scheme without a system nothing is known."""
        block = self.scheme.document.get("code_system")
        if not block:
            return UNKNOWN_SYSTEM
        if block["system"] == "custom":
            return custom_system(block.get("segments") or (), nested=block.get("nested", True))
        return CODE_SYSTEMS[block["system"]]

    @cached_property
    def levels(self) -> list[Level]:
        """The levels, from the top downwards."""
        return list(self.scheme.levels.all())

    @cached_property
    def of_level(self) -> dict[int, LevelCodes]:
        """Row of a level → what its codes are like."""
        written = {block.get("code"): block for block in self.scheme.document.get("levels", ())}
        return {level.pk: self._level_codes(level, written.get(level.code, {})) for level in self.levels}

    def _level_codes(self, level: Level, block: dict[str, Any]) -> LevelCodes:
        kinds = frozenset(block.get("local_kinds") or ())
        private = None
        if kinds and level.code_length is not None:
            first_last = block.get("local_numbers")
            private = (
                range(first_last[0], first_last[1] + 1)
                if first_last
                else self.system.last_segment(level.code_length).private
            )
        return LevelCodes(CodeLevel(level.code, level.code_length, private), kinds)

    def code_above(self, parent: UUID | None, known: dict[UUID, CodedCell]) -> str:
        """Give the code of the nearest cell above whose level's codes have a length; empty if none has."""
        while parent is not None and parent in known:
            cell = known[parent]
            if self.of_level[cell.level_id].rule.length is not None:
                return cell.code
            parent = cell.parent
        return ""


def coded_cells(draft: Draft, idents: Collection[UUID]) -> list[CodedCell]:
    """Give cells as a draft has them, without their land."""
    if not idents:
        return []
    facts = {"scheme": draft.scheme_id, "at": draft.base_at, "draft": draft.pk, "ids": list(idents)}
    return [CodedCell(*row) for row in rows_of("cells_coded", facts)]


def codes_given(scheme: Scheme, rule: CodeLevel, stem: str) -> set[str]:
    """Give the codes that cells of a level were ever given and that begin with `stem`."""
    facts = {"scheme": scheme.pk, "stem": stem, "length": rule.length}
    return {code for (code,) in rows_of("codes_under", facts)}


def code_counted_to(scheme: Scheme, stem: str) -> set[str]:
    """Give the free code that counting has come to, in a set; empty if it has not begun.

    Reads a few codes of however many there are. Codes between what it gives and what somebody gave by hand
    may be free or not: look up those that you take.
    """
    found: set[str] = set()
    digits = FREE_DIGITS
    first, last = f"{stem}0", f"{stem}:"
    while rows := rows_of(
        "codes_greatest",
        {"scheme": scheme.pk, "first": first, "last": last, "length": len(stem) + digits},
    ):
        found = {rows[0][0]}
        # Who counted on to one digit more has left one of the first ten such numbers.
        digits += 1
        begun = {
            "scheme": scheme.pk,
            "first": f"{stem}1{'0' * (digits - 1)}",
            "last": f"{stem}1{'0' * (digits - 2)}:",
            "length": len(stem) + digits,
        }
        if not rows_of("codes_greatest", begun):
            break
        first = begun["first"]
    return found


def codes_known(scheme: Scheme, codes: Collection[str]) -> dict[str, GivenCode]:
    """Give the cell of each of some codes that was ever given."""
    if not codes:
        return {}
    rows = rows_of("codes_known", {"scheme": scheme.pk, "code": sorted(codes)})
    return {code: GivenCode(cell, retired) for code, cell, retired in rows}
