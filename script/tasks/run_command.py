"""`script/manage COMMAND ...`: any management command, with the database up and migrated."""

from __future__ import annotations

import os
from pathlib import Path

from database import ensure_database, ensure_migrated
from environment import ensure_environment, python, task_environment

# `db` looks after the server itself: `db stop` must not start it first.
WITHOUT_DATABASE = frozenset({"db", "help", "--help", "-h", "version", "--version", "collectstatic"})
# These are about the migrations, or must work when the database does not fit the code.
WITHOUT_MIGRATIONS = frozenset(
    {"check", "makemigrations", "migrate", "restore", "showmigrations", "sqlmigrate", "squashmigrations"}
)


def main(root: Path, arguments: list[str]) -> int:
    """Prepare as much as the command needs, then become it."""
    ensure_environment(root)
    command = arguments[0] if arguments else "help"
    asks_for_help = any(argument in {"-h", "--help"} for argument in arguments[1:])
    if command not in WITHOUT_DATABASE and not asks_for_help:
        connection = ensure_database(root)
        if command not in WITHOUT_MIGRATIONS:
            ensure_migrated(root, connection)
    program = python(root)
    os.execve(program, [program, str(root / "manage.py"), *arguments], task_environment(root))  # noqa: S606
