"""Where Debian keeps PostgreSQL's programs; never what happens to be on a PATH."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geogrid.cluster.errors import MissingPackages, SetupError

PROGRAMS = Path("/usr/lib/postgresql")
EXTENSIONS = Path("/usr/share/postgresql")


@dataclass(frozen=True)
class Programs:
    """One major version of PostgreSQL on this machine."""

    version: int
    directory: Path

    def path(self, program: str) -> str:
        """Give the full path of a program."""
        return str(self.directory / program)


def installed(*, with_postgis: bool = True) -> list[Programs]:
    """List the usable versions, the newest first."""
    found = []
    for directory in PROGRAMS.glob("*/bin"):
        version = directory.parent.name
        needed = "postgres" if with_postgis else "pg_dump"
        if not version.isdigit() or not (directory / needed).exists():
            continue
        if with_postgis and not (EXTENSIONS / version / "extension" / "postgis.control").exists():
            continue
        found.append(Programs(int(version), directory))
    return sorted(found, key=lambda programs: programs.version, reverse=True)


def server_programs(data: Path) -> Programs:
    """Choose the version that made `data`, or the newest with PostGIS for a new cluster."""
    versions = installed()
    if not versions:
        raise MissingPackages("PostgreSQL with PostGIS is not installed")
    made_by = data / "PG_VERSION"
    if not made_by.exists():
        return versions[0]
    version = int(made_by.read_text().strip())
    for programs in versions:
        if programs.version == version:
            return programs
    raise SetupError(
        f"the data in {data} was made by PostgreSQL {version}, which is not installed any more: install "
        f"postgresql-{version}-postgis-3, then move the data with the commands backup and restore"
    )


def client_programs() -> Programs:
    """Choose the newest psql, pg_dump and pg_restore."""
    versions = installed(with_postgis=False)
    if not versions:
        raise MissingPackages("PostgreSQL's client programs are not installed")
    return versions[0]


def psql(programs: Programs, environment: Mapping[str, str], script: str) -> subprocess.CompletedProcess[str]:
    """Run a script, stopping at the first error; rows come back unaligned, separated by `|`."""
    command = [programs.path("psql"), "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
    return subprocess.run(
        command,
        input=script,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **environment},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
