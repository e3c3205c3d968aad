"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geogrid.core.errors import BadInput

_PREFIX = ".geogrid-export-"
_STALE_AFTER_S = 3600.0


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Give a place to write a file; move it under its final name if nothing failed.

    The place lies in a hidden folder beside the target, so the move is a rename within one file system: the
    old file is there until the new one is. Further files written beside the staged one are moved as well, the
    named one last. What a killed export left behind is removed by a later one.

    Raises
    ------
    BadInput
        If the folder does not exist, or the file cannot be written there.
    """
    if target.is_dir():
        raise BadInput(f"{target} is a folder; name a file to write to.", path=str(target))
    if not target.parent.is_dir():
        raise BadInput(f"There is no folder {target.parent}; make it first.", path=str(target.parent))
    try:
        _remove_stale(target.parent)
        with _locked_folder(target.parent) as folder:
            yield folder / target.name
            _publish(folder, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"{target} cannot be written: {reason}.", path=str(target)) from error


@contextmanager
def _locked_folder(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(descriptor)


def _publish(folder: Path, target: Path) -> None:
    written = sorted(
        (path for path in folder.iterdir() if path.is_file()), key=lambda path: path.name == target.name
    )
    for path in written:
        _flush(path)
    for path in written:
        path.replace(target.parent / path.name)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_stale(parent: Path) -> None:
    """Remove the folders of exports that were killed: old, and locked by nobody."""
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < _STALE_AFTER_S:
                continue
            descriptor = os.open(folder, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
