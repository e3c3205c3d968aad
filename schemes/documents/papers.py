"""Blocks of a document about papers: legal basis, forms, notices, ledgers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from schemes.documents.values import Block, Code, Day, Positive, Scalar, Text, Title


class LegalBasisBlock(Block):
    """A law, regulation or policy document behind the scheme; plain text is its title."""

    code: Code | None = None
    """Short name that duties and steps cite."""
    title: Title
    """Title."""
    number: Text | None = None
    """Document number."""
    issuer: Text | None = None
    """Who issued it."""
    date: Day | None = None
    """Day of issue."""
    file: Text | None = None
    """File that holds its text."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"title": value} if isinstance(value, str) else value


class DocumentBlock(Block):
    """A form that is filled from a case."""

    code: Code | None = None
    """Short name."""
    name: Title
    """Name for people."""
    direction: Literal["up", "down", "public"] | None = None
    """To the level above, below, or to the public."""
    fields: list[Text] = Field(default=[], min_length=1)
    """What it holds."""
    template: Text | None = None
    """Text with placeholders."""
    number: Text | None = None
    """Rule by which it is numbered."""


class NoticeBlock(Block):
    """Something shown or sent: a plate, a map, an announcement."""

    code: Code
    """Short name."""
    name: Title | None = None
    """Name for people; the code if left out."""
    place: Text | None = None
    """Where it hangs."""
    fields: list[Text] = Field(default=[], min_length=1)
    """What it says."""
    levels: list[Scalar] = Field(default=[], min_length=1)
    """Levels it shows, by code or by number from the top."""
    send_to: list[Text] = Field(default=[], min_length=1)
    """Who gets it."""


class DueBlock(Block):
    """A day that comes again."""

    day: Positive = Field(le=31)
    """Day of the period; the last one if the period is shorter."""
    per: Literal["month", "quarter", "half_year", "year"] = "month"
    """The period."""


class LedgerBlock(Block):
    """A table handed in regularly."""

    code: Code | None = None
    """Short name."""
    name: Title
    """Name for people."""
    due: DueBlock
    """When it is handed in."""
    by: Text
    """Who hands it in."""
    columns: list[Text] = Field(default=[], min_length=1)
    """Its columns."""


class BorderUnclearBlock(Block):
    """What happens to a matter whose place is not clearly in one cell."""

    to: Text
    """Who decides."""
    follow_up: Code | None = Field(default=None, alias="then")
    """What becomes of the decision."""
