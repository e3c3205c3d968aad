"""Registers of objects on the land, and the one cell each of them lies in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import Q

STORED_SRID = 4326


class Layer(models.Model):
    """A register of objects on the land."""

    code = models.TextField(unique=True)
    name_zh = models.TextField()
    name_en = models.TextField()
    geometry_type = models.TextField(help_text="point, line, polygon, any or none")
    key_fields = models.JSONField(default=list)
    schema = models.JSONField(default=dict, help_text="JSON Schema of the attributes")
    scheme = models.ForeignKey(
        "boundaries.Scheme", null=True, on_delete=models.PROTECT, related_name="layers"
    )

    def __str__(self) -> str:
        return self.code


class Feature(models.Model):
    """An object on the land, as it is now."""

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="features")
    key = models.TextField()
    geom = models.GeometryField(srid=STORED_SRID)
    attributes = models.JSONField(default=dict)
    valid = DateTimeRangeField(help_text="since when it is so; no end")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "key"], name="feature_key_once")]

    def __str__(self) -> str:
        return self.key


class FeatureSquare(models.Model):
    """How many features of a layer have their centroid in a square: a tile of zoom 14. Lines are not counted.

    The database keeps it (`sql/functions/layers_squares_follow_v1.sql`), so that a tile of millions of
    features is drawn from a few numbers.
    """

    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="squares", db_index=False)
    x = models.IntegerField()
    y = models.IntegerField()
    count = models.BigIntegerField()
    sum_u = models.BigIntegerField()
    sum_v = models.BigIntegerField()
    sum_id = models.BigIntegerField(help_text="of one feature, its id")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "x", "y"], name="feature_square_once")]

    def __str__(self) -> str:
        return f"{self.layer_id} {self.x}/{self.y}"


class FeaturePast(models.Model):
    """An object on the land, as it was."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="past")
    geom = models.GeometryField(srid=STORED_SRID)
    attributes = models.JSONField(default=dict)
    valid = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="feature_one_past_at_a_time",
                expressions=[("feature", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} {self.valid}"


class Method(models.TextChoices):
    """What decided an assignment."""

    WITHIN = "within"
    BOUNDARY_TIEBREAK = "boundary_tiebreak"
    MAX_OVERLAP = "max_overlap"
    SITE_FIRST = "site_first"
    MANUAL = "manual"
    GAP = "gap"
    OUTSIDE = "outside"


class Assignment(models.Model):
    """The one leaf cell of a scheme that a feature lies in, or why there is none.

    In the database a table in parts: those of a scheme with many features are apart, see
    `services/apart.py`. The exclusion constraint is one of each part; the key is `id` with the scheme.
    """

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="assignments")
    scheme = models.ForeignKey(
        "boundaries.Scheme", on_delete=models.PROTECT, related_name="assignments", db_index=False
    )
    cell = models.ForeignKey(
        "boundaries.Cell", null=True, on_delete=models.PROTECT, related_name="assignments"
    )
    method = models.TextField(choices=Method)
    share = models.FloatField(
        help_text="of the feature's area or length that lies in the cell; 1 for a point"
    )
    on_edge = models.BooleanField(default=False)
    shares = models.JSONField(null=True, help_text="cell code → share, where more than one cell is met")
    nearest_m = models.FloatField(null=True, help_text="metres to the nearest cell, where there is none")
    valid = DateTimeRangeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "scheme"],
                name="assignment_one_now",
                condition=Q(valid__upper_inf=True),
            ),
            # Of answers with an end; beside those without layers_assignments_apart_v1 looks at them.
            ExclusionConstraint(
                name="assignment_one_at_a_time",
                expressions=[
                    ("feature", RangeOperators.EQUAL),
                    ("scheme", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(valid__upper_inf=False),
            ),
            models.CheckConstraint(
                name="assignment_cell_or_reason",
                condition=Q(cell__isnull=False, method__in=[m for m in Method if m not in ("gap", "outside")])
                | Q(cell__isnull=True, method__in=["gap", "outside"]),
            ),
        ]
        indexes = [
            models.Index(fields=["scheme"], name="assignment_nowhere", condition=Q(cell__isnull=True)),
            models.Index(fields=["cell"], name="assignment_was_of_cell", condition=Q(valid__upper_inf=False)),
            models.Index(
                fields=["scheme"],
                name="assignment_to_look_at",
                condition=Q(cell__isnull=True) | Q(on_edge=True) | Q(method="manual") | Q(share__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} → {self.cell_id or self.method}"


class CellCount(models.Model):
    """How many features of a layer are assigned to a cell itself; what is below it is added when it is read.

    The database keeps it (`sql/functions/layers_counts_add_v1.sql`). A cell has several rows of a layer, and
    the sum counts: a row of what began or ended already, exact for the times from `since` on, one more for
    each writer who was there at once, and one for each moment to come, which counts from `since` on.
    """

    scheme = models.ForeignKey(
        "boundaries.Scheme", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    layer = models.ForeignKey(Layer, on_delete=models.PROTECT, related_name="+", db_index=False)
    cell = models.ForeignKey("boundaries.Cell", on_delete=models.PROTECT, related_name="+", db_index=False)
    foreseen = models.BooleanField()
    since = models.DateTimeField()
    count = models.BigIntegerField()

    class Meta:
        # The only one, so that no plan made while the table was empty takes a worse one for as good.
        indexes = [models.Index(fields=["scheme", "cell", "layer"], name="cell_count_of_cell")]

    def __str__(self) -> str:
        return f"{self.cell_id} {self.layer_id}: {self.count}"


class AssignmentRun(models.Model):
    """Assigning many features, batch by batch in order of their ids; each batch notes here that it is done.

    A run of everything answers for now. One that an edition left to be done has a moment from which on it
    answers, that of the edition, and the features that it may have moved are named in `AssignmentDue`.
    """

    scheme = models.ForeignKey("boundaries.Scheme", on_delete=models.PROTECT, related_name="runs")
    layer = models.ForeignKey(Layer, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(null=True, help_text="when the edition that left it takes effect")
    named = models.BooleanField(default=False, help_text="only the features named in AssignmentDue")
    apart = models.BooleanField(
        default=False, help_text="what it finds is in a table of its own until it ends"
    )
    land = models.TextField(help_text="the editions on which it stands")
    last_id = models.BigIntegerField(default=0, help_text="up to this feature it is done")
    total = models.BigIntegerField()
    done = models.BigIntegerField(default=0)
    numbers = models.JSONField(default=dict, help_text="how the features that are done stand")
    started_at = models.DateTimeField()
    renewed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "layer", "since"],
                name="assignment_run_once_at_a_time",
                condition=Q(finished_at=None),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.done}/{self.total}"


class AssignmentDue(models.Model):
    """A feature that an edition may have moved and that is still to be assigned."""

    run = models.ForeignKey(AssignmentRun, on_delete=models.CASCADE, related_name="due", db_index=False)
    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="due")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "feature"], name="assignment_due_once")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.feature_id}"


class Override(models.Model):
    """A person's decision where a feature belongs; it wins over every rule until it ends."""

    feature = models.ForeignKey(Feature, on_delete=models.PROTECT, related_name="overrides")
    scheme = models.ForeignKey("boundaries.Scheme", on_delete=models.PROTECT, related_name="+")
    cell = models.ForeignKey("boundaries.Cell", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    valid = DateTimeRangeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="override_one_at_a_time",
                expressions=[
                    ("feature", RangeOperators.EQUAL),
                    ("scheme", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.feature_id} → {self.cell_id}"
