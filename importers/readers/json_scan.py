"""Walk through JSON text without holding all of it as objects: the elements of one list come one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_BLANKS = re.compile("[ \t\r\n\x1e\ufeff]*")


class JsonScanner:
    """Top-level objects of a text, one after the other (a plain file, or one object a line)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is not blank, or nothing at the end."""
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def members(self, streamed: str) -> Iterator[tuple[str, Any, bool]]:
        """Walk through the object that begins here.

        Yields
        ------
        tuple
            Name, value, and whether the value is one element of the list called `streamed`.
        """
        self._expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            name = self._value()
            self._expect(":")
            if name == streamed and self.peek() == "[":
                yield name, [], False
                for element in self._elements():
                    yield name, element, True
            else:
                yield str(name), self._value(), False
            if self._ends("}"):
                return

    def _elements(self) -> Iterator[Any]:
        self._expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            if self._ends("]"):
                return

    def _ends(self, bracket: str) -> bool:
        """Step over a comma (more to come) or the closing bracket."""
        if self.peek() == bracket:
            self._at += 1
            return True
        self._expect(",")
        return False

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise json.JSONDecodeError(f'"{character}" is missing', self._text, self._at)
        self._at += 1

    def _value(self) -> Any:
        if not self.peek():
            raise json.JSONDecodeError("it ends too early", self._text, self._at)
        try:
            value, self._at = self._decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError) as error:
            # Brackets nested by the thousand, or a number of thousands of digits.
            raise json.JSONDecodeError("too deep or too long a value", self._text, self._at) from error
        return value
