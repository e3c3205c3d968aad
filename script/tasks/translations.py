"""Translations: every `.po` compiled to the `.mo` that gettext reads, when and only when one changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from say import run


def ensure_translations(root: Path) -> None:
    """Compile the catalogues that are newer than their compiled form, or were not compiled here."""
    stamp = root / "var" / "translations.json"
    sources = sorted(root.glob("*/locale/*/LC_MESSAGES/*.po"))
    wanted = {str(source.relative_to(root)): _facts(source) for source in sources}
    done = _read(stamp)
    changed = [
        source
        for source in sources
        if done.get(name := str(source.relative_to(root))) != wanted[name] or not _compiled(source).exists()
    ]
    if not changed:
        return
    for source in changed:
        _compile(root, source)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")


def _compiled(source: Path) -> Path:
    return source.with_suffix(".mo")


def _facts(source: Path) -> list[int]:
    facts = source.stat()
    return [facts.st_size, facts.st_mtime_ns]


def _read(stamp: Path) -> dict[str, list[int]]:
    try:
        read: dict[str, list[int]] = json.loads(stamp.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return read


def _compile(root: Path, source: Path) -> None:
    # Beside the target and moved over it: who reads at that moment reads the old or the new one, whole.
    temporary = source.with_suffix(f".mo.{os.getpid()}")
    command = ["msgfmt", "--check-format", "--output-file", str(temporary), str(source)]
    run(command, root=root, doing=f"compiling {source.relative_to(root)}")
    temporary.replace(_compiled(source))
