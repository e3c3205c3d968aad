"""Schemes, their levels and cells, and the editions and drafts in which cells change.

Identity and state are apart: a `Cell` is for ever, a `CellVersion` says what it was from when to when.
Editions
are written once; a draft is an overlay of `DraftCell` rows over the edition it started from.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q

STORED_SRID = 4326
TILE_SRID = 3857


class Scheme(models.Model):
    """One way of dividing the land, as its document says."""

    code = models.TextField(unique=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    document = models.JSONField(help_text="the validated document, normalised")
    document_version = models.PositiveIntegerField(default=1)
    extent = models.MultiPolygonField(
        srid=STORED_SRID, null=True, help_text="the land, where the document says it"
    )
    tolerance_area_m2 = models.FloatField(default=1.0, help_text="a smaller gap or overlap is minor")
    tolerance_width_m = models.FloatField(default=0.2, help_text="a narrower gap or overlap is minor")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.code


class SchemeDocument(models.Model):
    """A document as it was loaded; every version is kept."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="documents")
    version = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "version"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.scheme_id} v{self.version}"


class Rule(models.TextChoices):
    """How the cells of a level lie on the land."""

    PARTITION = "partition"
    RAGGED = "ragged"
    PARTIAL = "partial"
    DISSOLVE = "dissolve"
    GROUP = "group"
    REUSE = "reuse"
    SITE = "site"
    FOOTPRINT = "footprint"
    RECORD = "record"


#: The rules whose cells divide land, so that the deepest of them is a leaf (geometry.md 14).
LAND_RULES = (Rule.PARTITION, Rule.RAGGED, Rule.PARTIAL)


class Level(models.Model):
    """A rank of cells in a scheme."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="levels")
    code = models.TextField()
    ordinal = models.PositiveSmallIntegerField()
    name_zh = models.TextField()
    name_en = models.TextField()
    tier = models.TextField(blank=True)
    rule = models.TextField(choices=Rule)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    expected = models.PositiveIntegerField(null=True)
    code_length = models.PositiveSmallIntegerField(
        null=True, help_text="digits of the codes of its cells; free if empty"
    )

    class Meta:
        ordering = ["scheme", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="level_code_once")]

    def __str__(self) -> str:
        return self.code

    @property
    def divides_land(self) -> bool:
        """Whether cells of this level divide land."""
        return self.rule in LAND_RULES


class Cell(models.Model):
    """The stable identity of a cell."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="cells")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="cells")

    def __str__(self) -> str:
        return str(self.id)


class CellCode(models.Model):
    """A code and the cell it belongs to, for ever: codes of retired cells are not given again."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="codes")
    code = models.TextField(db_collation="C")
    cell_id = models.UUIDField(help_text="may be a cell that only a draft has")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="cell_code_for_ever")]

    def __str__(self) -> str:
        return self.code


class Edition(models.Model):
    """The published state of a scheme at a number and a time; never changed."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    effective = models.DateTimeField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    certificate = models.JSONField()

    class Meta:
        ordering = ["scheme", "number"]
        constraints = [models.UniqueConstraint(fields=["scheme", "number"], name="edition_number_once")]

    def __str__(self) -> str:
        return f"{self.scheme_id} edition {self.number}"


