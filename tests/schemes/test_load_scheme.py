"""`load_scheme`: a document becomes a scheme, another text its next version, or nothing changes at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from boundaries.models import Cell, Draft, DraftCell, DraftState, Level, Scheme, SchemeDocument
from geogrid.core.errors import BadDocument, NotFound, Refused
from layers.models import Layer
from people.models import Appointment, Person, Post
from people.services import appointment_add
from schemes import loader
from schemes.loader import document_names, read_document
from schemes.services import load as service
from schemes.services.load import SchemeLoad, scheme_load

pytestmark = pytest.mark.django_db

SMALL = """\
scheme: example
name: {zh: 示例, en: Example}
levels:
  - {code: city, name: {zh: 市, en: City}, tier: city, expected: 1, chief: Mayor}
  - {code: town, tier: street, rule: partition}
  - {code: zone, rule: ragged}
posts:
  - {code: worker, name: {zh: 网格员, en: Worker}, level: zone, min: 1, max: 2}
  - {code: helper, level: zone}
"""
FIXTURES = Path(__file__).parent / "fixtures"

Load = Callable[[str], SchemeLoad]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a text as if it were a file."""

    def _load(text: str) -> SchemeLoad:
        path = tmp_path / "example.yaml"
        path.write_text(text, encoding="utf-8")
        return scheme_load(loaded=read_document(path))

    return _load


def _told(*arguments: object) -> str:
    stdout = io.StringIO()
    call_command("load_scheme", *map(str, arguments), stdout=stdout)
    return stdout.getvalue()


def _state() -> dict[str, list[Any]]:
    models = (Scheme, SchemeDocument, Level, Post, Layer)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def _with_cell(scheme: Scheme, level: str) -> Cell:
    return Cell.objects.create(scheme=scheme, level=scheme.levels.get(code=level))


def _in_draft(scheme: Scheme, level: str, state: str = DraftState.OPEN) -> Draft:
    draft = Draft.objects.create(scheme=scheme, name="import", state=state)
    cell = Cell(scheme=scheme, level=scheme.levels.get(code=level))
    DraftCell.objects.create(draft=draft, cell_id=cell.pk, level=cell.level, code="1")
    return draft


def _without(text: str, *beginnings: str) -> str:
    """Leave out the lines with these codes."""
    kept = [line for line in text.splitlines() if not any(f"{{code: {code}," in line for code in beginnings)]
    return "\n".join(kept) + "\n"


# --- A first load --------------------------------------------------------------------------------------


def test_the_first_load_makes_the_scheme_with_its_levels(load: Load) -> None:
    loaded = load(SMALL.replace("levels:", "tolerance: {area_m2: 3, width_m: 0.5}\nlevels:", 1))
    scheme = Scheme.objects.get(code="example")
    assert loaded.changed
    assert (scheme.name_zh, scheme.name_en, scheme.document_version) == ("示例", "Example", 1)
    assert (scheme.tolerance_area_m2, scheme.tolerance_width_m) == (3, 0.5)
    assert scheme.extent is None
    assert scheme.document["levels"][0]["code"] == "city"
    rows = scheme.levels.values_list("ordinal", "code", "name_zh", "tier", "rule", "parent__code", "expected")
    assert list(rows) == [
        (1, "city", "市", "city", "partition", None, 1),
        (2, "town", "town", "street", "partition", "city", None),
        (3, "zone", "zone", "", "ragged", "town", None),
    ]


def test_levels_know_how_long_the_codes_of_their_cells_are(load: Load) -> None:
    load(SMALL + "code_system: cjt213_14\n")
    assert dict(Level.objects.values_list("code", "code_length")) == {"city": 6, "town": 9, "zone": None}


def test_posts_that_levels_imply_are_made_too(load: Load) -> None:
    load(SMALL)
    rows = Post.objects.order_by("code").values_list("code", "level__code", "minimum", "maximum", "mandatory")
    assert list(rows) == [
        ("chief_city", "city", 1, 1, True),
        ("helper", "zone", 0, None, False),
        ("worker", "zone", 1, 2, True),
    ]
    assert Post.objects.get(code="worker").name_zh == "网格员"


def test_the_text_is_kept_as_it_was_written(load: Load) -> None:
    text = "# a remark\n" + SMALL
    load(text)
    kept = SchemeDocument.objects.get()
    assert kept.text == text
    assert kept.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", document_names())
def test_every_document_of_the_project_is_loaded_by_its_name(name: str) -> None:
    told = json.loads(_told(name, "--json"))
    assert (told["scheme"], told["version"], told["changed"]) == (name, 1, True)
    assert Level.objects.filter(scheme__code=name).count() == len(told["levels"])
    assert Post.objects.filter(scheme__code=name).count() == len(told["posts"])


