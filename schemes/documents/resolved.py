"""What a document means once every short form is spelled out and every default filled in.

The other apps read these values; the blocks keep what was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from geogrid.core.codes import CODE_SYSTEMS, CodeSystem, Segment, custom_system
from schemes.documents.levels import LevelBlock, Plane, PostBlock, Rule, Tier
from schemes.documents.objects import FieldBlock, Geometry, LayerBlock, RegisterBlock
from schemes.documents.values import Title, split_call

if TYPE_CHECKING:
    from schemes.documents.scheme import SchemeDocument

LAND_RULES = frozenset({"partition", "ragged", "partial"})
"""Rules of levels whose cells divide the land among them (geometry.md 14)."""

FIRST_TIER = {"city": "district"}
"""A city's code fills the same digits as a district's (341000 beside 341002)."""

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True)
class Level:
    """A level with its parent and defaults."""

    ordinal: int
    code: str
    name: Title
    tier: Tier
    plane: Plane
    rule: Rule
    parent: str | None
    of: str | None
    expected: int | None
    kinds: tuple[str, ...]
    required_posts: tuple[str, ...]
    code_segment: int | None
    zoom: tuple[int, int] | None
    members_required: bool
    assets_first: bool
    assumed: bool

    @property
    def divides_land(self) -> bool:
        """Whether cells of this level can be leaves that own land."""
        return self.rule in LAND_RULES


@dataclass(frozen=True)
class Post:
    """A post with its planes and whether it must be filled."""

    code: str
    name: Title
    level: str
    min: int
    max: int | None
    planes: tuple[Plane, ...]
    real_name: bool
    ex_officio_of: str | None
    pair_with: str | None
    needs_certificate: str | None
    public_fields: tuple[str, ...]
    assumed: bool

    @property
    def mandatory(self) -> bool:
        """Whether a cell without a holder is a vacancy."""
        return self.min >= 1


@dataclass(frozen=True)
class ObjectLayer:
    """A layer or a register: objects of one geometry type with a key and a JSON Schema."""

    code: str
    name: Title
    is_register: bool
    geometry: Geometry
    key_fields: tuple[str, ...]
    fields: dict[str, FieldBlock]
    kinds: tuple[str, ...]
    one_file: bool
    stale_after: str | None
    required_for_complete: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of an object's attributes; attributes it does not name are kept as they come."""
        known = dict.fromkeys((*self.key_fields, *self.fields))
        properties = {name: _property_schema(name, self.fields.get(name)) for name in known}
        if self.kinds:
            properties.setdefault("kind", {"title": "kind", "enum": [*self.kinds, None]})
        required = [name for name in known if name in self.key_fields or self._is_required(name)]
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name.en,
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": True,
        }

    def _is_required(self, name: str) -> bool:
        block = self.fields.get(name)
        return block is not None and block.required


def _property_schema(name: str, block: FieldBlock | None) -> dict[str, Any]:
    if block is None:
        return {"title": name}
    schema: dict[str, Any] = {"title": block.name.en if block.name else name}
    if block.name:
        schema["x-title"] = {"zh": block.name.zh, "en": block.name.en}
    if block.type:
        schema |= _JSON_TYPES[block.type]
        if not block.required:
            schema["type"] = [schema["type"], "null"]
    if block.options:
        schema["enum"] = list(block.options) + ([] if block.required else [None])
    limits = {"minimum": block.min, "maximum": block.max, "x-unit": block.unit}
    schema |= {key: value for key, value in limits.items() if value is not None}
    if block.private:
        schema["x-private"] = True
    return schema


def resolve_parents(blocks: list[LevelBlock]) -> dict[str, str | None]:
    """Level code → code of the level above: `of` for a group, else `parent`, else the one before."""
    parents: dict[str, str | None] = {}
    before: str | None = None
    for block in blocks:
        parents[block.code] = block.of or block.parent or before
        before = block.code
    return parents


def resolve_levels(document: SchemeDocument) -> tuple[Level, ...]:
    """Spell out the levels of a checked document."""
    parents = resolve_parents(document.level_blocks)
    return tuple(
        _level(ordinal, block, parents[block.code], document)
        for ordinal, block in enumerate(document.level_blocks, start=1)
    )


def _level(ordinal: int, block: LevelBlock, parent: str | None, document: SchemeDocument) -> Level:
    implied = [post.code for post in _implied_posts(block, document) if post.min >= 1]
    return Level(
        ordinal=ordinal,
        code=block.code,
        name=block.name or _title(block.code),
        tier=block.tier,
        plane=block.plane,
        rule=block.rule,
        parent=parent,
        of=block.of,
        expected=block.expected,
        kinds=tuple(block.kinds),
        required_posts=tuple(dict.fromkeys((*block.required_posts, *implied))),
        code_segment=block.code_segment,
        zoom=(block.zoom[0], block.zoom[1]) if block.zoom else None,
        members_required=block.members == "required",
        assets_first=bool(block.assets_first),
        assumed=block.assumed,
    )