class CellVersion(models.Model):
    """What a cell was from when to when."""

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="versions")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(Cell, null=True, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="versions")
    code = models.TextField(db_collation="C")
    name = models.TextField(blank=True)
    kind = models.TextField(blank=True)
    attributes = models.JSONField(default=dict)
    geom = models.MultiPolygonField(srid=STORED_SRID, null=True, spatial_index=False)
    area_m2 = models.FloatField(null=True)
    noded = models.BooleanField(
        default=False,
        db_default=False,
        help_text="differs from the version before only by nodes on its border",
    )
    sha256 = models.GeneratedField(
        # The database's own, so that it is that of the geometry whoever wrote it.
        expression=models.Func(
            models.F("geom"),
            template="encode(sha256(coalesce(ST_AsBinary(%(expressions)s, 'NDR'), ''::bytea)), 'hex')",
        ),
        output_field=models.TextField(),
        db_persist=True,
        help_text="of the geometry as little-endian WKB; of nothing where there is none",
    )
    valid = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="cell_one_version_at_a_time",
                expressions=[("cell", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
            ExclusionConstraint(
                name="cell_code_once_at_a_time",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            GistIndex(fields=["geom"], name="cell_now", condition=Q(valid__upper_inf=True)),
            GistIndex(fields=["geom", "valid"], name="cell_as_of"),
            models.Index(
                fields=["scheme", "level"], name="cell_of_level", condition=Q(valid__upper_inf=True)
            ),
            models.Index(fields=["parent"], name="cell_children", condition=Q(valid__upper_inf=True)),
            models.Index(fields=["scheme", "code"], name="cell_of_code"),
        ]

    def __str__(self) -> str:
        return self.code


class DraftState(models.TextChoices):
    """Where a draft stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    DISCARDED = "discarded"


#: The states of a draft that may still become an edition.
LIVING_STATES = (DraftState.OPEN, DraftState.SUBMITTED, DraftState.APPROVED)


class DraftVisibility(models.TextChoices):
    """Who may read a draft."""

    TEAM = "team"
    PUBLIC = "public"


class Draft(models.Model):
    """A branch off an edition."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="drafts")
    name = models.TextField()
    base = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="drafts")
    version = models.PositiveIntegerField(default=0, help_text="counts the changes")
    state = models.TextField(choices=DraftState, default=DraftState.OPEN)
    visibility = models.TextField(
        choices=DraftVisibility,
        default=DraftVisibility.TEAM,
        help_text="a public draft is out for comment: everybody may read it",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    head = models.PositiveIntegerField(default=0, help_text="number of the last edit that is not undone")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(
        blank=True, default="", db_default="", help_text="what was said when it last went on or back"
    )
    closed_at = models.DateTimeField(null=True, blank=True, help_text="when it was published or discarded")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="that it became"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "name"],
                name="draft_name_once",
                condition=Q(state__in=["open", "submitted", "approved"]),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def base_at(self) -> dt.datetime | None:
        """The time as of which the base holds; None where there is none: then there are own rows only."""
        return self.base.effective if self.base else None


class CellContent(models.Model):
    """What a draft says of a cell."""

    cell_id = models.UUIDField(help_text="of a cell of the base, or of one that is to be")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")
    retired = models.BooleanField(default=False)
    code = models.TextField(db_collation="C")
    name = models.TextField(blank=True)
    kind = models.TextField(blank=True)
    parent_id = models.UUIDField(null=True)
    parent_code = models.TextField(blank=True, help_text="as it was named; empty if to be found by share")
    attributes = models.JSONField(default=dict)
    geom = models.MultiPolygonField(srid=STORED_SRID, null=True, spatial_index=False)
    area_m2 = models.FloatField(null=True)
    fault = models.TextField(blank=True, help_text="why the polygon was invalid as it came")
    fault_doubtful = models.BooleanField(default=False, help_text="which land was meant only a person knows")
    fault_at = models.PointField(srid=STORED_SRID, null=True, spatial_index=False)
    source = models.BinaryField(null=True, help_text="the polygon as it came, WKB in `source_crs`")
    source_crs = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code


class DraftCell(CellContent):
    """A cell as a draft has it, where that differs from the edition the draft started from."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="cells")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "cell_id"], name="draft_cell_once")]
        indexes = [
            models.Index(fields=["draft", "level"], name="draft_cell_of_level"),
            models.Index(fields=["draft", "code"], name="draft_cell_of_code"),
            models.Index(fields=["draft", "parent_id"], name="draft_cell_children"),
            GistIndex(fields=["draft", "geom"], name="draft_cell_place"),
        ]


class Edit(models.Model):
    """One intent in a draft and what came of it; those above the draft's head are undone.

    Numbers are never given again: an edit that is made after others were undone makes those `dropped`; they
    stay readable.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="edits")
    number = models.PositiveIntegerField(help_text="order in the draft, from 1")
    dropped = models.BooleanField(default=False, help_text="undone, and another edit was made since")
    action = models.TextField(help_text="id of the action, such as split_cell")
    params = models.JSONField(help_text="as they were asked")
    given = models.JSONField(
        default=dict, help_text="ids and codes of new cells, and what stood behind names, for making it again"
    )
    touched = models.JSONField(
        default=dict, help_text="codes of the cells that it changed, noded, removed and created"
    )
    version = models.PositiveIntegerField(
        default=0, help_text="the draft's, when it was last made, undone or made again"
    )
    lineage = models.JSONField(default=list, help_text="[predecessor, successor, share of the predecessor]")
    engine = models.TextField(help_text="versions of the libraries that computed it")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "number"], name="edit_number_once", condition=Q(dropped=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class EditSide(models.TextChoices):
    """Before or after an edit."""

    BEFORE = "before"
    AFTER = "after"


class EditCell(CellContent):
    """A row of a draft before or after an edit, whole; `present` is false where the draft had no own row."""

    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="cells")
    side = models.TextField(choices=EditSide)
    present = models.BooleanField()
    noded = models.BooleanField(default=False, help_text="the edit gave the cell nodes and nothing else")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "side", "cell_id"], name="edit_cell_once")]


