"""npm's packages, served in place under `vendor/<name>-<version>/`: nothing is copied, bundled or committed.

Such an address holds its version, so that browsers may keep what it gives for ever, and a package's files
keep their names, by which they find one another (`maplibre-gl.mjs` looks for its worker beside itself).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

PREFIX = "vendor/"

#: The files of each package that browsers may ask for, as patterns below its folder.
PACKAGES: dict[str, tuple[str, ...]] = {
    "maplibre-gl": (
        *("LICENSE.txt", "dist/maplibre-gl.css"),
        *("dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs"),
    ),
    "lit-html": ("LICENSE", "*.js", "directives/*.js"),
}
#: What the pages' modules import by name; a name that ends in a slash is a folder.
MODULES: dict[str, str] = {
    "maplibre-gl": "maplibre-gl/dist/maplibre-gl.mjs",
    "lit-html": "lit-html/lit-html.js",
    "lit-html/": "lit-html/",
}


def _folder(package: str) -> Path:
    return Path(settings.BASE_DIR) / "node_modules" / package


@functools.cache
def package_version(package: str) -> str:
    """Give the version of a package as it is installed."""
    if package not in PACKAGES:
        raise ImproperlyConfigured(f"{package} is not among the packages that are served: add it to PACKAGES")
    try:
        facts = json.loads((_folder(package) / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ImproperlyConfigured(f"npm's package {package} is not installed: run script/server") from error
    return str(facts["version"])


def vendor_name(place: str) -> str:
    """Give the static file's name of `<package>/<path>`: `vendor/<package>-<version>/<path>`."""
    package, _, path = place.partition("/")
    return f"{PREFIX}{package}-{package_version(package)}/{path}"


class VendorFinder(BaseFinder):
    """Finds the allowed files of npm's packages."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        """Make a storage for each package; its prefix is the package's address."""
        super().__init__(*args, **kwargs)
        self.storages: dict[str, FileSystemStorage] = {}
        for package in PACKAGES:
            storage = FileSystemStorage(location=_folder(package))
            storage.prefix = vendor_name(package).removesuffix("/")  # type: ignore[attr-defined]
            self.storages[package] = storage

    def check(self, **kwargs: Any) -> list[Any]:
        """Have nothing to complain about: a package that is missing is an error of its own."""
        return []

    def list(self, ignore_patterns: list[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """Give every allowed file of every package."""
        for package, storage in self.storages.items():
            for path in _allowed_files(package):
                if not matches_patterns(path, ignore_patterns):
                    yield path, storage

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 -- Django's
        """Give the file of a static name, if it is allowed."""
        for package, storage in self.storages.items():
            prefix = f"{storage.prefix}/"  # type: ignore[attr-defined]
            inner = PurePosixPath(path).as_posix().removeprefix(prefix)
            if path.startswith(prefix) and inner in _allowed_files(package):
                found = storage.path(inner)
                return [found] if find_all else found
        return []


@functools.cache
def _allowed_files(package: str) -> tuple[str, ...]:
    folder = _folder(package)
    found = {path for pattern in PACKAGES[package] for path in folder.glob(pattern) if path.is_file()}
    return tuple(sorted(path.relative_to(folder).as_posix() for path in found))
