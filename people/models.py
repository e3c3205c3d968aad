"""Organisations, posts, persons, and who holds which post for which cell."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models


class Organisation(models.Model):
    """A body that answers for cells: a bureau, a township, a firm."""

    name = models.TextField(unique=True)
    credit_code = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A function that somebody fills for each cell of a level."""

    scheme = models.ForeignKey("boundaries.Scheme", on_delete=models.PROTECT, related_name="posts")
    level = models.ForeignKey("boundaries.Level", null=True, on_delete=models.PROTECT, related_name="posts")
    code = models.TextField()
    name_zh = models.TextField()
    name_en = models.TextField()
    minimum = models.PositiveSmallIntegerField(default=0)
    maximum = models.PositiveSmallIntegerField(null=True)
    mandatory = models.BooleanField(default=False)
    retired = models.BooleanField(default=False, help_text="no longer in the scheme's document")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "code"], name="post_code_once")]

    def __str__(self) -> str:
        return self.code


class Person(models.Model):
    """Somebody who holds posts."""

    name = models.TextField()
    kind = models.TextField(blank=True, help_text="official, part-time, assistant, volunteer, …")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="persons"
    )
    office_phone = models.TextField(blank=True)
    private_phone = models.TextField(blank=True)
    fictional = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """A person holds a post for a cell from when to when."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    cell = models.ForeignKey("boundaries.Cell", on_delete=models.PROTECT, related_name="appointments")
    deputy = models.BooleanField(default=False)
    to_confirm = models.BooleanField(default=False, help_text="inherited from a cell that is no more")
    valid = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="appointment_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("cell", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} as {self.post_id} for {self.cell_id}"
