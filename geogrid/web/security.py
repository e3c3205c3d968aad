"""Security headers that Django does not set itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse

REPORTS = "/csp-report"

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "report-uri": REPORTS,
}
PERMISSIONS_POLICY = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()"


def content_security_policy(script_hashes: Iterable[str] = ()) -> str:
    """Write the policy, with the inline scripts of these hashes (`sha256-…`) allowed."""
    scripts = " ".join([POLICY["script-src"], *(f"'{digest}'" for digest in sorted(script_hashes))])
    return "; ".join(f"{name} {value}" for name, value in {**POLICY, "script-src": scripts}.items())


CONTENT_SECURITY_POLICY = content_security_policy()


class SecurityHeadersMiddleware:
    """Say what a page may load and use; a view that needs more sets the header itself.

    A page with an inline script of its own, such as the import map, leaves the script's hash in
    `request.csp_script_hashes`, a set of texts like `sha256-…`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers that the response does not carry yet."""
        response = self.get_response(request)
        hashes = getattr(request, "csp_script_hashes", ())
        response.headers.setdefault("Content-Security-Policy", content_security_policy(hashes))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
