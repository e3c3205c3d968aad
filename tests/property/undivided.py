"""Edits that would leave a cell without the cells below that it is to be divided into."""

from __future__ import annotations

import shapely

from tests.property.cases import Case, common


def leaves_others_bare(case: Case) -> bool:
    """Tell whether a drawn cell would be the first one of a level where that is to have all or nothing."""
    filled = case.coverage.filled
    if case.level not in filled and max(filled) > case.level:
        return True  # Cells of lower levels, which are below a cell further up, would lie outside of it.
    here = shapely.union_all([c.shape for c in case.cells if c.level == case.level])
    free = shapely.difference(case.polygon, here)
    above = [c for c in case.cells if c.level < case.level and common(free, c.shape).area > 0]
    last = max((cell.level for cell in above), default=None)
    siblings = [case.coverage.children([cell.ident]) for cell in above if cell.level == last]
    return case.coverage.levels[case.level].rule == "ragged" and not all(siblings)


def has_none_below(case: Case) -> bool:
    """Tell whether one claimant is not divided on a level on which the cells of another would end."""
    below = [case.coverage.children([cell.ident]) for cell in case.named(case.params["cells"])]
    levels = [{cell.level for cell in cells} for cells in below]
    return any(
        case.coverage.levels[level].rule == "partition" and not all(level in own for own in levels)
        for level in set().union(*levels)
    )


def first_of_its_level_bars(case: Case) -> bool:
    """Tell whether a cell that is put below another one leaves land bare further down, or bars the way there.

    A level below that must tile every cell above it has cells, and the new one has none of it; or cells of
    lower levels bypass its level elsewhere, which they may no longer once that has cells.
    """
    levels, filled = case.coverage.levels, case.coverage.filled
    deeper = range(case.level + 1, len(levels))
    if any(levels[number].rule == "partition" and number in filled for number in deeper):
        return True
    own = case.cell("code").ident
    return case.level not in filled and any(
        cell.level > case.level and cell.parent != own for cell in case.cells
    )
