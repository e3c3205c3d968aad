"""Codes of cells: the systems that say what their digits mean, what is wrong with a code, and new codes.

A code is text and stays text: its zeros in front are digits like all others. In a *nested* system the code
of a cell begins with the code of the cell above. A city fills the same six digits as its districts (341000
above 341002): there the pairs "00" at the end stand for the whole, and the child begins with what is left.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geogrid.core.errors import BadInput
from geogrid.core.lattice import FloatArray, IntArray

#: What new codes are for: ordinary cells, cells that others were merged into, cells that are no
#: administrative units. A level or a system without numbers for the last two gives them ordinary ones.
Purpose = Literal["new", "merged", "private"]

#: Digits of a number behind `LEVEL-`, where codes are free; more where they do not suffice.
FREE_DIGITS = 4

# Greater numbers behind a code's beginning were not counted up to by anybody: they are somebody's own digits.
_COUNTED = 10**9
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Segment:
    """Some digits of a code.

    Attributes
    ----------
    digits : int
    tier : str, optional
        Tier of the cells whose codes end with them; None if they are no cell's.
    merged : range, optional
        Numbers for cells that others were merged into, and for nothing else.
    private : range, optional
        Numbers for cells that are no administrative units, for levels that have such cells.
    """

    digits: int
    tier: str | None = None
    merged: range | None = None
    private: range | None = None


@dataclass(frozen=True)
class CodeSystem:
    """What the digits of codes stand for, from the left.

    Attributes
    ----------
    name : str
    segments : tuple of Segment
    nested : bool
        Whether the code of a cell begins with the code of the cell above.
    """

    name: str
    segments: tuple[Segment, ...]
    nested: bool = True

    @property
    def ends(self) -> tuple[int, ...]:
        """The lengths that codes can have, one for each segment."""
        return tuple(itertools.accumulate(segment.digits for segment in self.segments))

    def last_segment(self, length: int) -> Segment:
        """Give the segment that codes of a length end with; all of the code if none does."""
        found = dict(zip(self.ends, self.segments, strict=True))
        return found.get(length) or Segment(length)


def custom_system(digits: Sequence[int], *, nested: bool = True) -> CodeSystem:
    """Give a system with segments of so many digits, of which nothing else is known."""
    return CodeSystem("custom", tuple(Segment(count) for count in digits), nested)


_COUNTY = Segment(6, "district", private=range(71, 81))
_STREET = Segment(3, "street", private=range(901, 1000))
_COMMUNITY = Segment(3, "community", private=range(901, 1000))
_COMMUNITY_2010 = Segment(3, "community", merged=range(601, 1000), private=range(901, 1000))

#: The published systems by the name that documents give them. Which text says what, and what of it was only
#: inferred: docs/adr/0012-codes.md.
CODE_SYSTEMS: Mapping[str, CodeSystem] = {
    system.name: system
    for system in (
        CodeSystem("cjt213_14", (_COUNTY, _STREET, _COMMUNITY, Segment(2, "zone"))),
        CodeSystem("db11_15", (_COUNTY, _STREET, _COMMUNITY, Segment(3, "zone"))),
        CodeSystem("gbt34300_15", (_COUNTY, _STREET, _COMMUNITY, Segment(3, "zone"))),
        CodeSystem("cjt349_20", (Segment(6), _COUNTY, _STREET, _COMMUNITY_2010, Segment(2, "zone"))),
    )
}

#: Where nothing is known but how long codes are.
UNKNOWN_SYSTEM = CodeSystem("unknown", (), nested=False)


@dataclass(frozen=True)
class CodeLevel:
    """What the codes of a level's cells are like.

    Attributes
    ----------
    code : str
        Of the level itself.
    length : int, optional
        Digits of a code; None where codes are free.
    private : range, optional
        Numbers kept for cells that are no administrative units; None where the level has no such cells.
    """

    code: str
    length: int | None = None
    private: range | None = None


def parse(system: CodeSystem, code: str) -> tuple[str, ...]:
    """Split a code into the segments that it fills.

    Raises
    ------
    BadInput
        If it is not digits only, or ends within a segment.
    """
    if not (code.isascii() and code.isdigit() and len(code) in system.ends):
        lengths = ", ".join(map(str, system.ends))
        raise BadInput(
            f"the code {code!r} is not of {lengths} digits, as the code system {system.name} wants"
        )
    starts = [0, *system.ends]
    return tuple(code[a:b] for a, b in itertools.pairwise(starts) if b <= len(code))


def validate(system: CodeSystem, level: CodeLevel, code: str, parent_code: str = "") -> str | None:
    """Say what is wrong with a code, as the end of a sentence that begins with it; None if nothing is.

    Parameters
    ----------
    parent_code : str
        Of the nearest cell above whose codes have a length; empty if there is none or its code is not known.
    """
    if not code:
        return "is empty"
    if code != code.strip() or any(unicodedata.category(c)[0] in "CZ" and c != " " for c in code):
        return "has blanks around it or characters that cannot be seen"
    if level.length is None:
        return None
    if not is_number(code, level.length):
        return f"is not {level.length} digits, as the scheme's code system wants for this level"
    stem = stem_under(level, parent_code) if system.nested else ""
    if not code.startswith(stem):
        return f"does not begin with {stem!r}, as the scheme's code system wants under {parent_code!r}"
    return None


def is_number(code: str, length: int) -> bool:
    """Tell whether a code is so many digits."""
    return len(code) == length and code.isascii() and code.isdigit()


def stem_under(level: CodeLevel, parent_code: str) -> str:
    """Give what all codes of a level under a cell begin with; empty if that says nothing.

    A parent whose code is no shorter than its children's keeps the first two digits at least, which are its
    province's: 341000 gives 3410, 110000 gives 11. One that does not end with 00 says nothing.
    """
    if level.length is None:
        return f"{level.code}-"
    if len(parent_code) < level.length:
        return parent_code
    if len(parent_code) > level.length or level.length < 4 or not parent_code.endswith("00"):
        return ""
    return parent_code[:-4] if parent_code.endswith("0000") and level.length > 4 else parent_code[:-2]


def allot(
    system: CodeSystem,
    level: CodeLevel,
    parent_code: str,
    places: FloatArray,
    taken: Collection[str],
    purpose: Purpose = "new",
) -> list[str]:
    """Give new codes to cells of a level under one parent.

    Cells are numbered from west to east: by the longitude of their places. Places on one meridian are
    numbered from north to south. They are on one meridian if their longitudes round to the same half step of
    the lattice, 0.5e-8 degrees or 0.6 mm: what lies in the middle between two corners lies on half steps, and
    its last digits must not decide. Cells at one place keep their order, cells without a place come last.
    This is a strict order that needs no width of a row (docs/adr/0012-codes.md).

    The numbers follow the greatest one of the purpose that was ever given; where too few follow it, those
    that were never given are taken from the lowest on.

    Parameters
    ----------
    system : CodeSystem
    level : CodeLevel
    parent_code : str
        Of the nearest cell above whose codes have a length; empty if there is none.
    places : (n, 2) float64
        A representative point of each cell, longitude/latitude in degrees; NaN where it has no land.
    taken : collection of str
        At least all codes that were ever given and begin with `stem_under(level, parent_code)`. Others do no
        harm.
    purpose : Purpose

    Returns
    -------
    list of str, n
        In the order of the places.

    Raises
    ------
    BadInput
        If fewer numbers are left than cells want one. The context has `wanted` and `left`.
    """
    count = len(places)
    if count == 0:
        return []
    prefix, digits = _numbered(system, level, parent_code, taken)
    used = _used_numbers(prefix, level, taken)
    numbers = _free_numbers(_pool(system, level, digits, purpose), used, count, prefix, level)
    codes = [""] * count
    for number, place in zip(numbers, in_order(places).tolist(), strict=True):
        codes[place] = f"{prefix}{number:0{digits}d}"
    return codes


def in_order(places: FloatArray) -> IntArray:
    """Give the indices of places from west to east, on one meridian from north to south; see `allot`."""
    half_steps = np.floor(np.asarray(places, dtype=np.float64).reshape(-1, 2) * 2e8 + 0.5)
    order: IntArray = np.lexsort((-half_steps[:, 1], half_steps[:, 0]))
    return order


def _numbered(
    system: CodeSystem, level: CodeLevel, parent_code: str, taken: Collection[str]
) -> tuple[str, int]:
    """Give what stands before the number of a new code, and the digits of the number."""
    stem = stem_under(level, parent_code)
    if level.length is None:
        return stem, FREE_DIGITS
    if len(parent_code) == level.length > 2:
        return _pair_under(stem, level.length, parent_code, taken), 2
    digits = min(level.length - len(stem), system.last_segment(level.length).digits)
    # Segments between the parent's and the last stay zero: no cell of theirs is above.
    return stem.ljust(level.length - digits, "0"), digits


def _pair_under(stem: str, length: int, parent_code: str, taken: Collection[str]) -> str:
    """Give what stands before the last pair under a city: the districts of 110000 are 1101 and a pair."""
    stem = stem or parent_code[:-2]
    if len(stem) == length - 2:
        return stem
    others = (code for code in taken if is_number(code, length) and code != parent_code)
    greatest = max((code for code in others if code.startswith(stem)), default="")
    return greatest[: length - 2] or f"{stem}01"


def _used_numbers(prefix: str, level: CodeLevel, taken: Collection[str]) -> set[int]:
    tails = (code[len(prefix) :] for code in taken if code.startswith(prefix))
    length = None if level.length is None else level.length - len(prefix)
    return {
        int(tail[-_MOST_DIGITS:])
        for tail in tails
        if is_number(tail, length or len(tail)) and not tail[:-_MOST_DIGITS].strip("0")
    }


def _pool(system: CodeSystem, level: CodeLevel, digits: int, purpose: Purpose) -> list[range]:
    """Give the numbers for a purpose, ascending."""
    if level.length is None:
        return [range(1, 10**_MOST_DIGITS)]
    merged = system.last_segment(level.length).merged
    private = [] if level.private is None else [level.private]
    if purpose == "private" and private:
        return private
    if purpose == "merged" and merged is not None:
        return _without([merged], private)
    whole = range(1, 10 ** min(digits, _MOST_DIGITS))
    return _without([whole], [*private, *([] if merged is None else [merged])])


def _without(numbers: Sequence[range], others: Sequence[range]) -> list[range]:
    left = list(numbers)
    for other in others:
        left = [
            piece
            for one in left
            for piece in (
                range(one.start, min(one.stop, other.start)),
                range(max(one.start, other.stop), one.stop),
            )
            if piece
        ]
    return left


def _free_numbers(pool: list[range], used: set[int], count: int, prefix: str, level: CodeLevel) -> list[int]:
    gone = {number for number in used if any(number in piece for piece in pool)}
    left = sum(piece.stop - piece.start for piece in pool) - len(gone)
    if left < count:
        spans = ", ".join(f"{piece[0]}–{piece[-1]}" for piece in pool)
        raise BadInput(
            f"no codes are left under {prefix!r}: {count} cells of the level {level.code} want one, and "
            f"{left} of the numbers {spans} were never given; put fewer cells under one of the level "
            "above, or give them codes by hand (imports: --code-field)",
            wanted=count,
            left=left,
        )
    greatest = max((number for number in gone if number < _COUNTED), default=0)
    following = list(itertools.islice(_numbers(pool, used, greatest), count))
    return following if len(following) == count else list(itertools.islice(_numbers(pool, used, 0), count))


def _numbers(pool: list[range], used: set[int], above: int) -> Iterator[int]:
    for piece in pool:
        for number in range(max(piece.start, above + 1), piece.stop):
            if number not in used:
                yield number
