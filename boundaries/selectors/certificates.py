"""What the certificate of an edition is summed up from: kept hashes and areas, without any geometry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from boundaries.models import Scheme
from boundaries.selectors.cells import rows_of
from boundaries.selectors.grounds import ground_at
from geogrid.core.certificate import CertifiedCell, Face, certificate_of_rows
from geogrid.core.change import Change


def certified_cells(scheme: Scheme, at: dt.datetime) -> list[CertifiedCell]:
    """Give what a certificate knows of the cells as of a time."""
    return [CertifiedCell(*row) for row in rows_of("certified_cells", {"scheme": scheme.pk, "at": at})]


def certificate_at(
    scheme: Scheme,
    at: dt.datetime,
    *,
    faces: Iterable[Face] | None = None,
    change: Change | None = None,
) -> dict[str, Any]:
    """Certify the cells as of a time: the same document as `certificate` gives of the land.

    Parameters
    ----------
    faces : iterable of Face, optional
        What an audit found to be nobody's or two's; None if nobody looked.
    change : Change, optional
        What made this land of the one before.
    """
    levels = ground_at(scheme, at).levels
    return certificate_of_rows(levels, certified_cells(scheme, at), faces=faces, change=change)
