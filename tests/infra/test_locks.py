"""The lock files: everything pinned, everything hashed, no address of any registry."""

from __future__ import annotations

import json
import re
from pathlib import Path


def test_every_python_package_has_one_version_and_a_hash(repository: Path) -> None:
    lines = (repository / "requirements" / "dev.lock").read_text(encoding="utf-8").splitlines()
    pins = [number for number, line in enumerate(lines) if line and line[0] not in "# "]
    assert len(pins) > 50
    for number in pins:
        assert re.fullmatch(r"[a-z0-9._\[\],-]+==[^\s;]+( ;.+)? \\", lines[number]), lines[number]
        assert "--hash=sha256:" in lines[number + 1]


def test_everything_that_is_asked_for_is_locked(repository: Path) -> None:
    folder = repository / "requirements"
    lock = (folder / "dev.lock").read_text(encoding="utf-8")
    for name in ("base.in", "dev.in"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if wanted := re.match(r"[a-z][a-z0-9.-]*", line):
                assert re.search(rf"(?m)^{wanted[0].replace('.', '-')}(\[.*\])?==", lock), line


def test_npm_packages_are_hashed_and_name_no_registry(repository: Path) -> None:
    text = (repository / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    packages = json.loads(text)["packages"]
    assert all(facts["integrity"].startswith("sha512-") for path, facts in packages.items() if path)


def test_npm_versions_are_exact(repository: Path) -> None:
    package = json.loads((repository / "package.json").read_text(encoding="utf-8"))
    for version in [*package["dependencies"].values(), *package["devDependencies"].values()]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert "omit-lockfile-registry-resolved=true" in (repository / ".npmrc").read_text(encoding="utf-8")
