"""SQL statements with names, one file an app: `-- name: cells_at`, a line on its purpose, the statement."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def named_queries(path: Path) -> dict[str, str]:
    """Read the statements of a file by name."""
    parts = _HEAD.split(path.read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
