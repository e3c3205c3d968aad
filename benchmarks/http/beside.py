"""MapIt and represent-boundaries on the same cells: own environments, own databases, the same kind of server.

They answer with the areas that hold a place; neither knows posts, ties, times or distances.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import shapely
from django.db import connection
from psycopg import sql
from service import ROOT, free_port, server_of

from benchmarks.peers.environment_of_peers import ensure_python
from geogrid.core.land import Land

SITES = Path(__file__).resolve().parent / "sites"


@dataclass(frozen=True)
class Site:
    """A peer: the name of its lock and module, and the address that a place has there."""

    name: str
    title: str
    path: str


BESIDE = (
    Site("mapit", "django-mapit", "/point/4326/{lon:.8f},{lat:.8f}"),
    Site("represent", "represent-boundaries", "/boundaries/?contains={lat:.8f},{lon:.8f}"),
)


class NotRunning(Exception):
    """A peer that cannot be made to run, and why."""


@contextmanager
def site_served(site: Site, land: Land, folder: Path) -> Iterator[str]:
    """Serve a peer with the cells of a land, and give its address; its database goes at the end."""
    try:
        python = ensure_python(ROOT, site.name)
    except (OSError, RuntimeError) as error:
        raise NotRunning(str(error)) from None
    database = f"bench_{site.name}"
    with _database(database) as environment:
        cells = folder / "cells.json"
        cells.write_text(json.dumps(_cells(land)), encoding="utf-8")
        command = [str(python), str(SITES / f"{site.name}_site.py"), str(cells)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotRunning(f"not loaded: {done.stderr.strip().splitlines()[-1]}")
        port = free_port()
        granian = [str(python), "-m", "granian", f"{site.name}_site:application", "--interface", "wsgi"]
        granian += ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "2"]
        granian += ["--log-level", "warning", "--no-ws"]
        with server_of(granian, environment, port, "/", cwd=SITES):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def _database(name: str) -> Iterator[dict[str, str]]:
    facts = connection.settings_dict
    target = {key: facts[key] for key in ("HOST", "PORT", "USER", "PASSWORD")} | {"NAME": name}
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield {**os.environ, "BENCH_DATABASE": json.dumps(target), "PYTHONPATH": str(SITES)}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop)


def _cells(land: Land) -> list[dict[str, str]]:
    return [
        {
            "level": land.levels[int(level)].code,
            "code": code,
            "name": name,
            "wkb": shapely.to_wkb(shape).hex(),
        }
        for level, code, name, shape in zip(land.level, land.code, land.name, land.shapes, strict=True)
    ]
