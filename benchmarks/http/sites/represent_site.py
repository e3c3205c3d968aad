"""A site of represent-boundaries: `represent_site.py CELLS` loads it, granian serves `application`."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from common_settings import settings_of
from django.conf import settings

settings.configure(
    **settings_of(ROOT_URLCONF="boundaries.urls", INSTALLED_APPS=["django.contrib.gis", "boundaries"])
)

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def load(file: Path) -> None:
    """Write the cells, each level a set of boundaries."""
    from django.contrib.gis.geos import GEOSGeometry
    from django.core.management import call_command

    from boundaries.models import Boundary, BoundarySet

    call_command("migrate", verbosity=0)
    cells = json.loads(file.read_text(encoding="utf-8"))
    facts = {"authority": "-", "domain": "-", "last_updated": dt.date(2026, 1, 1)}
    sets = {}
    for level in dict.fromkeys(cell["level"] for cell in cells):
        sets[level] = BoundarySet(slug=level, name=level, singular=level, **facts)
        sets[level].save()
    for cell in cells:
        shape = GEOSGeometry(cell["wkb"], srid=4326)
        names = {"slug": cell["code"], "external_id": cell["code"], "name": cell["name"], "metadata": {}}
        shapes = {"shape": shape, "simple_shape": shape, "centroid": shape.centroid, "extent": shape.extent}
        Boundary(set=sets[cell["level"]], set_name=cell["level"], **names, **shapes).save()


if __name__ == "__main__":
    load(Path(sys.argv[1]))
