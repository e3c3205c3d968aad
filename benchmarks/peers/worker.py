"""One engine in a process of its own: it loads its data, then measures a round each time it is told to.

    worker.py MODULE FOLDER POINTS WAY

It reads commands from stdin, `round` or `answer FILE`, and writes one line of JSON for each, the first when
its data are loaded. An engine is a module with `load(folder, count, way)`, which gives an object with

- `versions`: what is measured, in words;
- `round() -> (build, query)`: seconds to build what it needs to be fast, and seconds of the question itself;
- `pairs() -> (point, cell)`: the answer of the last round, a pair for each cell that holds a point.

`load` also asks it something small, so that no round pays for loading libraries and compiled code.
This runs in the peers' Python too: only what both have is imported here.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))


def main() -> int:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    module, folder, count, way = sys.argv[1:]

    def say(**facts: object) -> None:
        print(json.dumps(facts), file=answers, flush=True)

    try:
        engine = importlib.import_module(module).load(Path(folder), int(count), way)
        say(versions=engine.versions)
        for line in sys.stdin:
            command, _, rest = line.strip().partition(" ")
            if command == "round":
                build, query = engine.round()
                say(build=build, query=query)
            else:
                point, cell = engine.pairs()
                np.savez(rest, point=np.asarray(point, np.int64), cell=np.asarray(cell, np.int64))
                say(pairs=len(point))
    except Exception as error:  # noqa: BLE001 -- whatever it was, the table says it
        traceback.print_exc()
        say(failed=" ".join(f"{type(error).__name__}: {error}".split()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
