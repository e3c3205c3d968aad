"""Blocks of a document that say how the land is divided and who answers for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from schemes.documents.problems import shown
from schemes.documents.values import Block, Call, Code, Count, Means, Positive, Text, Title, own_error

Tier = Literal["city", "district", "street", "community", "zone", "none"]
Plane = Literal["work", "management", "line"]
Rule = Literal["partition", "ragged", "partial", "dissolve", "group", "reuse", "site", "footprint", "record"]
Zoom = Annotated[int, Field(ge=0, le=24), Means("zoom 0–24")]


class LevelBlock(Block):
    """A rank of cells. The list runs from the top of the land downwards."""

    code: Code
    """Short name in files, addresses and commands."""
    name: Title | None = None
    """Name for people; the code if left out."""
    tier: Tier = "none"
    """Which of the five usual ranks this level corresponds to."""
    rule: Rule = "partition"
    """How cells relate to their parent, see the rules above."""
    plane: Plane = "work"
    """Territorial work, management above it, or a business line beside it."""
    parent: Code | None = None
    """Level above; the one before it in the list if left out. The first level has none."""
    of: Code | None = None
    """For rule `group`: the level whose cells are joined."""
    min: Positive | None = None
    """For rule `group`: the smallest number of cells in a group."""
    adjacent: bool | None = None
    """For rule `group`: the cells of a group must touch."""
    exclusive: bool | None = None
    """For rule `group`: every cell is in exactly one group."""
    assets_first: bool | None = None
    """For rule `site`: objects of a site go to the site before the cell around it."""
    expected: Count | None = None
    """How many cells there should be; empty if not known."""
    kinds: list[Code] = Field(default=[], min_length=1)
    """Kinds a cell of this level can be of."""
    local_kinds: list[Code] = Field(default=[], min_length=1)
    """Those of the kinds that are no administrative units: their cells get codes from the private numbers."""
    local_numbers: list[Positive] | None = Field(default=None, min_length=2, max_length=2)
    """The private numbers, `[from, to]`; the code system's if left out."""
    members: Literal["required", "optional"] = "optional"
    """Whether each cell lists its member communities."""
    balance: list[Code] = Field(default=[], min_length=1)
    """Counts that planners want to be even between the cells."""
    org: Title | None = None
    """The body that answers for the level."""
    chief: Title | None = None
    """Title of the one person who answers for each cell; makes the mandatory post `chief_CODE`."""
    post_head: Call | None = None
    """`ex_officio(post)`: the post `head` of this level is held by whoever holds that other post."""
    required_posts: list[Code] = Field(default=[], min_length=1)
    """Posts that must be filled in every cell of this level."""
    code_segment: Positive | None = None
    """Which segment of the code system completes a cell's code (1 = the first)."""
    zoom: list[Zoom] | None = Field(default=None, min_length=2, max_length=2)
    """Map zooms between which the level is shown, `[from, to]`."""


class PostBlock(Block):
    """A function that persons hold for a cell."""

    code: Code
    """Short name; roles in workflows and duties refer to it."""
    name: Title | None = None
    """Name for people; the code if left out."""
    level: Code
    """Level whose cells have this post."""
    min: Count = 0
    """Fewest holders a cell; from 1 on the post is mandatory."""
    max: Positive | None = None
    """Most holders a cell; no limit if left out."""
    plane: Plane | None = None
    """Plane the post works in; the level's if left out."""
    planes: list[Plane] | None = Field(default=None, min_length=1)
    """The planes, where there are several."""
    real_name: bool = False
    """Holders are bound by their real name."""
    person_types: list[Code] = Field(default=[], min_length=1)
    """Kinds of person who may hold the post."""
    part_time_counts: bool = False
    """Part-time holders count towards `min`."""
    pair_with: Code | None = None
    """Each holder is paired with a holder of this post (maybe of the scheme whose cells are reused)."""
    ex_officio_of: Code | None = None
    """The post is held by whoever holds that other post."""
    attach: Literal["lower_cell"] | None = None
    """The holder is attached to one cell below."""
    recruit: Text | None = None
    """How holders are recruited."""
    needs_training: Code | None = None
    """Training without which a holder may not work."""
    needs_certificate: Code | None = None
    """Certificate without which nobody may be appointed."""
    filing: Text | None = None
    """Office where the holder's name and contact are filed."""
    public_fields: list[Code] = Field(default=[], min_length=1)
    """What the public sees of a holder."""


class OwnerOverrideBlock(Block):
    """An area whose cells another body runs than the territory says."""

    area: Text
    """The area."""
    org: Title
    """The body."""


class CodeSystemBlock(Block):
    """How cell codes are built."""

    system: Literal["cjt213_14", "db11_15", "gbt34300_15", "cjt349_20", "custom"]
    """A published system, or `custom`."""
    segments: list[Positive] | None = Field(default=None, min_length=1, max_length=10)
    """For `custom`: digits of each segment, from the left."""
    nested: bool = True
    """For `custom`: a code begins with the code of the cell above. In published systems it does."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"system": value}
        if isinstance(value, list):
            raise own_error(f"is {shown(value)}, but the name of a code system is wanted")
        return value


class ToleranceBlock(Block):
    """Below these sizes a gap or an overlap is minor. It is still a finding."""

    area_m2: Annotated[float, Field(ge=0, le=1e6), Means("number ≥ 0")] = 1.0
    """Area in square metres."""
    width_m: Annotated[float, Field(ge=0, le=1e3), Means("number ≥ 0")] = 0.2
    """Width in metres."""
