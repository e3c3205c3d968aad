#!/usr/bin/env python3
"""Django's door to the commands; `script/manage` opens it with the database up."""

from __future__ import annotations

import os
import sys

from geogrid.cluster.errors import SetupError


def main() -> int:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
