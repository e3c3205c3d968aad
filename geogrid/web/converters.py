"""What may stand in an address. A text that the database cannot hold is no address of anything."""

from __future__ import annotations

from functools import cache

from django.urls import register_converter
from django.urls.converters import StringConverter


class CodeConverter(StringConverter):
    """A code between two slashes."""

    regex = r"[^/\x00-\x1f]{1,200}"


class KeyConverter(StringConverter):
    """A code or key at the end of an address: it may hold slashes."""

    regex = r"[^\x00-\x1f]{1,500}"


@cache
def register() -> None:
    """Let addresses use `<code:…>` and `<key:…>`; whoever needs them asks, the first time counts."""
    register_converter(CodeConverter, "code")
    register_converter(KeyConverter, "key")
