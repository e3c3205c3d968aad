"""Codes that several cells have, and codes that no cell can have."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping

import shapely

from geogrid.core.audits.finding import Finding
from geogrid.core.land import Land


def audit_codes(land: Land, lengths: Mapping[str, int | None]) -> list[Finding]:
    """Find codes given more than once and codes of a wrong form.

    Parameters
    ----------
    land : Land
    lengths : mapping
        Level code → digits its cells' codes have; None or absent where codes are free.
    """
    times = Counter(land.code)
    findings = [_given_more_than_once(land, code, count) for code, count in times.items() if count > 1]
    for cell, code in enumerate(land.code):
        if not code and times[code] > 1:
            continue  # found already, all of them together
        level = land.levels[int(land.level[cell])].code
        wrong = _wrong_form(code, lengths.get(level))
        if wrong:
            findings.append(
                Finding("bad_code", level, (code,), f"the code {code!r} {wrong}", geometry=land.shapes[cell])
            )
    return findings


def _given_more_than_once(land: Land, code: str, count: int) -> Finding:
    cells = [cell for cell, own in enumerate(land.code) if own == code]
    shapes = land.shapes[cells]
    together = shapely.MultiPolygon(list(shapely.get_parts(shapes[~shapely.is_missing(shapes)])))
    ranks = sorted({int(land.level[cell]) for cell in cells})
    levels = ", ".join(land.levels[rank].code for rank in ranks)
    what = f"the code {code!r}" if code else "no code"
    message = f"{count} cells have {what} (level {levels})"
    return Finding("duplicate_code", land.levels[ranks[-1]].code, (code,), message, geometry=together)


def _wrong_form(code: str, length: int | None) -> str:
    if not code:
        return "is empty"
    if code != code.strip() or any(unicodedata.category(c)[0] in "CZ" and c != " " for c in code):
        return "has blanks around it or characters that cannot be seen"
    if length is not None and not (len(code) == length and code.isascii() and code.isdigit()):
        return f"is not {length} digits, as the scheme's code system wants for this level"
    return ""
