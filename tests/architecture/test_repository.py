"""The shape of the repository, and what must never be committed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MANDATED = (
    "geogrid",
    "boundaries",
    "layers",
    "importers",
    "static",
    "data",
    "tests",
    "manage.py",
    "pyproject.toml",
)
GENERATED = ("package-lock.json", "requirements/dev.lock", "LICENSE")

# Put together here, so that this file does not find itself.
REGISTRIES = re.compile(
    "|".join(
        (
            *("pypi" + r"\.", "python" + "hosted", "npm" + r"js\.", "npm" + "mirror"),
            *("https?://" + r"[^/\s]*registry", "index" + r"-url[ =]+\w"),
        )
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me")) + r")/\w")
UNWANTED_MODULES = {"utils.py", "helpers.py", "common.py", "misc.py"}


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[Path]:
    """Every file that a clone would have, and those that wait to be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := repository / name).is_file()]


def _lines(paths: list[Path], repository: Path) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(repository)}:{number}", line


@pytest.mark.parametrize("name", MANDATED)
def test_the_mandated_folders_and_files_are_there(repository: Path, name: str) -> None:
    assert (repository / name).exists()


def test_no_committed_file_names_a_package_registry(tracked: list[Path], repository: Path) -> None:
    found = [place for place, line in _lines(tracked, repository) if REGISTRIES.search(line)]
    assert found == []


def test_no_committed_file_names_a_path_of_some_machine(tracked: list[Path], repository: Path) -> None:
    found = [place for place, line in _lines(tracked, repository) if MACHINE_PATHS.search(line)]
    assert found == []


def test_what_is_made_at_run_time_is_not_committed(tracked: list[Path], repository: Path) -> None:
    made = (".venv", "node_modules", "var")
    assert [path for path in tracked if path.relative_to(repository).parts[0] in made] == []


def test_modules_are_named_by_their_subject(tracked: list[Path]) -> None:
    assert [path for path in tracked if path.name in UNWANTED_MODULES] == []


def test_no_source_file_is_longer_than_can_be_read(tracked: list[Path], repository: Path) -> None:
    long = {
        str(path.relative_to(repository)): lines
        for path in tracked
        if path.suffix in {".py", ".js", ".css", ".sql", ".html"}
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 800
    }
    assert long == {}


def test_the_licence_is_apache_2(repository: Path) -> None:
    text = (repository / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
