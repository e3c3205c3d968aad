"""`backup FILE`: the whole database with a check sum."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from geogrid.db.backup import write_backup
from geogrid.db.target import current_target


class Command(BaseCommand):
    """Write a backup."""

    help = "Write the whole database into FILE, with a check sum and the number of rows of every table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the file to write")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Write it and say how much it holds."""
        manifest = write_backup(file.absolute(), current_target())
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(file), **asdict(manifest)}))
        else:
            rows = sum(manifest.tables.values())
            self.stdout.write(
                f"{file}: {len(manifest.tables)} tables, {rows} rows, {manifest.dump_bytes} bytes, "
                f"sha256 of the dump {manifest.dump_sha256}"
            )
