"""Leaflet's script and style sheet as text that needs no other file."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from geogrid.core.errors import UnreadableFile

_IMAGE = re.compile(r"url\(\s*[\"']?(images/[\w.-]+\.png)[\"']?\s*\)")
_OLD_BROWSERS = re.compile(r"\n\s*behavior: url\(#default#VML\);")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+")


def leaflet_script(assets: Path) -> str:
    """Read Leaflet's script from its dist folder, without the pointer to its source map."""
    script = _SOURCE_MAP.sub("", _text(assets / "leaflet.js"))
    if "</script" in script.lower():
        raise UnreadableFile(
            f"{assets / 'leaflet.js'} cannot stand inside a page; install npm's leaflet 1.9."
        )
    return script


def leaflet_style(assets: Path) -> str:
    """Read Leaflet's style sheet, with its images inside as data."""
    style = _OLD_BROWSERS.sub("", _text(assets / "leaflet.css"))
    return _IMAGE.sub(lambda match: f"url({_data_uri(assets / match[1])})", style)


def _data_uri(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(_bytes(path)).decode('ascii')}"


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"The report needs Leaflet, and {path} cannot be read ({error.strerror}); run npm ci first.",
            path=str(path),
        ) from error
