"""Every picture that a page shows is there, and every picture is shown."""

from __future__ import annotations

import re

IMAGE = re.compile(r"!\[[^\]]+\]\(([^)]+\.png)\)")


def test_pictures_and_pages_fit(repository) -> None:
    pages = [repository / "README.md", *(repository / "docs").rglob("*.md")]
    shown = {
        (page.parent / place).resolve()
        for page in pages
        for place in IMAGE.findall(page.read_text(encoding="utf-8"))
    }
    assert shown == {path.resolve() for path in (repository / "docs" / "images").glob("*.png")}
