"""SQL statements with names: `-- name: cells_at`, a line on its purpose, the statement.

Those of an app are in its `sql/queries.sql`, or, where they are many, in the files of its `sql/queries/`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def named_queries(path: Path) -> dict[str, str]:
    """Read the statements of a file, or of all files of a folder, by name.

    Raises
    ------
    ValueError
        If a name is there twice.
    """
    queries: dict[str, str] = {}
    for file in sorted(path.glob("*.sql")) if path.is_dir() else [path]:
        parts = _HEAD.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in queries:
                raise ValueError(f"{file}: there is a statement {name!r} already")
            queries[name] = text.strip()
    return queries
