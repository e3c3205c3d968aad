"""Blocks of a document about recurring work: rules that classify, duties, cadences, plans."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from schemes.documents.problems import shown
from schemes.documents.values import (
    Block,
    Code,
    Day,
    Expression,
    Month,
    Positive,
    Scalar,
    Text,
    Title,
    own_error,
)

Period = Literal["day", "week", "month", "quarter", "half_year", "year"]


class RuleBlock(Block):
    """A rule that classifies objects; of several with one name the lowest priority that holds wins."""

    name: Code
    """What is decided."""
    when: Expression | None = None
    """Condition."""
    then: Scalar = None
    """Answer if it holds; true if left out."""
    otherwise: Scalar = Field(default=None, alias="else")
    """Answer if it does not hold."""
    priority: Positive | None = None
    """Order in which rules of one name are tried."""
    table: dict[Code, Scalar] | None = Field(default=None, min_length=1)
    """Answers by class, instead of `when` and `then`."""
    default: Scalar = None
    """Answer for classes that the table does not name."""


class DutyBlock(Block):
    """Work that a post does again and again."""

    code: Code | None = None
    """Short name."""
    name: Title | None = None
    """Name for people."""
    post: Code | None = None
    """Who does it; everyone with a post if left out."""
    kind: Code | None = None
    """What sort of work: inspect, recheck, publicity, meeting, guidance, patrol, …"""
    topic: Text | None = None
    """What it is about."""
    per: Period | None = None
    """Period in which it is due `count` times."""
    count: Positive | None = None
    """How often a period."""
    periods: list[Period] = Field(default=[], min_length=1)
    """Due once in each of these periods."""
    on_demand: bool = False
    """Done when somebody asks."""
    trigger: Code | None = None
    """Event that makes it due."""
    season: list[Month] = Field(default=[], min_length=1)
    """Months in which it is due."""
    form: Code | None = None
    """Form that the record fills."""
    domain: Code | None = None
    """One of the document's `domains`."""
    basis: list[Text] = Field(default=[], min_length=1)
    """Entries of `legal_basis` it rests on."""


class CadenceBlock(Block):
    """How often objects of a class are visited."""

    per: Literal["day", "week", "month", "quarter", "half_year", "year", "none"]
    """Period, or `none`."""
    count: Positive | None = None
    """Visits a period."""
    on_complaint: bool = False
    """A complaint makes a visit due."""


class MilestoneBlock(Block):
    """A step of a plan."""

    by: Day
    """Deadline."""
    what: Text
    """What is to be reached; may be an expression over registers."""
    name: Title | None = None
    """Name for people."""


class CampaignBlock(Block):
    """Work of many posts for a limited time."""

    name: Title
    """Name for people."""
    partner: Text | None = Field(default=None, alias="with")
    """Who takes part besides."""
    season: list[Month] = Field(default=[], min_length=1)
    """Months in which it runs."""
    start: Day | None = Field(default=None, alias="from")
    """First day."""
    end: Day | None = Field(default=None, alias="to")
    """Last day."""
    area: Text | None = None
    """Where."""
    pairing: Literal["draw"] | None = None
    """Cells are paired by a draw with a kept seed."""
    temp_access: bool = False
    """Inspectors get access to the other cell for the time."""


class CheckBlock(Block):
    """A regular check: one expression, a list of mechanisms, or a random draw."""

    expression: Expression | None = None
    """Holds or does not; a plain text in place of the block is the same."""
    mechanisms: list[Code] = Field(default=[], min_length=1)
    """Listed when idle for a period; a plain list in place of the block is the same."""
    seed: Scalar = None
    """Seed of a draw: a number, or `required` from whoever draws."""

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"expression": value}
        if isinstance(value, list):
            return {"mechanisms": value}
        if not isinstance(value, dict | CheckBlock):
            raise own_error(f"is {shown(value)}, but an expression, a list or a mapping is wanted")
        return value
