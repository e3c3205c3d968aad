"""Who signs in, and the roles that say what for."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody signs in for. Stored as a group of the same name, so that one user may have several."""

    PLANNER = "planner", _("planner")
    ANALYST = "analyst", _("analyst")
    INSPECTOR = "inspector", _("inspector")
    LEADER = "leader", _("leader")
    ADMINISTRATOR = "administrator", _("administrator")


class User(AbstractUser):
    """Somebody who signs in; who answers for land is a person of `people`, and the two may be linked."""

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of this user, asked of the database once for each object."""
        names = self.groups.filter(name__in=Role.values).values_list("name", flat=True)
        return frozenset(Role(name) for name in names)