@pytest.mark.parametrize("order", [1, -1])
def test_all_ten_schemes_live_in_one_database_in_whatever_order_they_come(order: int) -> None:
    paths = sorted(FIXTURES.glob("*.yaml"))[::order]
    assert len(paths) == 10
    for path in paths:
        _told(path)
    assert Scheme.objects.count() == 10
    employer = Layer.objects.get(code="employer")
    assert employer.key_fields == ["uscc"]
    assert {"legal", "basic", "wages"} <= set(employer.schema["properties"])
    assert employer.schema["required"] == ["uscc"]


# --- The command ---------------------------------------------------------------------------------------


def test_json_is_one_document_with_the_promised_keys(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SMALL + "registers: {shop: {geom: point}}\n", encoding="utf-8")
    told = json.loads(_told(tmp_path / "x.yaml", "--json"))
    assert told == {
        "scheme": "example",
        "version": 1,
        "changed": True,
        "levels": ["city", "town", "zone"],
        "posts": ["worker", "helper", "chief_city"],
        "layers": ["shop"],
        "removed_levels": [],
        "retired_posts": [],
        "shared_layers": [],
    }
    again = json.loads(_told(tmp_path / "x.yaml", "--json"))
    assert again == {**told, "changed": False}


def test_a_person_reads_what_is_there_now_and_that_the_same_text_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(SMALL + "registers: {enterprise: {geom: point, key: [uscc]}}\n", encoding="utf-8")
    first, second = _told(path), _told(path)
    assert first.startswith(f"example (示例): loaded {path} as version 1\n")
    assert "  level zone (zone): ragged under town\n" in first
    assert "  post worker (网格员): level zone, 1 to 2 holders a cell\n" in first
    assert "  post chief_city (Mayor): level city, 1 a cell\n" in first
    assert "  layer enterprise (enterprise): point, key uscc, shared\n" in first
    assert second.startswith("example (示例): no change, this text is version 1 already\n")


def test_a_document_with_an_error_is_named_with_file_line_and_key_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(SMALL.replace("rule: ragged", "rul: ragged"), encoding="utf-8")
    before = _state()
    with pytest.raises(BadDocument) as refused:
        _told(path)
    assert refused.value.message == (f'{path} line 6: levels[2].rul is not a known key; did you mean "rule"?')
    assert _state() == before


def test_a_name_that_no_document_has_lists_the_names() -> None:
    with pytest.raises(NotFound, match="the ones that exist are"):
        _told("no-such-document")


# --- The next version ----------------------------------------------------------------------------------


def test_the_same_text_again_changes_nothing(load: Load) -> None:
    load(SMALL)
    before = _state()
    again = load(SMALL)
    assert not again.changed
    assert _state() == before


def test_another_text_is_the_next_version_and_every_version_is_kept(load: Load) -> None:
    load(SMALL)
    second = SMALL.replace("Example}", "Better}") + "hotlines: ['12345']\n"
    assert load(second).scheme.document_version == 2
    # An earlier text that comes back is a version of its own.
    assert load(SMALL).scheme.document_version == 3
    scheme = Scheme.objects.get()
    assert list(scheme.documents.order_by("version").values_list("text", flat=True)) == [SMALL, second, SMALL]
    assert scheme.name_en == "Example"
    assert "hotlines" not in scheme.document


def test_a_next_version_changes_names_numbers_and_rules_and_adds_levels_in_between(load: Load) -> None:
    before = {level.code: level.pk for level in load(SMALL).scheme.levels.all()}
    changed = SMALL.replace(
        "  - {code: zone, rule: ragged}",
        "  - {code: quarter, rule: partial}\n  - {code: zone, rule: ragged, expected: 9}",
    ).replace("min: 1, max: 2", "max: 5")
    load(changed)
    levels = {level.code: level for level in Level.objects.select_related("parent")}
    assert {code: levels[code].pk for code in before} == before
    assert (levels["zone"].ordinal, levels["zone"].parent, levels["zone"].expected) == (
        4,
        levels["quarter"],
        9,
    )
    worker = Post.objects.get(code="worker")
    assert (worker.minimum, worker.maximum, worker.mandatory) == (0, 5, False)


def test_a_level_that_never_had_cells_may_go_and_its_posts_are_retired(load: Load) -> None:
    load(SMALL)
    loaded = load(_without(SMALL, "zone", "worker", "helper").replace("posts:\n", ""))
    assert loaded.removed == ("zone",)
    assert loaded.retired == ("helper", "worker")
    assert list(Level.objects.values_list("code", flat=True)) == ["city", "town"]
    worker = Post.objects.get(code="worker")
    assert (worker.retired, worker.level) == (True, None)


def test_a_post_that_is_left_out_is_retired_and_comes_back(load: Load) -> None:
    load(SMALL)
    assert load(_without(SMALL, "helper")).retired == ("helper",)
    assert Post.objects.get(code="helper").retired
    # It is told when it happens, not at every later load.
    assert load(_without(SMALL, "helper") + "# later\n").retired == ()
    load(SMALL)
    assert not Post.objects.get(code="helper").retired


