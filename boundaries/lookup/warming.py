"""What the first requests would have to wait for, done before a process of the service takes any."""

from __future__ import annotations

import gc
import logging

from django.db import DatabaseError, connection
from django.urls import get_resolver
from django.utils import timezone

from boundaries.lookup.places import edition_places
from boundaries.lookup.standing import standing
from geogrid.core.errors import GeogridError

logger = logging.getLogger(__name__)

#: What a process remembers of cells are hundreds of thousands of objects, none of them in a circle. Looking
#: through all of them takes 0.1 to 0.3 s, in which nobody is answered: it is done 700 times less often.
COLLECTED_AFTER = 5000, 5, 1000


def warm_up() -> None:
    """Load code and files; what is there by then is never looked through again for things to free.

    Without a database the service starts as well, and the first requests wait.
    """
    _ = get_resolver().url_patterns
    try:
        for edition in standing(timezone.now()).in_force.values():
            edition_places(edition).warm_up()
    except (GeogridError, DatabaseError) as error:
        logger.warning("the first requests will wait: %s", error)
    finally:
        connection.close()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
