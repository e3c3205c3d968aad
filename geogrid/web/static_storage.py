"""Collected static files: our own get a hash into their names, npm's packages keep theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

from geogrid.web.vendor import PREFIX


class PageStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashes and compresses what is ours; compresses only what lies under `vendor/`."""

    def post_process(
        self,
        paths: dict[str, Any],
        dry_run: bool = False,  # noqa: FBT001, FBT002 -- Django's
        **options: Any,
    ) -> Iterator[tuple[str, str | None, Any]]:
        """Process what was collected."""
        own = {name: place for name, place in paths.items() if not name.startswith(PREFIX)}
        yield from super().post_process(own, dry_run=dry_run, **options)
        if not dry_run:
            for name, compressed in self.compress_files([name for name in paths if name not in own]):
                yield name, compressed, True

    def stored_name(self, name: str) -> str:
        """Give the name that a file is served by."""
        return name if name.startswith(PREFIX) else super().stored_name(name)
