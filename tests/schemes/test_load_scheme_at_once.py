"""Documents that are loaded at the same time, over connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from boundaries.models import Scheme
from layers.models import Layer
from schemes.loader import read_document
from schemes.services.load import scheme_load

AT_ONCE = 4
DOCUMENT = """\
scheme: {scheme}
levels: [{{code: city}}, {{code: town}}]
posts: [{{code: worker, level: town}}]
registers: {{raced: {{geom: point}}}}
hotlines: ["{number}"]
"""

Race = Callable[[list[str]], list[int]]


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real transactions; what they leave goes row by row: a flush would take the standing layers."""
    with django_db_blocker.unblock():
        yield
        raced = Scheme.objects.filter(code__startswith="raced")
        Layer.objects.filter(scheme__in=raced).delete()
        for scheme in raced:
            scheme.documents.all().delete()
            scheme.posts.all().delete()
            for level in scheme.levels.order_by("-ordinal"):
                level.delete()
            scheme.delete()
        connections.close_all()


@pytest.fixture
def race(committed: None, tmp_path: Path) -> Race:
    """Load several texts at one moment; give the versions they became."""

    def _race(texts: list[str]) -> list[int]:
        barrier = threading.Barrier(len(texts), timeout=30)
        versions: list[int] = []

        def load(number: int, text: str) -> None:
            path = tmp_path / f"{number}.yaml"
            path.write_text(text, encoding="utf-8")
            loaded = read_document(path)
            barrier.wait()
            try:
                versions.append(scheme_load(loaded=loaded).scheme.document_version)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=load, args=pair) for pair in enumerate(texts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(versions)

    return _race


def test_different_texts_of_a_new_scheme_become_one_version_each(race: Race) -> None:
    texts = [DOCUMENT.format(scheme="raced", number=number) for number in range(AT_ONCE)]
    assert race(texts) == list(range(1, AT_ONCE + 1))
    scheme = Scheme.objects.get(code="raced")
    assert scheme.documents.count() == AT_ONCE
    assert scheme.documents.get(version=AT_ONCE).text in texts
    assert scheme.levels.count() == 2


def test_the_same_text_becomes_one_version(race: Race) -> None:
    assert race([DOCUMENT.format(scheme="raced", number=1)] * AT_ONCE) == [1] * AT_ONCE
    assert Scheme.objects.get(code="raced").documents.count() == 1


def test_new_schemes_that_name_the_same_new_layer_share_it(race: Race) -> None:
    texts = [DOCUMENT.format(scheme=f"raced{number}", number=1) for number in range(AT_ONCE)]
    assert race(texts) == [1] * AT_ONCE
    assert Layer.objects.filter(code="raced").count() == 1
