"""How long a newcomer waits: from `script/server` on an empty database to the first painted map.

    .venv/bin/python -m benchmarks.first_paint

Clones the last commit into a folder of its own, with the packages of this checkout (a warm machine: nothing
is downloaded), starts the server there, and opens `/` in chromium as soon as it answers. Then once more, with
the database that is there by then. Targets: painted in under 20 s, a second start ready in under 10 s, the
page loaded in under 2 s.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browsing import started_browser

ROOT = Path(__file__).resolve().parent.parent
LINKED = (".venv", "node_modules")
LONGEST_S = 180


@contextmanager
def clone() -> Iterator[Path]:
    """Give a fresh clone; its database is stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="geogrid-first-"))
    place = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place)], check=True)
    for name in LINKED:
        (place / name).symlink_to((ROOT / name).resolve())
    try:
        yield place
    finally:
        subprocess.run([str(place / "script" / "manage"), "db", "stop"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether the service answers."""
    asked = HTTPConnection("127.0.0.1", port)
    try:
        asked.request("GET", "/healthz")
        return asked.getresponse().status == 200
    except OSError:
        return False
    finally:
        asked.close()


def measure(place: Path, browser: Browser) -> tuple[float, float, float]:
    """Start the server; give the seconds to its first answer, to the painted map, and the page's own load."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    begun = time.monotonic()
    environment = {**os.environ, "GEOGRID_PORT": str(port)}
    with subprocess.Popen(
        [str(place / "script" / "server")], cwd=place, env=environment, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while not answers(port):
                if server.poll() is not None or time.monotonic() - begun > LONGEST_S:
                    raise SystemExit(f"the server does not answer (exit {server.poll()})")
                time.sleep(0.05)
            ready = time.monotonic() - begun
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
            page.goto(f"{address}/")
            page.wait_for_selector("#ws-map[data-drawn=true]", timeout=LONGEST_S * 1000)
            painted = time.monotonic() - begun
            load = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")
            page.close()
            return ready, painted, float(load)
        finally:
            server.terminate()


def main() -> None:
    """Print both starts."""
    with started_browser() as browser, clone() as place:
        print(f"{'':<28}{'answers':>10}{'map painted':>14}{'page load':>12}")
        for name in ("first start, empty database", "second start"):
            ready, painted, load = measure(place, browser)
            print(f"{name:<28}{ready:>8.1f} s{painted:>12.1f} s{load:>10.2f} s", flush=True)


if __name__ == "__main__":
    main()
