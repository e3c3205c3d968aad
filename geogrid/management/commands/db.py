"""`db start|stop|status`: the private database of this checkout."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from geogrid.cluster.errors import DatabaseUrlInUse
from geogrid.cluster.server import Cluster


class Command(BaseCommand):
    """Start, stop or describe the private PostGIS cluster."""

    help = "Start, stop or describe the private database. `status` exits with 1 when it does not run."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do."""
        parser.add_argument("action", choices=["start", "stop", "status"], help="what to do")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Do it, and say on stdout how things stand."""
        if os.environ.get("DATABASE_URL"):
            raise DatabaseUrlInUse(
                "DATABASE_URL is set: that database is not this project's to start or stop"
            )
        cluster = Cluster(settings.BASE_DIR)
        if action == "start":
            cluster.start()
        elif action == "stop":
            cluster.stop()
        status = cluster.status()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(status)))
        elif status.running:
            self.stdout.write(f"running on port {status.port} (process {status.pid}), data in {status.data}")
        else:
            self.stdout.write(f"stopped, data in {status.data}")
        if action == "status" and not status.running:
            sys.exit(1)
