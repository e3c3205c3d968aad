"""Every sentence of the pages is there in Chinese."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from django.utils.translation.template import templatize

SENTENCE = re.compile(
    r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)(?:^msgid_plural (?:"(?:[^"\\]|\\.)*"\s*)+)?', re.MULTILINE
)
ENTRY = re.compile(r"^msgstr(?:\[0\])? ((?:\"(?:[^\"\\]|\\.)*\"\s*)+)", re.MULTILINE)


def _sources(repository: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    apps = sorted({path.parent for path in repository.glob("*/templates")})
    for app in apps:
        found[app.name] = sorted([*app.glob("**/*.html"), *app.glob("**/*.py")])
    return found


def _wanted(paths: list[Path], folder: Path) -> set[str]:
    """Give the sentences that xgettext finds in an app."""
    copies = []
    for number, path in enumerate(paths):
        text = path.read_text(encoding="utf-8")
        if "gettext" not in text and "translate" not in text:
            continue
        copy = folder / f"{number}.py"
        copy.write_text(templatize(text) if path.suffix == ".html" else text, encoding="utf-8")
        copies.append(str(copy))
    if not copies:
        return set()
    names = ("gettext", "gettext_lazy", "ngettext:1,2", "ngettext_lazy:1,2", "pgettext:1c,2", "_")
    command = ["xgettext", "--language=Python", "--from-code=UTF-8", "--no-wrap", "--output=-"]
    command += [f"--keyword={name}" for name in names] + copies
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return _sentences(done.stdout)


def _sentences(catalogue: str) -> set[str]:
    return {_joined(found) for found in SENTENCE.findall(catalogue)} - {""}


def _joined(text: str) -> str:
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def test_every_sentence_is_translated(repository: Path, tmp_path: Path) -> None:
    missing = {}
    seen = 0
    for app, paths in _sources(repository).items():
        folder = tmp_path / app
        folder.mkdir()
        wanted = _wanted(paths, folder)
        catalogue = repository / app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
        text = catalogue.read_text(encoding="utf-8") if catalogue.exists() else ""
        seen += len(wanted)
        if lacking := wanted - _sentences(text):
            missing[app] = sorted(lacking)
    assert missing == {}
    assert seen > 40


def test_no_translation_is_empty_or_doubtful(repository: Path) -> None:
    catalogues = sorted(repository.glob("*/locale/*/LC_MESSAGES/*.po"))
    assert catalogues
    for catalogue in catalogues:
        text = catalogue.read_text(encoding="utf-8")
        assert "fuzzy" not in text, catalogue
        assert all(_joined(entry) for entry in ENTRY.findall(text)), catalogue
