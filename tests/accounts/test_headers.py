"""What every response says to the browser, and what browsers may report back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from geogrid.web.security import SecurityHeadersMiddleware, content_security_policy
from geogrid.web.violations import MAX_BYTES

REPORT = {
    "csp-report": {
        "document-uri": "http://testserver/lookup/?lon=118.3&lat=29.7#here",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/a.js?x=1",
    }
}


def policy(response: HttpResponse) -> dict[str, str]:
    parts = response.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/healthz", "/no/such/page", "/api/v1/nothing"])
def test_every_response_carries_the_headers(client: Client, path: str) -> None:
    response = client.get(path)
    assert policy(response)["default-src"] == "'self'"
    assert policy(response)["frame-ancestors"] == "'none'"
    assert policy(response)["report-uri"] == "/csp-report"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Permissions-Policy"].startswith("geolocation=(self)")


def test_a_page_allows_the_scripts_whose_hashes_it_leaves(rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        request.csp_script_hashes = {"sha256-BBB=", "sha256-AAA="}
        return HttpResponse()

    scripts = policy(SecurityHeadersMiddleware(view)(rf.get("/")))["script-src"]
    assert scripts == "'self' 'sha256-AAA=' 'sha256-BBB='"
    without = SecurityHeadersMiddleware(lambda _: HttpResponse())(rf.get("/"))
    assert policy(without)["script-src"] == "'self'"


def test_a_view_that_sets_its_own_policy_keeps_it(rf: RequestFactory) -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    assert policy(SecurityHeadersMiddleware(lambda _: own)(rf.get("/"))) == {"default-src": "'none'"}


def test_the_policy_names_each_directive_once() -> None:
    names = [part.split(" ")[0] for part in content_security_policy(["sha256-A"]).split("; ")]
    assert len(names) == len(set(names)) == 12


def send(body: object, content_type: str = "application/csp-report", **extra) -> int:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client(enforce_csrf_checks=True, **extra).post("/csp-report", data, content_type).status_code


@pytest.fixture
def logged(caplog):
    """What was logged of violations."""
    return lambda: [r.getMessage() for r in caplog.records if r.name == "geogrid.web.violations"]


def test_a_violation_is_one_line_in_the_log_without_what_is_private(logged) -> None:
    assert send(REPORT) == 204
    assert logged() == [
        "content security: script-src-elem kept out https://evil.example/a.js on http://testserver/lookup/"
    ]


def test_the_reporting_api_sends_a_list(logged) -> None:
    body = {"documentURL": "http://testserver/", "effectiveDirective": "img-src", "blockedURL": "inline"}
    assert send([{"type": "csp-violation", "body": body}] * 30, "application/reports+json") == 204
    assert logged() == ["content security: img-src kept out inline on http://testserver/"] * 10


def test_a_report_cannot_forge_lines_of_the_log(logged) -> None:
    forged = {"blocked-uri": "x\n2026-11-25 ERROR root: \x1b[31mforged\u2028more", "document-uri": "y" * 9999}
    assert send({"csp-report": forged}) == 204
    (line,) = logged()
    assert line.isprintable()
    assert len(line) < 500


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b" ", "application/csp-report", 400),
        (b"{", "application/csp-report", 400),
        (b"\xff\xfe", "application/csp-report", 400),
        (b"[" * (MAX_BYTES - 1), "application/csp-report", 400),
        (b"x" * (MAX_BYTES + 1), "application/csp-report", 413),
        (json.dumps(REPORT).encode(), "text/plain", 415),
        (b"5", "application/csp-report", 204),
        (b'[1, null, "x", {"csp-report": []}]', "application/csp-report", 204),
        (b'{"csp-report": {"blocked-uri": "http://[", "document-uri": {"a": 1}}}', "application/json", 204),
    ],
)
def test_whatever_is_sent_has_an_answer(body: bytes, content_type: str, status: int) -> None:
    assert send(body, content_type) == status


def test_reports_are_only_sent_and_never_read(client: Client) -> None:
    assert client.get("/csp-report").status_code == 405


def test_who_sends_too_many_reports_is_not_listened_to(settings, tmp_path, logged) -> None:
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    rates = {"DEFAULT_THROTTLE_RATES": {"csp-report": "2/min"}}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **rates}
    assert [send(REPORT) for _ in range(4)] == [204, 204, 429, 429]
    assert len(logged()) == 2
    assert send(REPORT, REMOTE_ADDR="192.0.2.9") == 204


PRODUCTION = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
from django.test.utils import override_settings, setup_test_environment
setup_test_environment()
static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
override_settings(STORAGES={**settings.STORAGES, "staticfiles": static}).enable()
answer = Client().get("/accounts/login/", secure=True, HTTP_HOST="geogrid.example")
plain = Client().get("/accounts/login/", HTTP_HOST="geogrid.example")
language = Client().post("/i18n/setlang/", {"language": "en"}, secure=True, HTTP_HOST="geogrid.example")
print(json.dumps({
    "cookies": {
        name: {key: cookie[key] for key in ("secure", "httponly", "samesite", "path", "domain")}
        for name, cookie in {**answer.cookies, **language.cookies}.items()
    },
    "session": [
        settings.SESSION_COOKIE_NAME,
        settings.SESSION_COOKIE_SECURE,
        settings.SESSION_COOKIE_HTTPONLY,
    ],
    "hsts": answer.headers.get("Strict-Transport-Security"),
    "plain": [plain.status_code, plain.headers.get("Location")],
    "proxy": [settings.BEHIND_PROXY, settings.SECURE_PROXY_SSL_HEADER],
    "rates": settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["locate"],
}))
"""


def in_production(repository: Path, **environment: str) -> dict:
    """Ask the production settings, in a process of their own."""
    names = {"DJANGO_SETTINGS_MODULE": "geogrid.settings.prod", "GEOGRID_ALLOWED_HOSTS": "geogrid.example"}
    done = subprocess.run(
        [sys.executable, "-c", PRODUCTION],
        cwd=repository,
        env={**os.environ, **names, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_in_production_cookies_go_over_https_only_and_no_proxy_is_believed(repository: Path) -> None:
    found = in_production(repository)
    assert set(found["cookies"]) == {"__Host-csrftoken", "django_language"}
    for cookie in found["cookies"].values():
        kept = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
        assert cookie == kept
    assert found["session"] == ["__Host-sessionid", True, True]
    assert "max-age=31536000" in found["hsts"]
    assert found["plain"] == [301, "https://geogrid.example/accounts/login/"]
    assert found["proxy"] == [False, None]
    assert found["rates"] == "600/min"


def test_a_proxy_is_believed_when_it_is_said_to_be_there(repository: Path) -> None:
    found = in_production(repository, GEOGRID_BEHIND_PROXY="1", GEOGRID_RATES="locate=5/s")
    assert found["proxy"] == [True, ["HTTP_X_FORWARDED_PROTO", "https"]]
    assert found["rates"] == "5/s"
