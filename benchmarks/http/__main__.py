"""`/api/v1/locate` under load: cells and posts of random places, over HTTP.

    apt-get install nghttp2-client  brings h2load
    script/manage first_start       the demonstration is in the database
    .venv/bin/python benchmarks/http [--seconds N] [--clients N] [--scheme CODE]

Starts a server of its own as `script/server` does (granian, two processes of two threads) on a free port; its
rates are counted but never reached. The load runs on the same cores. Each request asks for another place.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.dev")

import django

django.setup()

import numpy as np
import shapely
from beside import BESIDE, NotRunning, Site, site_served
from django.utils import timezone
from loading import Load, full_load, steady_load
from service import served
from spent import spent

from boundaries.selectors import land_at, scheme_get, schemes_with_edition
from geogrid.core.land import Land
from geogrid.core.lattice import snap
from geogrid.core.leaves import leaves_of

PLACES = 20_000
WANTED_RATE, WANTED_P99_MS = 1500, 15


def main() -> int:
    """Print a table; 1 if an answer is wrong or missing."""
    options = asked()
    land, scheme = the_land(options.scheme)
    places, codes = places_of(land)
    paths = [f"/api/v1/locate?lon={lon:.8f}&lat={lat:.8f}" for lon, lat in places.tolist()]
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"scheme {scheme}: {len(land):,} cells; {len(places):,} places; {os.cpu_count()} cores, load {load}\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad = our_loads(options, paths, codes, scheme, folder)
        if not options.alone:
            for site in BESIDE:
                peer_load(site, options, land, places, folder)
    print(f"\nwanted: {WANTED_RATE} requests/s, p99 {WANTED_P99_MS} ms at half of that")
    return 1 if bad else 0


def our_loads(
    options: argparse.Namespace, paths: list[str], codes: list[str], scheme: str, folder: Path
) -> int:
    """Measure this project; give how many answers were wrong or missing."""
    with served() as (port, session):
        base = f"http://127.0.0.1:{port}"
        wrong = wrong_answers(port, paths[: options.sample], codes, scheme)
        print(f"{options.sample} answers compared with shapely's: {wrong} wrong\n")
        full_load(base, paths, clients=options.clients, seconds=3, folder=folder)
        before = spent(session)
        full = full_load(base, paths, clients=options.clients, seconds=options.seconds, folder=folder)
        print(f"{spent(session).since(before).each(len(full.latencies))}\n")
        print("| load | requests/s | p50 | p95 | p99 | longest | errors |\n|---|---|---|---|---|---|---|")
        print_row(f"{options.clients} connections, always busy", full)
        errors = full.errors
        for rate in dict.fromkeys((round(full.rate / 2), WANTED_RATE // 2)):
            if rate > full.rate:
                print(f"| {rate}/s, whatever happens | not asked: more than it can take | | | | | |")
                continue
            steady = steady_load(port, paths, rate=rate, seconds=options.seconds)
            print_row(f"{rate:.0f}/s, whatever happens", steady)
            errors += steady.errors
    return wrong + errors


def peer_load(site: Site, options: argparse.Namespace, land: Land, places: np.ndarray, folder: Path) -> None:
    """Measure a peer, or say why it cannot be."""
    paths = [site.path.format(lon=lon, lat=lat) for lon, lat in places.tolist()]
    try:
        with site_served(site, land, folder) as base:
            full_load(base, paths, clients=options.clients, seconds=3, folder=folder)
            full = full_load(base, paths, clients=options.clients, seconds=options.seconds, folder=folder)
            print_row(f"{site.title}: {options.clients} connections, always busy", full)
    except (NotRunning, SystemExit) as reason:
        print(f"| {site.title} | {' '.join(str(reason).split())[-300:]} | | | | | |")


def asked() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=15, help="of each load")
    parser.add_argument("--clients", type=int, default=16, help="connections of the full load")
    parser.add_argument("--scheme", help="whose land; else the first one in force")
    parser.add_argument("--sample", type=int, default=200, help="answers to compare")
    parser.add_argument("--alone", action="store_true", help="without MapIt and represent-boundaries")
    return parser.parse_args()


def the_land(code: str | None) -> tuple[Land, str]:
    """Read the land in force."""
    now = timezone.now()
    scheme = scheme_get(code) if code else schemes_with_edition(now)[0]
    return land_at(scheme, now), scheme.code


def places_of(land: Land) -> tuple[np.ndarray, list[str]]:
    """Draw places of the land and say in which leaf each lies, by shapely alone."""
    leaves = leaves_of(land)
    tree = shapely.STRtree(leaves.shapes)
    west, south, east, north = shapely.total_bounds(leaves.shapes)
    rng = np.random.default_rng(20261125)
    places, codes = np.empty((0, 2)), []
    while len(places) < PLACES:
        drawn = snap(rng.uniform((west, south), (east, north), (PLACES, 2)))
        place, leaf = tree.query(shapely.points(drawn), predicate="intersects")
        # The leaves are in the order of their codes: the first of several is the one of the tie rule.
        order = np.lexsort((leaf, place))
        place, first = np.unique(place[order], return_index=True)
        places = np.concatenate([places, drawn[place]])
        codes += [land.code[int(leaves.cell[number])] for number in leaf[order][first]]
    return places[:PLACES], codes[:PLACES]


def wrong_answers(port: int, paths: list[str], codes: list[str], scheme: str) -> int:
    """Ask one by one, and compare the leaf; where the scheme has posts the answer has to name some."""
    has_posts = bool(scheme_get(scheme).document.get("posts"))
    service = HTTPConnection("127.0.0.1", port)
    wrong = 0
    for path, code in zip(paths, codes, strict=False):
        service.request("GET", path)
        answer = json.loads(service.getresponse().read())
        here = [one for one in answer.get("schemes", []) if one["scheme"] == scheme]
        right = bool(here) and here[0]["cells"][-1]["code"] == code
        wrong += not (right and (here[0]["responsible"] or not has_posts))
    service.close()
    return wrong


def print_row(words: str, load: Load) -> None:
    """Print what a load came to."""
    shares = " | ".join(f"{load.percentile(share):.1f} ms" for share in (50, 95, 99, 100))
    print(f"| {words} | {load.rate:,.0f} | {shares} | {load.errors} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
