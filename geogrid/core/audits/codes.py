"""Codes that several cells have, and codes that no cell can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import shapely

from geogrid.core.audits.finding import Finding
from geogrid.core.codes import UNKNOWN_SYSTEM, CodeLevel, CodeSystem, is_number, validate
from geogrid.core.land import Land


def audit_codes(
    land: Land, lengths: Mapping[str, int | None], system: CodeSystem = UNKNOWN_SYSTEM
) -> list[Finding]:
    """Find codes given more than once and codes of a wrong form, each at its cell.

    Parameters
    ----------
    land : Land
    lengths : mapping
        Level code → digits its cells' codes have; None or absent where codes are free.
    system : CodeSystem
        Where it is nested, a code that does not begin with the parent's is wrong as well.
    """
    times = Counter(land.code)
    findings = [_given_more_than_once(land, code, count) for code, count in times.items() if count > 1]
    levels = [CodeLevel(level.code, lengths.get(level.code)) for level in land.levels]
    for cell, code in enumerate(land.code):
        if not code and times[code] > 1:
            continue  # found already, all of them together
        level = levels[int(land.level[cell])]
        above = _code_above(land, levels, cell) if system.nested else ""
        wrong = validate(system, level, code, above)
        if wrong:
            findings.append(
                Finding(
                    "bad_code", level.code, (code,), f"the code {code!r} {wrong}", geometry=land.shapes[cell]
                )
            )
    return findings


def _code_above(land: Land, levels: list[CodeLevel], cell: int) -> str:
    """Give the code of the nearest cell above whose level's codes have a length, if it is so many digits."""
    for above in reversed(land.chain(cell)[:-1]):
        length = levels[int(land.level[above])].length
        if length is not None:
            code = land.code[above]
            return code if is_number(code, length) else ""
    return ""


def _given_more_than_once(land: Land, code: str, count: int) -> Finding:
    cells = [cell for cell, own in enumerate(land.code) if own == code]
    shapes = land.shapes[cells]
    together = shapely.MultiPolygon(list(shapely.get_parts(shapes[~shapely.is_missing(shapes)])))
    ranks = sorted({int(land.level[cell]) for cell in cells})
    levels = ", ".join(land.levels[rank].code for rank in ranks)
    what = f"the code {code!r}" if code else "no code"
    message = f"{count} cells have {what} (level {levels})"
    return Finding("duplicate_code", land.levels[ranks[-1]].code, (code,), message, geometry=together)
