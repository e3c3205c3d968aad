"""All or nothing, and again where two transactions were in each other's way: the one place that retries."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction

from geogrid.core.errors import Refused

logger = logging.getLogger(__name__)

ATTEMPTS = 6
"""How often a transaction is tried in all."""
_PAUSE_S = 0.05
"""The longest pause before the second attempt; each further one may take twice as long."""
_IN_EACH_OTHERS_WAY = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialisation failure and of a deadlock."""
_GUARDS = frozenset({"GG001", "23GG1", "23GG2"})
"""SQLSTATE of the database's own guards: land that is not tiled, history that would change."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def whole(service: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Run a service in one transaction; try again if another one was in its way, at most `ATTEMPTS` times.

    Inside somebody else's transaction it is a part of that: only its owner can try again.

    Raises
    ------
    Refused
        If a guard of the database refused what was to be written.
    """

    @functools.wraps(service)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        outermost = not connection.in_atomic_block
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return service(*args, **kwargs)
            except DatabaseError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state in _GUARDS:
                    raise Refused(_sentence(error)) from error
                if state not in _IN_EACH_OTHERS_WAY or not outermost or attempt == ATTEMPTS:
                    raise
                logger.info("%s is tried again: %s", service.__name__, state)
            time.sleep(random.uniform(0, _PAUSE_S * 2**attempt))  # noqa: S311  # no secret
        raise AssertionError("the last attempt returns or raises")

    return run


def _sentence(error: DatabaseError) -> str:
    """Give what the guard said, in one line."""
    diagnosis = getattr(error.__cause__, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error)
    return " ".join(str(said).split())
