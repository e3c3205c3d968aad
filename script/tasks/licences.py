"""`script/licences [--check]`: the licences of all that the lock files name, held against the allowed."""

from __future__ import annotations

import importlib.metadata
import json
import re
from dataclasses import dataclass
from pathlib import Path

from environment import NPM_LOCK, PYTHON_LOCK, ensure_environment
from say import say

REPORT = "docs/reference/licences.md"

HEADER = "| package | version | licence |\n|---|---|---|\n"
DEBIAN = """
## Debian

PostgreSQL (PostgreSQL), PostGIS (GPL-2.0-or-later), GDAL (MIT), GEOS (LGPL-2.1-or-later), PROJ (MIT) and
Node.js (MIT) are installed by the operating system and not distributed with the product.
"""

# What packages write, in the words of SPDX.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# The product itself is Apache-2.0: what it is shipped with must allow that. The LGPL and the MPL do, for
# parts that stay replaceable and unchanged.
ALLOWED = {
    *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0"),
    *("CNRI-Python", "HPND", "ISC", "LGPL-3.0-only", "MIT", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib"),
}
# Programs that are run while developing, never shipped and never imported.
ALLOWED_FOR_TOOLS = {*ALLOWED, "GPL-3.0-or-later"}


@dataclass(frozen=True, order=True)
class Package:
    """One package of a lock file."""

    name: str
    version: str
    licence: str
    shipped: bool

    @property
    def is_allowed(self) -> bool:
        """Tell whether every part of the licence is on the list, or one of its alternatives."""
        allowed = ALLOWED if self.shipped else ALLOWED_FOR_TOOLS
        alternatives = self.licence.strip("()").split(" OR ")
        return any(set(one.strip("() ").split(" AND ")) <= allowed for one in alternatives)


def main(root: Path, arguments: list[str]) -> int:
    """Write the report; with `--check` compare it. 1 when a licence is not allowed or the report is old."""
    ensure_environment(root)
    python, npm = _python_packages(root), _npm_packages(root)
    refused = [package for package in python + npm if not package.is_allowed]
    for package in refused:
        say(f"{package.name} {package.version}: the licence {package.licence!r} is not allowed")
    report = _report(python, npm)
    path = root / REPORT
    if "--check" not in arguments:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report, encoding="utf-8")
        say(f"{REPORT}: {len(python)} Python packages, {len(npm)} of npm")
    elif not path.exists() or path.read_text(encoding="utf-8") != report:
        say(f"{REPORT} does not agree with the lock files: run script/licences")
        return 1
    return 1 if refused else 0


def _python_packages(root: Path) -> list[Package]:
    """Read the lock; what the product's own requirements need, directly or not, is shipped."""
    versions, needed_by = _locked(root)
    shipped = {name for name, parents in needed_by.items() if "-r requirements/base.in" in parents}
    while grown := {name for name, parents in needed_by.items() if parents & shipped} - shipped:
        shipped |= grown
    licences = _installed_licences(root)
    return sorted(
        Package(name, version, licences.get(name, "not installed"), name in shipped)
        for name, version in versions.items()
    )


def _locked(root: Path) -> tuple[dict[str, str], dict[str, set[str]]]:
    versions: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    name = ""
    for line in (root / PYTHON_LOCK).read_text(encoding="utf-8").splitlines():
        if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", line):
            name = _canonical(pin[1])
            versions[name], needed_by[name] = pin[2], set()
        elif via := re.match(r"\s+# via (.+)", line):
            needed_by[name] = set(via[1].split(", "))
    return versions, needed_by


def _installed_licences(root: Path) -> dict[str, str]:
    folders = [str(folder) for folder in (root / ".venv" / "lib").glob("python3*/site-packages")]
    return {
        _canonical(found.metadata["Name"]): _licence(found.metadata)
        for found in importlib.metadata.distributions(path=folders)
    }


def _licence(metadata: importlib.metadata.PackageMetadata) -> str:
    """Prefer the SPDX expression, then the classifiers, then the free text's first line."""
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License :: ") and not value.endswith("OSI Approved")
    ]
    text = metadata.get("License-Expression") or " AND ".join(SPDX.get(name, name) for name in classifiers)
    text = text or (metadata.get("License") or "unknown").strip().splitlines()[0]
    return SPDX.get(text, text)


def _npm_packages(root: Path) -> list[Package]:
    packages = json.loads((root / NPM_LOCK).read_text(encoding="utf-8"))["packages"]
    return sorted(
        Package(
            path.rpartition("node_modules/")[2],
            facts["version"],
            facts.get("license", "unknown"),
            not (facts.get("dev") or facts.get("devOptional")),
        )
        for path, facts in packages.items()
        if path
    )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _report(python: list[Package], npm: list[Package]) -> str:
    parts = [
        "# Licences of the dependencies\n\nWritten by `script/licences` from the lock files; do not edit. "
        "It fails when a licence is unknown or not on the list of allowed ones.\n"
    ]
    for title, packages in (("Python", python), ("npm", npm)):
        for shipped, use in ((True, "at run time"), (False, "development only")):
            rows = [package for package in packages if package.shipped is shipped]
            table = [f"| {row.name} | {row.version} | {row.licence} |\n" for row in rows]
            parts.append(f"\n## {title}, {use}\n\n{HEADER}{''.join(table)}")
    return "".join([*parts, DEBIAN])
