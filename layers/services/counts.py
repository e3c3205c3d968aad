"""Count anew what the database has lost count of."""

from __future__ import annotations

from django.db import connection, transaction

from accounts.models import User
from boundaries.models import Scheme
from boundaries.policies import require
from layers.selectors import QUERIES
from layers.selectors.counts import counts_differences


def counts_mend(*, scheme: Scheme, by: User | None = None) -> int:
    """Count the features in the cells of a scheme anew if any sum is wrong; give how many were."""
    require(by, "features.assign", scheme=scheme)
    with transaction.atomic(), connection.cursor() as cursor:
        if not counts_differences(scheme):
            return 0
        cursor.execute(QUERIES["counts_lock"])
        wrong = len(counts_differences(scheme))
        for query in ("counts_forget", "counts_anew"):
            cursor.execute(QUERIES[query], {"scheme": scheme.pk})
    return wrong