def resolve_posts(document: SchemeDocument) -> tuple[Post, ...]:
    """Spell out the posts of a checked document, level by level those that levels imply at the end."""
    levels = {block.code: block for block in document.level_blocks}
    implied = [post for block in document.level_blocks for post in _implied_posts(block, document)]
    return tuple(_post(post, levels[post.level]) for post in (*document.post_blocks, *implied))


def _post(block: PostBlock, level: LevelBlock) -> Post:
    required = block.code in level.required_posts
    planes = block.planes or [block.plane or level.plane]
    return Post(
        code=block.code,
        name=block.name or _title(block.code),
        level=block.level,
        min=max(block.min, 1) if required else block.min,
        max=block.max,
        planes=tuple(planes),
        real_name=block.real_name,
        ex_officio_of=block.ex_officio_of or _ex_officio(block, level),
        pair_with=block.pair_with,
        needs_certificate=block.needs_certificate,
        public_fields=tuple(block.public_fields),
        assumed=block.assumed,
    )


def _implied_posts(level: LevelBlock, document: SchemeDocument) -> list[PostBlock]:
    """Posts that a level asks for by `chief` or `post_head` and that are not listed."""
    listed = {post.code for post in document.post_blocks}
    on_level = {post.code for post in document.post_blocks if post.level == level.code}
    implied = []
    chief = f"chief_{level.code}"
    if level.chief and chief not in listed:
        # model_construct: with the prefix a long level code makes a post code longer than people may write.
        implied.append(
            PostBlock.model_construct(code=chief, name=level.chief, level=level.code, min=1, max=1)
        )
    if level.post_head and "head" not in on_level:
        head, held_by = f"head_{level.code}", _held_by(level.post_head)
        implied.append(PostBlock.model_construct(code=head, level=level.code, ex_officio_of=held_by))
    return implied


def _ex_officio(post: PostBlock, level: LevelBlock) -> str | None:
    return _held_by(level.post_head) if post.code == "head" and level.post_head else None


def _held_by(call: str) -> str | None:
    _, arguments = split_call(call)
    return arguments[0] if arguments else None


def resolve_layers(document: SchemeDocument) -> tuple[ObjectLayer, ...]:
    """Spell out layers, then registers."""
    layers = [_object_layer(code, block) for code, block in (document.layer_blocks or {}).items()]
    registers = [_object_layer(code, block) for code, block in (document.register_blocks or {}).items()]
    return (*layers, *registers)


def _object_layer(code: str, block: LayerBlock | RegisterBlock) -> ObjectLayer:
    register = block if isinstance(block, RegisterBlock) else None
    return ObjectLayer(
        code=code,
        name=block.name or _title(code),
        is_register=register is not None,
        geometry=block.geom,
        key_fields=tuple(block.key),
        fields=dict(block.fields),
        kinds=tuple(block.kinds),
        one_file=bool(register and register.one_file),
        stale_after=register.stale_after if register else None,
        required_for_complete=tuple(register.required_for_complete) if register else (),
    )


def resolve_required_children(document: SchemeDocument) -> dict[str, int]:
    """Join `children_of` and `no_children`."""
    return {**(document.children_of or {}), **dict.fromkeys(document.no_children, 0)}


def code_system_of(document: SchemeDocument) -> CodeSystem | None:
    """Give the document's code system; none if codes are free."""
    block = document.code_system
    if block is None:
        return None
    if block.system == "custom":
        return custom_system(block.segments or [], nested=block.nested)
    return CODE_SYSTEMS[block.system]


def code_segments(document: SchemeDocument) -> tuple[Segment, ...]:
    """Segments of the document's code system; none if codes are free."""
    system = code_system_of(document)
    return system.segments if system else ()


def resolve_code_lengths(document: SchemeDocument) -> dict[str, int | None]:
    """Level code → length of a cell code, by `code_segment`, else tier, else (custom) the order."""
    segments = code_segments(document)
    ends = list(accumulate(segment.digits for segment in segments))
    custom = document.code_system is not None and document.code_system.system == "custom"
    by_tier = {segment.tier: end for segment, end in zip(segments, ends, strict=True) if segment.tier}
    lengths: dict[str, int | None] = {}
    land = [block for block in document.level_blocks if block.rule in LAND_RULES]
    for block in document.level_blocks:
        if block.code_segment is not None and block.code_segment <= len(ends):
            lengths[block.code] = ends[block.code_segment - 1]
        elif custom and block in land and land.index(block) < len(ends):
            lengths[block.code] = ends[land.index(block)]
        else:
            lengths[block.code] = by_tier.get(FIRST_TIER.get(block.tier, block.tier))
    return lengths


def _title(code: str) -> Title:
    return Title(zh=code, en=code)
