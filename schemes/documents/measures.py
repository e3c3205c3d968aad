"""Blocks of a document that measure the work: indicators, assessments, deductions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from schemes.documents.duties import Period
from schemes.documents.values import Amount, Block, Code, Expression, Number, Positive, Share, Text, Title


class IndicatorBlock(Block):
    """A number that tells how well the work goes."""

    code: Code
    """Short name."""
    name: Title | None = None
    """Name for people; the code if left out."""
    formula: Expression | None = None
    """How it is computed."""
    source: Literal["survey", "register", "cases", "manual"] | None = None
    """Where it comes from if it has no formula."""
    per: Period | None = None
    """How often."""
    target: Number | None = None
    """What should be reached."""
    weight: Share | None = None
    """Share in the assessment; all weights of a list add up to 1."""


class IndicatorTableBlock(Block):
    """Indicators of which only the number and the names are known."""

    count: Positive
    """How many there are."""
    per: Period | None = None
    """How often they are computed."""
    names: list[Code] = Field(min_length=1)
    """Their codes."""


class IndicatorsBlock(Block):
    """The indicators, as a list or as a table; in a document the list stands for itself."""

    items: list[IndicatorBlock] = []
    """The list."""
    table: IndicatorTableBlock | None = None
    """The table."""

    @model_validator(mode="before")
    @classmethod
    def _from_list_or_table(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"items": value}
        if isinstance(value, dict) and not {"items", "table"} & set(value):
            return {"table": value}
        return value


class AssessmentBlock(Block):
    """How cells and persons are assessed."""

    indicators: list[IndicatorBlock] = Field(default=[], min_length=1)
    """What counts, with weights."""
    public: bool = False
    """The result is public."""
    own: bool = Field(default=False, alias="self")
    """Each cell scores itself first."""
    upper: bool = False
    """The cell above scores it."""
    per: Period | None = None
    """How often."""
    copy_to: list[Text] = Field(default=[], min_length=1)
    """Who gets the result."""


class DeductionBlock(Block):
    """Points that a case costs."""

    when: Expression
    """Condition."""
    points: Amount
    """Points."""
