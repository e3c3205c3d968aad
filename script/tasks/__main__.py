"""The one entry of the scripts: `python3 script/tasks TASK [arguments]`, standard library only."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT))

from geogrid.cluster.errors import SetupError  # noqa: E402 -- found only now that the checkout is on the path

MODULES = {
    "check": "check",
    "dask": "dask_packages",
    "licences": "licences",
    "lock": "lock",
    "manage": "run_command",
    "server": "serve",
    "test": "suite",
}


def main() -> int:
    """Run a task; what the machine lacks is one sentence and exit code 2."""
    try:
        task = importlib.import_module(MODULES[sys.argv[1]])
        return int(task.main(ROOT, sys.argv[2:]))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except PermissionError as error:
        print(f"{error.filename}: no permission; run as the user who owns the checkout", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
