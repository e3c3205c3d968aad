"""The import map: where the browser finds the modules that our sources import.

Sources keep their relative imports and bare names. The map gives every module of ours its hashed address, so
that it may be cached for ever, and every package its place under `vendor/`. It is the one inline script of a
page; its hash goes into the page's Content-Security-Policy.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage

from geogrid.web.vendor import MODULES, vendor_name

OWN_MODULES = "geogrid/js/"


@dataclass(frozen=True)
class ImportMap:
    """The text of the script and its hash as Content-Security-Policy writes it, without the quotes."""

    text: str
    digest: str

    @classmethod
    def of(cls, imports: dict[str, str]) -> ImportMap:
        """Write a map down."""
        # Within a script element only `<` can do harm; JSON may write it as an escape.
        text = json.dumps({"imports": imports}, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        return cls(text, f"sha256-{digest}")


def import_map() -> ImportMap:
    """Give the map of the static files as they were collected."""
    # The manifest fixes which names there are; without one nothing is hashed, and only packages are mapped.
    manifest = getattr(staticfiles_storage, "manifest_hash", "")
    return _import_map(manifest) if manifest else ImportMap.of(_imports())


@functools.lru_cache(maxsize=4)
def _import_map(manifest: str) -> ImportMap:
    return ImportMap.of(_imports())


def _imports() -> dict[str, str]:
    storage: Any = staticfiles_storage
    imports = {name: storage.base_url + vendor_name(place) for name, place in MODULES.items()}
    for name in getattr(storage, "hashed_files", {}):
        plain, served = storage.base_url + name, storage.url(name)
        if name.startswith(OWN_MODULES) and name.endswith(".js") and plain != served:
            imports[plain] = served
    return imports
