"""The server's settings, written anew at each start so that they ship with the code."""

from __future__ import annotations

import os
from pathlib import Path

MEBIBYTE = 1024 * 1024


def configuration(port: int, *, durable: bool = True) -> str:
    """Write the text of `geogrid.conf`, sized to the memory of the machine.

    What is not durable waits for no disk: if the machine fails, all of it may be lost.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE
    settings = {
        "listen_addresses": "'127.0.0.1'",
        "port": str(port),
        "unix_socket_directories": "''",
        "password_encryption": "'scram-sha-256'",
        "max_connections": "100",
        "shared_buffers": f"'{_clamp(memory // 32, 128, 1024)}MB'",
        "effective_cache_size": f"'{_clamp(memory // 2, 512, 65536)}MB'",
        "work_mem": f"'{_clamp(memory // 512, 8, 64)}MB'",
        "maintenance_work_mem": f"'{_clamp(memory // 64, 64, 1024)}MB'",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "max_wal_size": "'4GB'",
        "max_locks_per_transaction": "128",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "random_page_cost": "1.1",
        # Spatial queries are short; compiling each plan costs more than it saves.
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "logging_collector": "on",
        "log_directory": "'log'",
        "log_filename": "'postgresql-%a.log'",
        "log_rotation_age": "'1d'",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "'%m [%p] %a '",
        # Statements may carry people's data; the log holds messages only.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def _clamp(value: int, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, value))


def _shared_memory_type() -> str:
    """Avoid a /dev/shm as small as containers have it: parallel queries would fail there."""
    shared = Path("/dev/shm")  # noqa: S108 -- asked for its size, never written to
    if not shared.is_dir():
        return "mmap"
    room = os.statvfs(shared)
    return "posix" if room.f_frsize * room.f_blocks >= 512 * MEBIBYTE else "mmap"
