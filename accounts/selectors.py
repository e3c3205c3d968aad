"""Questions about who may sign in, and as what."""

from __future__ import annotations

import datetime as dt

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.db.models import Max
from django.utils import timezone

from accounts.models import Role, User
from geogrid.core.errors import NotFound


def user_get(name: str) -> User:
    """Give a user by name."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"there is no user {name!r}")
    return user


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """Give the roles of somebody; who is not signed in, or no longer active, has none."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset(Role) if user.is_superuser else user.roles


def somebody_can_sign_in() -> bool:
    """Tell whether there is an active user with a password."""
    able = User.objects.filter(is_active=True).exclude(password="")
    return able.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def locked_until(*, name: str, address: str) -> dt.datetime:
    """Give when somebody who guessed too often from an address may try again; now if nobody did."""
    tried = AccessAttempt.objects.filter(username=name, ip_address=address or None)
    last = tried.aggregate(last=Max("attempt_time"))["last"]
    return last + settings.AXES_COOLOFF_TIME if last else timezone.now()