class Lineage(models.Model):
    """Whose land, and which share of it, a cell took over when an edition took effect."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="lineage")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="lineage")
    predecessor = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="heirs")
    successor = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="ancestors")
    share = models.FloatField(help_text="of the predecessor's area, 0 to 1")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "predecessor", "successor"], name="lineage_once")
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class ImportRun(models.Model):
    """What an import did, with every row that it refused."""

    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="imports")
    target = models.TextField(help_text="the level, or the layer, that the rows went to")
    file_name = models.TextField()
    sha256 = models.CharField(max_length=64)
    report = models.JSONField()
    refused_csv = models.TextField(blank=True, help_text="the refused rows, ready to be downloaded")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return f"{self.file_name} → {self.target}"


class Finding(models.Model):
    """Something that is not as it should be, at its place."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="findings")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="findings")
    ident = models.CharField(max_length=20, help_text="the same for the same fault in every audit")
    rule = models.TextField()
    level = models.TextField(blank=True)
    cells = ArrayField(models.TextField())
    severity = models.TextField()
    message = models.TextField()
    subject = models.TextField(blank=True, help_text="what else it is about: a post, an object")
    area_m2 = models.FloatField(null=True)
    width_m = models.FloatField(null=True)
    geom = models.GeometryField(srid=STORED_SRID, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "draft", "ident"], name="finding_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.ident}"


class AuditRun(models.Model):
    """The last audit of an edition or a draft, kept as long as nothing that it stands on changes."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="+")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.CASCADE, related_name="+")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="+")
    state = models.TextField(help_text="what it stands on; another state makes it out of date")
    until = models.DateTimeField(
        null=True, help_text="when something that it stands on begins or ends to hold"
    )
    verdict = models.TextField()
    document = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "edition", "draft"], name="audit_run_last", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.verdict


class Acceptance(models.Model):
    """Somebody's word that a finding may stay, why, and until when."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="acceptances")
    ident = models.CharField(max_length=20)
    reason = models.TextField()
    valid = DateTimeRangeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    level = models.ForeignKey(Level, null=True, on_delete=models.PROTECT, related_name="+")
    geom = models.MultiPolygonField(
        srid=STORED_SRID, null=True, help_text="the accepted gap, by which the database knows it"
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="acceptance_one_at_a_time",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("ident", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.ident


class TileSet(models.Model):
    """What the tiles of an edition, or of a version of a draft, are drawn from; it can be made again."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="tile_sets")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.CASCADE, related_name="tile_sets")
    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="tile_sets")
    draft_version = models.PositiveIntegerField(null=True)
    token = models.UUIDField(default=uuid.uuid4, help_text="another one for other content: the tiles' ETag")
    form = models.PositiveSmallIntegerField(help_text="how it was made; of another form it is made anew")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tile_set_of_edition_or_draft",
                condition=Q(edition__isnull=False, draft__isnull=True, draft_version__isnull=True)
                | Q(edition__isnull=True, draft__isnull=False, draft_version__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["edition", "draft", "draft_version"], name="tile_set_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        what = f"edition {self.edition.number}" if self.edition else f"draft {self.draft}"
        return f"{self.scheme.code} {what}"


class TileShape(models.Model):
    """A cell as the tiles of a band of zooms show it, in web mercator, simplified with all others."""

    tile_set = models.ForeignKey(TileSet, on_delete=models.CASCADE, related_name="shapes", db_index=False)
    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="+", db_index=False)
    band = models.SmallIntegerField(help_text="the deepest zoom that it is for")
    code = models.TextField(db_collation="C")
    name = models.TextField(blank=True)
    kind = models.TextField(blank=True)
    parent = models.TextField(blank=True)
    area_m2 = models.FloatField(null=True)
    geom = models.MultiPolygonField(srid=TILE_SRID, spatial_index=False)
    label = models.PointField(srid=TILE_SRID, spatial_index=False)

    class Meta:
        indexes = [GistIndex(fields=["tile_set", "level", "band", "geom"], name="tile_shape_place")]

    def __str__(self) -> str:
        return f"{self.code} to zoom {self.band}"
