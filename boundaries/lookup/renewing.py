"""The files of an edition out of those of the one before, where little has changed (geometry.md 20)."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from boundaries.lookup.cell_facts import CellFacts
from boundaries.models import Edition
from boundaries.selectors.cells import rows_of
from boundaries.selectors.grounds import ground_at
from geogrid.core.locator import CellIndex, patch_of, renewal_of
from geogrid.core.locator.cells import GONE

#: Cells that changed, or that are gone and have kept their numbers, for each cell; beyond, all is made anew.
_MOST = 0.1
_A_FEW = 100


def renewed(
    edition: Edition, base: Edition, files: tuple[CellIndex, CellFacts], fingerprint: str
) -> tuple[CellIndex, CellFacts] | None:
    """Lay what an edition changed over the files of the one before.

    Parameters
    ----------
    edition, base : Edition
        One after the other, of one scheme.
    files : (CellIndex, CellFacts)
        Of the base.
    fingerprint : str
        Of the edition's land.

    Returns
    -------
    (CellIndex, CellFacts) or None
        They answer as those made of the whole land do; cells have other numbers. None where too much
        changed, or something that concerns the whole land.
    """
    index, facts = files
    changed = _changed(edition)
    if len(changed) + np.count_nonzero(index.cells.level == GONE) > max(_A_FEW, _MOST * len(index.cells)):
        return None
    ground = ground_at(edition.scheme, edition.effective)
    renewal = renewal_of(ground_at(edition.scheme, base.effective), ground, changed)
    patch = renewal and patch_of(index, renewal.gone, renewal.new, fingerprint)
    if not renewal or not patch:
        return None
    patched = index.patched(patch).compacted()
    kinds = {ident: cell.kind for ident, cell in ground.by_ident(renewal.land.ident).items()}
    part = CellFacts.of(renewal.land, renewal.leaves, kinds, fingerprint)
    return patched, facts.renewed(part, patched.cells, [cell.ident for cell in renewal.new])


def _changed(edition: Edition) -> list[UUID]:
    """Give the cells that began or ended with an edition."""
    facts = {"scheme": edition.scheme_id, "edition": edition.pk, "effective": edition.effective}
    return [row[0] for row in rows_of("cells_changed_by", facts)]
