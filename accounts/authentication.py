"""How programs say who they are."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from geogrid.web.rates import rate_take


class ApiTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`. A wrong token is refused everywhere, also where none is needed."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Give the user of the token; None if there is no such header.

        Raises
        ------
        AuthenticationFailed
            With the code `bad-token`: the token is none, or its user is not active any more.
        Throttled
            If too many wrong ones came from the same address.
        """
        try:
            return super().authenticate(request)
        except AuthenticationFailed as error:
            # `request.user` would authenticate again; whoever holds a wrong token is a stranger.
            if wait := rate_take("bad-token", request._request):  # noqa: SLF001
                raise Throttled(wait) from error
            raise AuthenticationFailed(
                "the token is not valid; make a new one with the command `token`", code="bad-token"
            ) from error
