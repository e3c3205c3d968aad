"""`backup`: the whole database in one file, with everything needed to see that it came back whole."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg

from geogrid.cluster.connection import Connection
from geogrid.cluster.errors import SetupError
from geogrid.cluster.programs import client_programs
from geogrid.core.errors import BadInput
from geogrid.db.archive import CHUNK, FORMAT, Manifest, write_archive
from geogrid.db.census import take_census
from geogrid.db.target import psycopg_arguments


def write_backup(path: Path, source: Connection) -> Manifest:
    """Write the database into `path`, which appears only when it is complete, readable by its owner only."""
    if not path.parent.is_dir():
        raise BadInput(f"{path.parent} is not a folder: make it first, or name another")
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            manifest = _write(stream, source)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _write(stream: IO[bytes], source: Connection) -> Manifest:
    """Count and dump in one snapshot, so that the counts are the dump's."""
    with psycopg.connect(**psycopg_arguments(source)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot(), version()").fetchone()
        assert row is not None
        snapshot, version = row
        census = take_census(connection)

        def describe(size: int, sha256: str) -> Manifest:
            return Manifest(
                format=FORMAT,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                postgresql=version,
                migrations=census.migrations,
                extensions=census.extensions,
                tables=census.tables,
                dump_bytes=size,
                dump_sha256=sha256,
            )

        return write_archive(stream, _dump(source, snapshot), describe)


def _dump(source: Connection, snapshot: str) -> Iterator[bytes]:
    command = [client_programs().path("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [*command, "--no-password", f"--snapshot={snapshot}"],
            env={**os.environ, **source.libpq()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        with process:
            assert process.stdout is not None
            while chunk := process.stdout.read(CHUNK):
                yield chunk
        if process.returncode != 0:
            complaints.seek(0)
            raise SetupError(f"pg_dump failed: {complaints.read().decode(errors='replace').strip()}")
