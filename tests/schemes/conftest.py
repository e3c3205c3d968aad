"""Documents to read and a way to read a text as if it were a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geogrid.core.errors import BadDocument
from schemes.documents import SchemeDocument, parse_document

SMALL = """\
scheme: example
name: Example
levels:
  - {code: city, tier: city, rule: partition}
  - {code: town, tier: street, rule: partition}
"""

Read = Callable[[str], SchemeDocument]
Refuse = Callable[[str], BadDocument]


@pytest.fixture
def small() -> str:
    """The smallest document of design.md §7: five lines, so that what a test adds begins on line 6."""
    return SMALL


@pytest.fixture
def read() -> Read:
    """Read a text that is expected to be a valid document."""
    return lambda text: parse_document(text, "x.yaml")


@pytest.fixture
def refuse() -> Refuse:
    """Read a text that is expected to be refused, and return the error."""

    def _refuse(text: str) -> BadDocument:
        with pytest.raises(BadDocument) as caught:
            parse_document(text, "x.yaml")
        return caught.value

    return _refuse
