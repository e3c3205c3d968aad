"""The whole scheme document: every key that requirements §2.5 knows, and the shared defaults."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from schemes.documents.cases import CaseBlock
from schemes.documents.duties import (
    CadenceBlock,
    CampaignBlock,
    CheckBlock,
    DutyBlock,
    MilestoneBlock,
    RuleBlock,
)
from schemes.documents.levels import (
    CodeSystemBlock,
    LevelBlock,
    OwnerOverrideBlock,
    PostBlock,
    ToleranceBlock,
)
from schemes.documents.measures import AssessmentBlock, DeductionBlock, IndicatorBlock, IndicatorsBlock
from schemes.documents.objects import ExclusiveBlock, LayerBlock, RegisterBlock
from schemes.documents.papers import (
    BorderUnclearBlock,
    DocumentBlock,
    LedgerBlock,
    LegalBasisBlock,
    NoticeBlock,
)
from schemes.documents.problems import shown
from schemes.documents.resolved import (
    Level,
    ObjectLayer,
    Post,
    resolve_code_lengths,
    resolve_layers,
    resolve_levels,
    resolve_posts,
    resolve_required_children,
)
from schemes.documents.values import Block, Code, Count, Day, Means, Share, Text, Title, own_error

_EXTENT_SUFFIXES = {".geojson", ".json", ".gpkg", ".shp", ".zip"}


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise own_error(f"is {shown(value)}, but a time zone such as Asia/Shanghai is wanted") from error
    return value


def _extent(value: Any) -> Any:
    if isinstance(value, str):
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or "\\" in value or ":" in value:
            raise own_error(f"is {shown(value)}, but a path below the document's folder is wanted")
        if path.suffix.lower() not in _EXTENT_SUFFIXES:
            raise own_error(f"is {shown(value)}, but a GeoJSON, GeoPackage or shapefile is wanted")
        return value
    if isinstance(value, dict):
        _check_area(value)
        return value
    raise own_error(f"is {shown(value)}, but a path or a GeoJSON polygon is wanted")


def _check_area(area: dict[str, Any]) -> None:
    """Refuse inline GeoJSON that is no Polygon or MultiPolygon in longitude and latitude."""
    kind, coordinates = area.get("type"), area.get("coordinates")
    extra = sorted(set(area) - {"type", "coordinates"})
    if kind not in {"Polygon", "MultiPolygon"} or extra:
        raise own_error("must be GeoJSON with just type (Polygon or MultiPolygon) and coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise own_error("has no coordinates")
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon or not all(_is_ring(ring) for ring in polygon):
            raise own_error(
                "has a ring that is not closed, has fewer than four points, "
                "or leaves longitude ±180 and latitude ±90"
            )


def _is_ring(ring: Any) -> bool:
    points = ring if isinstance(ring, list) else []
    return len(points) >= 4 and all(_is_position(point) for point in points) and points[0] == points[-1]


def _is_position(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    lon, lat = point
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in point)
    return numbers and -180 <= lon <= 180 and -90 <= lat <= 90


Timezone = Annotated[str, AfterValidator(_timezone), Means("time zone")]
Extent = Annotated[Any, BeforeValidator(_extent), Means("path, or GeoJSON Polygon or MultiPolygon")]
Children = Annotated[dict[Text, Count], Field(min_length=1), Means("map name of a cell → whole number")]


class SchemeDocument(Block):
    """A scheme: one way of dividing the land, and the work done on its cells."""

    code: Code = Field(alias="scheme")
    """Short name of the scheme, unique."""
    written_name: Title | None = Field(default=None, alias="name")
    """Name for people; the code if left out."""
    description: Title | None = None
    """A sentence about it."""
    domain: Text | None = None
    """Field of administration it belongs to."""
    family: Code | None = None
    """Family of schemes that may reuse each other's cells."""
    principles: list[Title] = Field(default=[], min_length=1)
    """Principles the scheme was made by."""
    effective_from: Day | None = None
    """First day the document holds."""
    effective_to: Day | None = None
    """Last day the document holds."""
    reuse_cells_of: Code | None = None
    """Scheme whose cells levels with rule `reuse` take."""
    extent: Extent = None
    """The land the scheme covers; the union of the top cells if left out."""
    code_system: CodeSystemBlock | None = None
    """How cell codes are built; free codes if left out. A plain name stands for the block."""
    calendar: Literal["workdays", "all_days"] = "workdays"
    """Days that deadlines count."""
    timezone: Timezone = "Asia/Shanghai"
    """Zone of all times in the scheme."""
    tie_break: Literal["lowest_cell_code"] = "lowest_cell_code"
    """Which cell has a point on a border. There is one rule."""
    tolerance: ToleranceBlock = ToleranceBlock()
    """Sizes below which a gap or an overlap is minor."""
    straddling_threshold: Share = 0.6
    """An object with a smaller share in its cell is listed for confirmation."""
    boundary_text: bool = False
    """Borders are also described in words."""
    level_blocks: list[LevelBlock] = Field(alias="levels", min_length=1, max_length=12)
    """The levels, from the top of the land downwards."""
    children_of: Children | None = None
    """How many cells of the lowest land level are in each of these cells above."""
    no_children: list[Text] = Field(default=[], min_length=1)
    """Cells above the lowest land level that are not divided further (rule `ragged`)."""
    post_blocks: list[PostBlock] = Field(default=[], alias="posts", min_length=1)
    """The posts."""
    orgs: dict[Code, Title] | None = Field(default=None, min_length=1)
    """Bodies that take part in cases without being a post."""
    owner_overrides: list[OwnerOverrideBlock] = Field(default=[], min_length=1)
    """Areas that another body runs than the territory says."""
    nets: dict[Code, list[Code]] | None = Field(default=None, min_length=1)
    """Nets of bodies, channels or kinds of news."""
    lines: list[Code] = Field(default=[], min_length=1)
    """Business lines beside the territorial cells."""
    layer_blocks: dict[Code, LayerBlock] | None = Field(default=None, alias="layers", min_length=1)
    """Layers of areas or things that rules refer to."""
    register_blocks: dict[Code, RegisterBlock] | None = Field(default=None, alias="registers", min_length=1)
    """Registers of objects."""
    exclusive: list[ExclusiveBlock] = Field(default=[], min_length=1)
    """Objects of which the schemes of a group must answer for each exactly once."""
    rules: list[RuleBlock] = Field(default=[], min_length=1)
    """Rules that classify."""
    cadence_by_monitor: dict[Code, CadenceBlock] | None = Field(default=None, min_length=1)
    """How often objects of each class are visited."""
    annual_review: dict[Code, Code] | None = Field(default=None, min_length=1)
    """Kind of yearly review by class."""
    domains: list[Code] = Field(default=[], min_length=1)
    """Fields of service that duties and cases are tagged with."""
    duties: list[DutyBlock] = Field(default=[], min_length=1)
    """Recurring work."""
    duties_text: dict[Code, Count] | None = Field(default=None, min_length=1)
    """Number of duties that the source lists in words, by level."""
    four_fixed: list[Code] = Field(default=[], min_length=1)
    """What is fixed for each object (area, person, duty, task)."""
    nine: list[Code] = Field(default=[], min_length=1)
    """The nine things laid down for each cell."""
    responsibility_letter: Literal["required", "optional"] = "optional"
    """Whether holders sign a letter."""
    cases: dict[Code, CaseBlock] | None = Field(default=None, min_length=1)
    """Kinds of matters and their workflows."""
    cutoff: Day | None = None
    """Day that tells old matters from new ones."""
    border_unclear: BorderUnclearBlock | None = None
    """Who decides where a border is unclear."""
    hotlines: list[Text] = Field(default=[], min_length=1)
    """Public telephone numbers, in quotes."""
    documents: list[DocumentBlock] = Field(default=[], min_length=1)
    """Forms."""
    notices: list[NoticeBlock] = Field(default=[], min_length=1)
    """Notices."""
    ledgers: list[LedgerBlock] = Field(default=[], min_length=1)
    """Tables handed in regularly."""
    streams: list[Code] = Field(default=[], min_length=1)
    """Streams of information merged into one analysis."""
    indicator_blocks: IndicatorsBlock = Field(default=IndicatorsBlock(items=[]), alias="indicators")
    """Indicators."""
    rates: list[Code] = Field(default=[], min_length=1)
    """Rates computed from registers."""
    assessment: AssessmentBlock | None = None
    """Assessment."""
    deductions: list[DeductionBlock] = Field(default=[], min_length=1)
    """Points that cases cost."""
    checks: dict[Code, CheckBlock] | None = Field(default=None, min_length=1)
    """Regular checks."""
    plan: list[MilestoneBlock] = Field(default=[], min_length=1)
    """Milestones."""
    campaigns: list[CampaignBlock] = Field(default=[], min_length=1)
    """Campaigns."""
    legal_basis: list[LegalBasisBlock] = Field(default=[], min_length=1)
    """Documents that the scheme rests on."""

    @property
    def name(self) -> Title:
        """Name for people."""
        return self.written_name or Title(zh=self.code, en=self.code)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels, top first, with parents, posts and defaults filled in."""
        return resolve_levels(self)

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """The posts, those that levels imply included."""
        return resolve_posts(self)

    @cached_property
    def layers(self) -> tuple[ObjectLayer, ...]:
        """Layers and registers in one form."""
        return resolve_layers(self)

    @cached_property
    def required_children(self) -> dict[str, int]:
        """Cell name → how many cells of `children_level` it must have (0 from `no_children`)."""
        return resolve_required_children(self)

    @property
    def children_level(self) -> Level | None:
        """The level that `required_children` counts: the lowest one that divides the land."""
        land = [level for level in self.levels if level.divides_land]
        return land[-1] if land else None

    @cached_property
    def code_lengths(self) -> dict[str, int | None]:
        """Level code → digits of its cells' codes; None where codes are free."""
        return resolve_code_lengths(self)

    @property
    def indicators(self) -> tuple[IndicatorBlock, ...]:
        """The indicators in one form, whether written as a list or as a table."""
        table = self.indicator_blocks.table
        if table is None:
            return tuple(self.indicator_blocks.items)
        return tuple(IndicatorBlock(code=code, per=table.per) for code in table.names)

    def level(self, code: str) -> Level:
        """The level with a code; KeyError if there is none."""
        return {level.code: level for level in self.levels}[code]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values with the document's own keys; `SchemeDocument.model_validate` reads them back."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
