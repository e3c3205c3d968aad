"""The audit of a land as it stands, computed once for each state of it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from boundaries.models import AuditRun, Draft, Edition, Scheme
from boundaries.selectors import edition_at, edition_latest
from boundaries.services.audit_basis import audit_basis
from boundaries.services.audits import audit_run
from boundaries.services.locks import audit_lock
from geogrid.core.errors import NothingInForce


def audit_current(*, scheme: Scheme, edition: Edition | None = None, draft: Draft | None = None) -> AuditRun:
    """Give the audit of an edition, of a draft, or of the edition in force: the kept one if it still holds.

    Never out of date: whatever the audit stands on is compared first. Of many who ask at once, one computes.

    Raises
    ------
    NothingInForce
        If nothing has been published.
    """
    if draft is None:
        edition = edition or edition_at(scheme, timezone.now()) or edition_latest(scheme)
        if edition is None:
            raise NothingInForce(f"the scheme {scheme.code} has no edition yet", scheme=scheme.code)
    kept = audit_kept(scheme=scheme, edition=edition, draft=draft)
    if kept is not None:
        return kept
    with transaction.atomic():
        audit_lock(scheme, draft)
        # Who waited for the lock finds what the other one computed.
        kept = audit_kept(scheme=scheme, edition=edition, draft=draft)
        if kept is None:
            audit_run(scheme=scheme, edition=edition, draft=draft)
            kept = _last(scheme, edition, draft)
    assert kept is not None
    return kept


def audit_kept(
    *, scheme: Scheme, edition: Edition | None = None, draft: Draft | None = None
) -> AuditRun | None:
    """Give the kept audit if it still holds; compute nothing."""
    run = _last(scheme, edition, draft)
    if run is None:
        return None
    now = timezone.now()
    current = draft is not None or edition == edition_at(scheme, now)
    at = now if current or edition is None else edition.effective
    basis = audit_basis(scheme=scheme, draft=draft, at=at, current=current)
    return run if basis.carries(run, now) else None


def _last(scheme: Scheme, edition: Edition | None, draft: Draft | None) -> AuditRun | None:
    which = {"draft": draft} if draft else {"draft": None, "edition": edition}
    return AuditRun.objects.filter(scheme=scheme, **which).first()
