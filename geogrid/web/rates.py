"""How often somebody may ask: each scope has a rate for strangers, by address, and one for users.

The numbers are `REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]`: `"locate": "600/min"`, `"locate.user": …`; a scope
without a number is not limited. A view of the API names its scope (`throttle_scope = "locate"`), else it is
`read`; other views are decorated with `limited`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from geogrid.web.clients import client_network
from geogrid.web.rate_store import RateStore

SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86400}


@functools.cache
def rate_parse(text: str) -> tuple[int, int]:
    """Read `600/min` as a count and seconds."""
    count, _, unit = text.partition("/")
    if not count.isdigit() or int(count) < 1 or unit not in SECONDS:
        raise ValueError(f"{text!r} is no rate; write a number, a stroke and one of {', '.join(SECONDS)}")
    return int(count), SECONDS[unit]


@functools.cache
def _store(path: str) -> RateStore:
    return RateStore(Path(path))


def rate_take(scope: str, request: HttpRequest | Request) -> float:
    """Count one question: 0 if it may be asked, else the seconds to wait."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return _take(f"{scope}.user", lambda: str(user.pk))
    return stranger_take(scope, request.META)


def stranger_take(scope: str, meta: Mapping[str, Any]) -> float:
    """Count one question of somebody who is known not to be signed in; `meta` is the environment of WSGI."""
    return _take(scope, lambda: client_network(meta))


def _take(kind: str, who: Callable[[], str]) -> float:
    rate = api_settings.DEFAULT_THROTTLE_RATES.get(kind)
    if rate is None:
        return 0.0
    count, seconds = rate_parse(rate)
    return _store(str(settings.RATES_FILE)).take(f"{kind} {who()}", count=count, seconds=seconds)


def whole_seconds(wait: float) -> int:
    """Give what `Retry-After` says: whole seconds, at least one."""
    return max(math.ceil(wait), 1)


class AskerThrottle(BaseThrottle):
    """The limit of a view of the API; Django REST framework answers 429 and says how long to wait."""

    waiting = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request."""
        self.waiting = rate_take(getattr(view, "throttle_scope", None) or "read", request)
        return self.waiting == 0

    def wait(self) -> float:
        """Tell the seconds until the next request is allowed."""
        return self.waiting


View = Callable[..., HttpResponse]


def limited(scope: str) -> Callable[[View], View]:
    """Limit a plain view: beyond its rate it answers 429 without a body."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if wait := rate_take(scope, request):
                return HttpResponse(status=429, headers={"Retry-After": str(whole_seconds(wait))})
            return view(request, *args, **kwargs)

        return ask

    return decorate
