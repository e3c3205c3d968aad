"""Runs through the features of a scheme: what is being done, and what is still to be done."""

from __future__ import annotations

from boundaries.models import Scheme
from layers.models import AssignmentRun, Layer


def run_open(scheme: Scheme, layer: Layer | None) -> AssignmentRun | None:
    """Give the run through all features, or those of a layer, that has not ended."""
    return AssignmentRun.objects.filter(scheme=scheme, layer=layer, since=None, finished_at=None).first()
