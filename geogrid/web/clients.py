"""Who asks, as far as an address tells."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Give the address of who asks; empty where there is none.

    What the request itself says of it is believed only behind a proxy of ours (`GEOGRID_BEHIND_PROXY`), and
    then only the last address of `X-Forwarded-For`, which that proxy has written.
    """
    return str(_client(request.META) or "")


def client_network(meta: Mapping[str, Any]) -> str:
    """Give what stands for one asker: an IPv4 address, or the /64 that an IPv6 host moves about in.

    `meta` is the environment of WSGI, or `META` of a request.
    """
    found = _client(meta)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found or "")


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _client(meta: Mapping[str, Any]) -> Address | None:
    if settings.BEHIND_PROXY:
        forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1]
        if found := _address(forwarded):
            return found
    return _address(meta.get("REMOTE_ADDR", ""))


@functools.lru_cache(1000)
def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or ipaddress.IPv6Address(int(found))  # without a scope such as %eth0
    return found
