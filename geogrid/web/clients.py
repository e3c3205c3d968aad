"""Who asks, as far as an address tells."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Give the address of who asks; empty where there is none.

    What the request itself says of it is believed only behind a proxy of ours (`GEOGRID_BEHIND_PROXY`), and
    then only the last address of `X-Forwarded-For`, which that proxy has written.
    """
    if settings.BEHIND_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1]
        if found := _address(forwarded):
            return str(found)
    return str(_address(request.META.get("REMOTE_ADDR", "")) or "")


def client_network(request: HttpRequest) -> str:
    """Give what stands for one asker: an IPv4 address, or the /64 that an IPv6 host moves about in."""
    address = client_address(request)
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or ipaddress.IPv6Address(int(found))  # without a scope such as %eth0
    return found
