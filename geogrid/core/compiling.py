"""Hot loops are compiled to machine code at their first use, and kept in a cache on the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., object])


def compiled(function: _Function) -> _Function:
    """Compile a function of numbers and arrays; other threads go on while it runs."""
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))
