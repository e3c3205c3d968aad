"""Catalogues are compiled when one changed, and only then."""

from __future__ import annotations

import gettext
import importlib
import os
from pathlib import Path

import pytest

from geogrid.cluster.errors import SetupError

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def checkout(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one catalogue."""
    monkeypatch.syspath_prepend(str(repository / "script" / "tasks"))
    (tmp_path / "var").mkdir()
    write(tmp_path, "地图")
    return tmp_path


def source(checkout: Path) -> Path:
    return checkout / "app" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def write(checkout: Path, words: str) -> None:
    path = source(checkout)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{HEAD}msgid "Map"\nmsgstr "{words}"\n', encoding="utf-8")


def ensure(checkout: Path) -> None:
    importlib.import_module("translations").ensure_translations(checkout)


def translated(checkout: Path) -> str:
    with source(checkout).with_suffix(".mo").open("rb") as stream:
        return gettext.GNUTranslations(stream).gettext("Map")


def test_a_catalogue_is_compiled_and_compiled_again_when_it_changed(checkout: Path) -> None:
    ensure(checkout)
    assert translated(checkout) == "地图"
    write(checkout, "地图页")
    ensure(checkout)
    assert translated(checkout) == "地图页"
    assert [path.suffix for path in sorted(source(checkout).parent.iterdir())] == [".mo", ".po"]


def test_nothing_is_started_when_nothing_changed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(checkout)
    monkeypatch.setenv("PATH", os.devnull)
    ensure(checkout)


def test_a_compiled_catalogue_that_is_gone_is_made_again(checkout: Path) -> None:
    ensure(checkout)
    source(checkout).with_suffix(".mo").unlink()
    ensure(checkout)
    assert translated(checkout) == "地图"


def test_a_catalogue_that_cannot_be_read_is_named(checkout: Path) -> None:
    source(checkout).write_text(f'{HEAD}msgid "Map\n', encoding="utf-8")
    with pytest.raises(SetupError, match=r"compiling app/locale/.*django\.po failed"):
        ensure(checkout)
