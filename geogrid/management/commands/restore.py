"""`restore FILE`: a backup in place of the present database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from geogrid.db.restore import restore_backup
from geogrid.db.target import current_target


class Command(BaseCommand):
    """Restore a backup."""

    help = (
        "Replace the database by the backup in FILE. The check sum and the rows of every table are compared "
        "first; the replaced database stays as NAME_before_restore until the next restore."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE", type=Path, help="a file that `backup` wrote")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Restore it and say how much came back."""
        target = current_target()
        connections.close_all()
        manifest = restore_backup(file.absolute(), target, manage=settings.BASE_DIR / "manage.py")
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(file), **asdict(manifest)}))
        else:
            rows = sum(manifest.tables.values())
            self.stdout.write(
                f"restored {len(manifest.tables)} tables with {rows} rows, as saved at {manifest.made_at}; "
                f"the replaced database is kept as {target.name}_before_restore"
            )
