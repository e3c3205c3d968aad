"""What the first requests would have to wait for, done before a process of the service takes any."""

from __future__ import annotations

import fcntl
import gc
import logging
import threading

from django.conf import settings
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


#: Loading takes a second; compiling, which a new checkout has to do first, half a minute of the processor. So
#: long nobody is kept from the pages: it goes on while requests are answered.
PATIENCE_S = 3.0


def warm_up_at_most() -> None:
    """Warm up, and do not wait for it longer than for a moment."""
    working = threading.Thread(target=_warm_up_in_turn, name="warming", daemon=True)
    working.start()
    working.join(PATIENCE_S)


def _warm_up_in_turn() -> None:
    """Let one process compile, and the others load what it compiled."""
    try:
        settings.LOCATORS_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.LOCATORS_DIR / "warming").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            warm_up()
    except OSError as error:
        logger.warning("each process warms up by itself: %s", error)
        warm_up()


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
