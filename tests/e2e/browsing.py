"""A browser, and pages that keep what they complained about and what they asked of other servers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# WebGL is drawn by the processor; no name but the machine's own is resolved.
ARGUMENTS = [
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def picture(page: Page, name: str) -> None:
    """Keep how a page looks where GEOGRID_PICTURES names a folder, as script/screenshots does."""
    if folder := os.environ.get("GEOGRID_PICTURES"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


@contextmanager
def started_browser(*arguments: str) -> Iterator[Browser]:
    """Start chromium; further arguments come after the usual ones."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=[*ARGUMENTS, *arguments]
        )
        yield browser
        browser.close()


class Visitor:
    """Opens pages of one site, each as a visitor of its own."""

    def __init__(self, browser: Browser, url: str, axe: Path) -> None:
        self.url, self.complaints = url, []
        self._browser, self._axe = browser, axe
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        path: str | None = None,
        *,
        size: tuple[int, int] = (1280, 800),
        tolerate: str | None = None,
        dark: bool = False,
        **options: Any,
    ) -> Page:
        """Open a page as somebody new: Chinese, with a mouse, motion reduced, if nothing else is said.

        `tolerate` is a pattern of complaints that the test provokes, such as a server that is gone;
        `options` go to Playwright's `new_context` (`locale`, `has_touch`, `geolocation`, `permissions`, …).
        """
        width, height = size
        chosen = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"} | options
        context = self._browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **chosen,
        )
        self._contexts.append(context)
        page = context.new_page()
        self._watch(page, re.compile(tolerate) if tolerate else None)
        if path is not None:
            page.goto(path)
        return page

    def accessibility_faults(self, page: Page) -> list[str]:
        """Give what axe finds against WCAG 2.2 A and AA, a line for each."""
        page.evaluate(self._axe.read_text(encoding="utf-8"))
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(answer => answer.violations)", RULES
        )
        return [
            f"{fault['id']}: {node['target']} {node['failureSummary']}"
            for fault in found
            for node in fault["nodes"]
        ]

    def leave(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page, tolerated: re.Pattern[str] | None) -> None:
        def complain(text: str) -> None:
            if tolerated is None or not tolerated.search(text):
                self.complaints.append(text)

        def on_console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning", "assert"}:
                complain(f"{message.type}: {message.text} ({json.dumps(message.location)})")

        def on_request(request: Request) -> None:
            if not request.url.startswith((self.url, "data:", "blob:")):
                complain(f"asked elsewhere: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: complain(f"uncaught: {error}"))
        page.on("request", on_request)
