#!/usr/bin/env python3
"""Django's door to the commands; `script/manage` opens it with the database up."""

from __future__ import annotations

import os
import sys

from geogrid.cluster.errors import SetupError
from geogrid.core.errors import Conflict, GeogridError, NotAllowed, Refused

EXIT_NO = 1
EXIT_BAD_INPUT = 2


def main() -> int:
    """Run the command that the arguments name; what it refuses is one sentence and an exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except (Refused, Conflict, NotAllowed) as error:
        print(error.message, file=sys.stderr)
        return EXIT_NO
    except GeogridError as error:
        print(error.message, file=sys.stderr)
        return EXIT_BAD_INPUT
    except SetupError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except OperationalError as error:
        print(f"the database does not answer: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
