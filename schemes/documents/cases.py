"""Blocks of a document about matters (事项): their kinds, states and transitions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from schemes.documents.problems import shown
from schemes.documents.values import (
    Amount,
    Block,
    Call,
    Code,
    Day,
    Duration,
    Expression,
    FieldName,
    Scalar,
    Text,
    Title,
    own_error,
)


class TransitionBlock(Block):
    """One step of a case from a state to the next."""

    source: Code = Field(alias="from")
    """State before."""
    target: Code = Field(alias="to")
    """State after."""
    name: Title | None = None
    """Name of the step for people."""
    by: Code | None = None
    """Role that takes the step."""
    partner: Code | None = Field(default=None, alias="with")
    """Role that helps."""
    when: Expression | None = None
    """Condition."""
    reason: Code | None = None
    """Reason that must be given."""
    within: Duration | None = None
    """Time allowed since the state before."""
    on_late: Call | None = None
    """What happens when the time has passed."""
    to_orgs: list[Code] = Field(default=[], min_length=1)
    """Everyone who must be told."""
    notify: list[Text] = Field(default=[], min_length=1)
    """Everyone else who is told."""
    report: Text | None = None
    """Body that a report goes to."""
    request: list[Code] = Field(default=[], min_length=1)
    """Means that are asked for."""
    assign: Expression | None = None
    """Who gets the case: a post, `parent.POST` or `ancestor(LEVEL).POST`."""
    doc: Text | None = None
    """Document that is issued."""
    if_ongoing: Text | None = None
    """Document issued instead while the violation goes on."""
    on_site: bool = False
    """The document is issued on the spot."""
    needs: list[Code] = Field(default=[], min_length=1)
    """Evidence without which the step is refused."""
    amount: list[Amount] | None = Field(default=None, min_length=2, max_length=2)
    """Smallest and largest sum in yuan."""
    mandatory_if: Expression | None = None
    """When the step must be taken."""
    variants: dict[Code, Code] | None = Field(default=None, min_length=1)
    """Form of the step by kind of case."""
    effect: Call | None = None
    """What the step does to the object."""
    basis: list[Text] = Field(default=[], min_length=1)
    """Entries of `legal_basis` it rests on."""

    @model_validator(mode="after")
    def _ordered_amount(self) -> TransitionBlock:
        if self.amount and self.amount[0] > self.amount[1]:
            raise own_error(f"has an amount whose first sum {self.amount[0]:g} is the larger one")
        return self


class CaseBlock(Block):
    """A kind of case. A plain list in place of the block is its `flow`."""

    name: Title | None = None
    """Name for people."""
    kinds: list[Code] = Field(default=[], min_length=1)
    """Kinds within the kind."""
    states: dict[Code, Title | None] | None = Field(default=None, min_length=1)
    """All states, in order, as a list or with names as a map; the flow must use exactly these."""
    flow: list[TransitionBlock] = Field(default=[], min_length=1)
    """Steps; the state that the first one leaves is where a case begins."""
    branch_on: Expression | None = None
    """What chooses between `new`, `legacy`, `allow` and `deny`."""
    new: list[TransitionBlock] = Field(default=[], min_length=1)
    """Steps where `branch_on` is false."""
    legacy: list[TransitionBlock] = Field(default=[], min_length=1)
    """Steps where `branch_on` is true."""
    before: Day | Literal["effective_date"] | None = None
    """Only matters older than this day."""
    allow: Code | None = None
    """What follows when the branch allows."""
    deny: list[Code] = Field(default=[], min_length=1)
    """What follows when it denies."""
    effects: dict[Code, Call] | None = Field(default=None, min_length=1)
    """What happens to the object on an event."""
    needs: list[Code] = Field(default=[], min_length=1)
    """Attachments without which it cannot be opened."""
    close_needs: list[Code] = Field(default=[], min_length=1)
    """Evidence without which it cannot be closed."""
    levels: list[Scalar] = Field(default=[], min_length=1)
    """Grades of severity."""
    level: Code | None = None
    """Level of the cells that handle it."""
    grave: Call | None = None
    """What happens to a grave one."""
    by: Code | None = None
    """Role that opens it."""
    to: Code | None = None
    """Role that handles it."""
    from_post: Code | None = None
    """Post that passes it on."""
    to_post: Code | None = None
    """Post that receives it."""
    ack_within: Duration | None = None
    """Time in which receipt is acknowledged."""
    issued_by: list[Code] = Field(default=[], min_length=1)
    """Posts that may issue it."""
    reply_required: bool = False
    """It needs an answer."""
    multi_handler: bool = False
    """Several bodies handle it together."""
    resident_rating: bool = False
    """Residents rate the outcome."""
    objection: bool = False
    """The reporter may object."""
    compare: list[FieldName] = Field(default=[], min_length=1)
    """Fields compared with the register."""
    decide: dict[Code, Code] | None = Field(default=None, min_length=1)
    """Which sort each level may decide."""
    must_plan_at: Code | None = None
    """Level that must make a plan …"""
    before_dispatch_to: Code | None = None
    """… before it is passed to this level."""
    report_within: dict[Code, Duration] | None = Field(default=None, min_length=1)
    """Time in which it is reported upwards, by severity."""
    chain: list[Code] = Field(default=[], min_length=1)
    """Levels that a report passes."""
    follow_up: Code | None = Field(default=None, alias="then")
    """What follows it."""
    route: Literal["cell", "department"] | None = None
    """Who gets it first: the cell it lies in or the department."""
    feedback_to: list[Text] = Field(default=[], min_length=1)
    """Everyone who is told the outcome."""
    escalate: Literal["parent_cell"] | None = None
    """Where it goes when it is not solved."""

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"flow": value}
        states = value.get("states") if isinstance(value, dict) else None
        return {**value, "states": _state_map(states)} if isinstance(states, list) else value

    def flows(self) -> dict[str, list[TransitionBlock]]:
        """The transitions of each branch that has some; branches are flow, new and legacy."""
        written = {"flow": self.flow, "new": self.new, "legacy": self.legacy}
        return {name: flow for name, flow in written.items() if flow}


def _state_map(states: list[Any]) -> dict[str, None]:
    named: dict[str, None] = {}
    for state in states:
        if not isinstance(state, str):
            raise own_error(f"has states that hold {shown(state)}, but codes are wanted")
        if state in named:
            raise own_error(f'names the state "{state}" twice')
        named[state] = None
    return named
