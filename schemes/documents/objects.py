"""Blocks of a document that describe the objects on the land: layers and registers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from schemes.documents.problems import shown
from schemes.documents.values import (
    Block,
    Code,
    Duration,
    FieldName,
    Means,
    Number,
    Text,
    Title,
    own_error,
)

Geometry = Literal["point", "line", "polygon", "none"]
FieldType = Literal["text", "integer", "number", "boolean", "date", "datetime"]

STANDING_LAYERS = ("enterprise", "building", "pollution_source")
"""The layers that every installation has."""


class FieldBlock(Block):
    """One attribute of an object."""

    type: FieldType | None = None
    """What values it takes; anything if left out."""
    name: Title | None = None
    """Name for people; the field's code if left out."""
    required: bool = False
    """An object without it is refused."""
    options: list[Text] = Field(default=[], min_length=1)
    """The only texts allowed."""
    min: Number | None = None
    """Smallest number."""
    max: Number | None = None
    """Largest number."""
    unit: Text | None = None
    """Unit of a number."""
    private: bool = False
    """Never shown to the public."""

    @model_validator(mode="before")
    @classmethod
    def _from_type(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value


def _field_map(value: Any) -> Any:
    """Read a list of names as a map of fields about which nothing more is known."""
    if not isinstance(value, list):
        return value
    fields: dict[str, dict[str, Any]] = {}
    for item in value:
        if not isinstance(item, str):
            raise own_error(f"holds {shown(item)}, but a list of field names is wanted")
        if item in fields:
            raise own_error(f'names the field "{item}" twice')
        fields[item] = {}
    return fields


Fields = Annotated[
    dict[FieldName, FieldBlock],
    BeforeValidator(_field_map),
    Means("list of names, or map name → [field](#field)"),
]


class ObjectsBlock(Block):
    """What layers and registers have in common."""

    name: Title | None = None
    """Name for people; the code if left out."""
    geom: Geometry = "none"
    """Kind of geometry."""
    key: list[FieldName] = Field(default=[], min_length=1)
    """Fields that together tell one object from another."""
    fields: Fields = {}
    """Attributes."""
    kinds: list[Code] = Field(default=[], min_length=1)
    """Kinds an object can be of."""


class LayerBlock(ObjectsBlock):
    """A layer drawn or imported by planners, such as areas where something is permitted."""

    geom: Geometry
    """Kind of geometry."""
    approval: list[Code] = Field(default=[], min_length=1)
    """Steps an object passes, in order, before it takes effect."""


class RegisterBlock(ObjectsBlock):
    """A register (台账) of objects, each assigned to one cell."""

    base: Text | None = None
    """Which base database it belongs to."""
    links: Code | None = None
    """Level or register that its entries hang on."""
    one_file: bool = False
    """Each object has one file (一企一档)."""
    stale_after: Duration | None = None
    """An object not updated for so long is stale."""
    required_for_complete: list[FieldName] = Field(default=[], min_length=1)
    """Fields without which an object's file is incomplete."""


class ExclusiveBlock(Block):
    """Objects that exactly one of several schemes answers for; each of these names the same group."""

    group: Code
    """Short name of the group: the schemes whose documents give it share the objects out between them."""
    layers: list[Code] = Field(min_length=1)
    """Layers whose objects are to be in a cell of this scheme or of one other of the group, not of two."""