def _appointed(scheme: Scheme, *, until: Any = None) -> Appointment:
    since = timezone.now() - dt.timedelta(days=9)
    return appointment_add(
        person=Person.objects.create(name="王"),
        post=Post.objects.get(code="helper"),
        cell=_with_cell(scheme, "zone"),
        since=since,
        until=until and since + until,
    )


def test_a_post_that_somebody_holds_keeps_its_level(load: Load) -> None:
    scheme = load(SMALL).scheme
    moved = SMALL.replace("{code: helper, level: zone}", "{code: helper, level: town}")
    _appointed(scheme)
    before = _state()
    with pytest.raises(Refused, match="the post helper is held 1 times for cells of the level zone"):
        load(moved)
    assert _state() == before


def test_a_post_that_was_held_only_in_the_past_may_change_its_level(load: Load) -> None:
    _appointed(load(SMALL).scheme, until=dt.timedelta(days=1))
    load(SMALL.replace("{code: helper, level: zone}", "{code: helper, level: town}"))
    assert Post.objects.get(code="helper").level.code == "town"


# --- What a next version may not do --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "text", "sentence"),
    [
        (
            "zone",
            _without(SMALL, "zone", "worker", "helper").replace("posts:\n", ""),
            "zone .* it has 1 cells",
        ),
        (
            "zone",
            SMALL.replace("zone", "cell"),
            "zone .* cannot be left out or renamed, since it has 1 cells",
        ),
        ("zone", SMALL.replace("rule: ragged", "rule: partition"), "need not keep to the rule partition"),
        ("zone", SMALL.replace("rule: ragged", "rule: record"), "need not keep to the rule record"),
        (
            "town",
            SMALL.replace("street, rule: partition", "street, rule: dissolve"),
            "need not keep to the rule",
        ),
        (
            "zone",
            SMALL.replace("rule: ragged", "rule: ragged, parent: city"),
            "1 cells under town, .* under city",
        ),
        (
            "city",
            SMALL.replace("levels:\n", "levels:\n  - {code: land}\n"),
            "the level city has 1 cells under no other level, and the document puts it under land",
        ),
    ],
)
def test_what_cells_stand_on_is_not_changed(load: Load, level: str, text: str, sentence: str) -> None:
    _with_cell(load(SMALL).scheme, level)
    before = _state()
    with pytest.raises(Refused, match=sentence) as refused:
        load(text)
    assert "\n" not in refused.value.message
    assert _state() == before


@pytest.mark.parametrize("rule", ["ragged", "partial"])
def test_cells_that_fill_their_parent_keep_to_a_looser_rule(load: Load, rule: str) -> None:
    _with_cell(load(SMALL).scheme, "town")
    load(SMALL.replace("street, rule: partition", f"street, rule: {rule}"))
    assert Level.objects.get(code="town").rule == rule


@pytest.mark.parametrize("state", DraftState.values)
def test_a_level_of_which_a_draft_holds_cells_stays(load: Load, state: str) -> None:
    _in_draft(load(SMALL).scheme, "zone", state)
    with pytest.raises(Refused, match=f"the {state} draft import holds cells of it"):
        load(_without(SMALL, "zone", "worker", "helper").replace("posts:\n", ""))


def test_cells_of_an_open_draft_keep_their_parents_but_are_audited_by_whatever_rule(load: Load) -> None:
    draft = _in_draft(load(SMALL).scheme, "zone")
    load(SMALL.replace("rule: ragged", "rule: partition"))
    under_city = SMALL.replace("rule: ragged", "rule: partition, parent: city")
    with pytest.raises(Refused, match="cells in the open draft import under town"):
        load(under_city)
    Draft.objects.filter(pk=draft.pk).update(state=DraftState.DISCARDED)
    load(under_city)
    assert Level.objects.get(code="zone").parent.code == "city"


def test_a_document_of_the_project_does_not_change_the_code_of_its_scheme(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (loader, service):
        monkeypatch.setattr(module, "SCHEMES_DIR", tmp_path)
    load(SMALL)
    with pytest.raises(Refused, match="is the document of the scheme example, but now says `scheme: sample`"):
        load(SMALL.replace("scheme: example", "scheme: sample"))
    assert [scheme.code for scheme in Scheme.objects.all()] == ["example"]


def test_a_file_of_ones_own_with_another_code_is_another_scheme(load: Load) -> None:
    load(SMALL)
    load(SMALL.replace("scheme: example", "scheme: sample"))
    assert Scheme.objects.count() == 2
    assert Post.objects.filter(code="worker").count() == 2


def test_a_failure_at_the_very_end_leaves_nothing_behind(load: Load) -> None:
    before = _state()
    with pytest.raises(Refused, match="the layer building of the scheme example contradicts"):
        load(SMALL + "layers: {building: {geom: polygon, key: [other]}}\n")
    assert _state() == before
