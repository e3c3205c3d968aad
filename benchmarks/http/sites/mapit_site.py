"""A site of MapIt: `mapit_site.py CELLS` loads it, granian serves `application`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from common_settings import settings_of
from django.conf import settings

settings.configure(
    **settings_of(
        ROOT_URLCONF="mapit.urls",
        INSTALLED_APPS=["django.contrib.gis", "mapit"],
        MAPIT_AREA_SRID=4326,
        MAPIT_COUNTRY="GB",
        MAPIT_RATE_LIMIT={},
        POSTCODES_AVAILABLE=False,
        PARTIAL_POSTCODES_AVAILABLE=False,
        GOOGLE_ANALYTICS="",
    )
)

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def load(file: Path) -> None:
    """Write the cells as areas of the active generation, each level a type."""
    from django.contrib.gis.geos import GEOSGeometry
    from django.core.management import call_command
    from mapit.models import Area, Code, CodeType, Generation, Geometry, Type

    call_command("migrate", verbosity=0)
    now = Generation.objects.create(active=True, description="now")
    kind = CodeType.objects.create(code="grid", description="grid")
    types = {}
    for cell in json.loads(file.read_text(encoding="utf-8")):
        level = cell["level"].upper()
        if level not in types:
            types[level] = Type.objects.create(code=level, description=level)
        facts = {"type": types[level], "generation_low": now, "generation_high": now}
        area = Area.objects.create(name=cell["name"], **facts)
        Code.objects.create(area=area, type=kind, code=cell["code"])
        for polygon in GEOSGeometry(cell["wkb"], srid=4326):
            Geometry.objects.create(area=area, polygon=polygon)


if __name__ == "__main__":
    load(Path(sys.argv[1]))
