"""The first answers of a scheme, written apart: as right, as well guarded, and as safe as all others."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from psycopg import sql

from layers.models import Assignment, AssignmentRun, CellCount, Feature, Override
from layers.selectors.counts import counts_differences
from layers.services import apart as apart_module
from layers.services import runs as runs_module
from layers.services.apart import Apart
from layers.services.assignments import assignments_check, features_assign
from layers.services.features import FeatureRow, features_upsert
from layers.services.progress import Progress
from layers.services.runs import assignments_run
from tests.layers.lands import LONG_AGO, five_lots, new_layer, new_scheme, point, put
from tests.layers.test_bulk_runs import answers, found_one_by_one, register, two_changed_places

pytestmark = pytest.mark.django_db(transaction=True)


def named(statement, name):
    """Put the name of a table into a statement."""
    return sql.SQL(statement).format(sql.Identifier(name))


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(apart_module, "WORTH", 10)
    monkeypatch.setattr(runs_module, "BATCH", 7)
    monkeypatch.setattr(apart_module, "BATCH", 7)
    yield
    # The tables of schemes that are no more: what empties the database after a test knows nothing of them.
    with connection.cursor() as cursor:
        for name in (*parts()[:-1], *(row[0] for row in tables_left())):
            cursor.execute(named("DROP TABLE {}", name))


@pytest.fixture
def small(transactional_db):
    land = new_scheme()
    land.publish(five_lots())
    return land


@pytest.fixture
def things(transactional_db):
    return new_layer("thing")


def asked(statement, parameters=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def parts():
    """The parts of the table, the common one last."""
    rows = asked(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'layers_assignment'::regclass ORDER BY c.relname = 'layers_assignment_rest', 1"
    )
    return [row[0] for row in rows]


def tables_left():
    return asked(
        r"SELECT relname FROM pg_class WHERE relname ~ '^layers_assignment_s\d+_r\d+$' AND NOT relispartition"
    )


def all_is_well(land):
    assert assignments_check(scheme=land.scheme)[1] == []
    assert counts_differences(land.scheme) == []
    assert tables_left() == []
    now = Assignment.objects.filter(scheme=land.scheme, valid__contains=timezone.now())
    assert now.count() == Feature.objects.count() == now.values("feature").distinct().count()


def test_what_is_written_apart_is_what_is_written_otherwise(small, things, monkeypatch) -> None:
    register(things, 20)
    told = assignments_run(scheme=small.scheme)
    assert told.counted
    assert told.total == told.changed == Feature.objects.count()
    assert parts()[0] == f"layers_assignment_s{small.scheme.pk}_r{AssignmentRun.objects.get().pk}"
    all_is_well(small)
    with transaction.atomic():
        assert found_one_by_one(small) == []
    apart = answers(small)
    Assignment.objects.all().delete()
    monkeypatch.setattr(apart_module, "WORTH", 10_000)
    told = assignments_run(scheme=small.scheme)
    assert not told.counted
    assert answers(small) == apart
    all_is_well(small)


def test_nobody_sees_a_part_of_it(small, things, monkeypatch) -> None:
    register(things, 10)
    seen = []
    ends = runs_module.batch_end

    def looking(after, count):
        seen.append((Assignment.objects.count(), CellCount.objects.count()))
        return ends(after, count)

    monkeypatch.setattr(runs_module, "batch_end", looking)
    assignments_run(scheme=small.scheme)
    assert len(seen) > 3
    assert set(seen) == {(0, 0)}
    assert Assignment.objects.count() == Feature.objects.count()


def test_a_part_has_all_that_the_common_one_has(small, things) -> None:
    register(things, 10)
    assignments_run(scheme=small.scheme)
    own, common = parts()

    def made(part):
        indexes = asked(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass", [part]
        )
        constraints = asked(
            "SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass",
            [part],
        )
        triggers = asked(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [part],
        )
        columns = asked(
            "SELECT column_name, column_default, is_nullable FROM information_schema.columns "
            "WHERE table_name = %s",
            [part],
        )
        of_it = {definition.split(" USING ")[-1] for (definition,) in indexes}
        named = {definition.replace(part, "part") for (definition,) in triggers}
        return of_it, set(constraints), named, set(columns)

    (indexes, constraints, triggers, columns), other = made(own), made(common)
    assert indexes == other[0] - {"btree (scheme_id)"}
    assert constraints - other[1] == {("c", f"CHECK ((scheme_id = {small.scheme.pk}))")}
    assert other[1] <= constraints
    assert (triggers, columns) == other[2:]
    assert len(triggers) == 5
    # Each index and each reference is one of the whole table, none was made a second time.
    assert asked(
        "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND NOT indisexclusion AND NOT EXISTS "
        "(SELECT FROM pg_inherits WHERE inhrelid = indexrelid)",
        [own],
    ) == [(0,)]


@pytest.mark.parametrize("direct", [False, True])
def test_the_guards_bind_whoever_writes(small, things, direct) -> None:
    register(things, 10)
    assignments_run(scheme=small.scheme)
    table = parts()[0] if direct else "layers_assignment"
    feature, other = Feature.objects.filter(key__in=["p1", "p2"]).order_by("key")
    values = {
        "feature_id": feature.pk,
        "scheme_id": small.scheme.pk,
        "cell_id": small.cells["9"].pk,
        "method": "within",
        "share": 1,
        "on_edge": False,
        "valid": f"[{LONG_AGO - dt.timedelta(days=9)},{LONG_AGO})",
    }

    def write(**changed) -> None:
        row = {**values, **changed}
        insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, row)

    write()
    write(feature_id=other.pk)
    assert counts_differences(small.scheme) == []
    for wrong in (
        {},
        {"valid": f"[{timezone.now()},)"},
        {"valid": f"[{LONG_AGO},{timezone.now() + dt.timedelta(days=1)})"},
        {"valid": f"[{LONG_AGO - dt.timedelta(days=5)},{LONG_AGO})"},
        {"feature_id": 10**9, "valid": f"[{timezone.now()},)"},
        {"cell_id": "00000000-0000-0000-0000-000000000000", "valid": "[2001-01-01,2001-01-02)"},
        {"scheme_id": 10**6, "valid": "[2001-01-01,2001-01-02)"},
        {"cell_id": None, "valid": "[2001-01-01,2001-01-02)"},
    ):
        with pytest.raises(IntegrityError):
            write(**wrong)
    for whole in ("layers_feature", "boundaries_cell", "boundaries_scheme"):
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(named("DELETE FROM {}", whole))
    with connection.cursor() as cursor:
        cursor.execute(
            named("UPDATE {} SET cell_id = %s, method = 'within' WHERE feature_id = %s", table),
            [small.cells["B"].pk, other.pk],
        )
        cursor.execute(named("DELETE FROM {} WHERE feature_id = %s", table), [feature.pk])
    assert counts_differences(small.scheme) == []


def in_a_thread(work) -> None:
    def on_its_own() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=on_its_own)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()


def meanwhile(small, things) -> None:
    """Change, add, and decide, as people do."""
    features_upsert(
        layer=things,
        rows=[
            FeatureRow("p1", point(2.5, 0.5), {}),
            FeatureRow("p18", point(1.5, 0.5), {}),
            FeatureRow("new", point(0.5, 1.5), {}),
            *(FeatureRow(f"more{number}", point(0.5, 0.1 + number / 100), {}) for number in range(9)),
        ],
    )
    decided = Feature.objects.get(key="p3")
    Override.objects.create(
        feature=decided, scheme=small.scheme, cell=small.cells["2"], reason="so", valid=(LONG_AGO, None)
    )
    features_assign(scheme=small.scheme, ids=[decided.pk])


@pytest.mark.parametrize("moment", ["before batch 1", "before batch 4", "before the end", "at the end"])
def test_what_others_write_meanwhile_counts(small, things, monkeypatch, moment) -> None:
    register(things, 20)
    ends, finished, calls = runs_module.batch_end, apart_module._finished, []

    def now(here: str) -> None:
        calls.append(here)
        if here == moment or f"{here} {calls.count(here)}" == moment:
            in_a_thread(lambda: calls.count(moment) < 2 and meanwhile(small, things))

    def looking(after, count):
        now("before batch")
        return ends(after, count)

    def finishing(*arguments):
        now("before the end")
        counts = finished(*arguments)
        now("at the end")
        return counts

    monkeypatch.setattr(runs_module, "batch_end", looking)
    monkeypatch.setattr(apart_module, "_finished", finishing)
    assignments_run(scheme=small.scheme)
    all_is_well(small)
    told = dict(Assignment.objects.filter(valid__upper_inf=True).values_list("feature__key", "cell"))
    assert told["p1"] == small.cells["100"].pk
    assert told["p18"] == small.cells["9"].pk
    assert told["new"] == told["p3"] == small.cells["2"].pk
    assert {told[f"more{number}"] for number in range(9)} == {small.cells["10"].pk}


@pytest.mark.parametrize("moment", ["batch_end", "put_in_force"])
def test_features_that_are_removed_meanwhile_leave_nothing(small, things, monkeypatch, moment) -> None:
    register(things, 20)
    gone = []
    module = runs_module if moment == "batch_end" else runs_module.apart
    original = getattr(module, moment)

    def late(*arguments):
        if (moment != "batch_end" or arguments[0] > 50) and not gone:
            gone.append(True)
            Feature.objects.filter(key__in=["p0", "l5", "nothing"]).delete()
        return original(*arguments)

    monkeypatch.setattr(module, moment, late)
    assignments_run(scheme=small.scheme)
    assert gone
    all_is_well(small)


class LightWentOut(Exception):
    pass


@pytest.mark.parametrize("statement", range(1, 22))
def test_a_run_that_broke_anywhere_goes_on(small, things, monkeypatch, statement) -> None:
    register(things, 12)
    calls, run_statement = [], Apart.run_statement

    def breaking(self, query, **names):
        calls.append(query)
        if len(calls) == statement:
            raise LightWentOut
        return run_statement(self, query, **names)

    monkeypatch.setattr(Apart, "run_statement", breaking)
    try:
        assignments_run(scheme=small.scheme)
        broke = False
    except LightWentOut:
        broke = True
    assert broke == (len(calls) >= statement)
    monkeypatch.setattr(Apart, "run_statement", run_statement)
    said: list[str] = []
    told = assignments_run(scheme=small.scheme, progress=Progress(said.append))
    assert told.total == Feature.objects.count()
    all_is_well(small)
    assert AssignmentRun.objects.filter(finished_at=None).count() == 0
    if broke and statement > 1 and calls[-1] != "apart_analyze":
        assert any("features that are done" in text for text in said)
        assert told.changed == told.total


@pytest.mark.parametrize("batch", [1, 4])
def test_a_run_that_broke_among_batches_goes_on(small, things, monkeypatch, batch) -> None:
    register(things, 20)
    calls, advance = [], runs_module.advance

    def breaking(*arguments) -> None:
        calls.append(arguments)
        if len(calls) == batch:
            raise LightWentOut
        advance(*arguments)

    monkeypatch.setattr(runs_module, "advance", breaking)
    with pytest.raises(LightWentOut):
        assignments_run(scheme=small.scheme)
    run = AssignmentRun.objects.get()
    assert run.apart
    assert asked(f"SELECT count(*) FROM {Apart(small.scheme, run.pk).name}") == [(run.done,)]
    assert Assignment.objects.count() == 0
    monkeypatch.setattr(runs_module, "advance", advance)
    told = assignments_run(scheme=small.scheme)
    assert told.changed == told.total == Feature.objects.count()
    assert [run.pk] == list(AssignmentRun.objects.values_list("pk", flat=True))
    all_is_well(small)


def test_an_edition_in_between_makes_it_begin_anew(small, things, monkeypatch) -> None:
    register(things, 20)
    finished, published = apart_module._finished, []

    def late(*arguments):
        counts = finished(*arguments)
        if not published:
            published.append(small.publish(two_changed_places(), timezone.now()))
        return counts

    monkeypatch.setattr(apart_module, "_finished", late)
    said: list[str] = []
    told = assignments_run(scheme=small.scheme, progress=Progress(said.append))
    assert told.edition == 2
    assert any("begins anew" in text for text in said)
    all_is_well(small)


def test_an_edition_to_come_is_not_written_apart(small, things) -> None:
    register(things, 10)
    small.publish(two_changed_places(), timezone.now() + dt.timedelta(days=3))
    assert not assignments_run(scheme=small.scheme).counted
    assert parts() == ["layers_assignment_rest"]
    all_is_well(small)


def test_a_scheme_that_has_answers_already_is_not_written_apart(small, things, monkeypatch) -> None:
    monkeypatch.setattr(apart_module, "STORED_ALREADY", 3)
    register(things, 10)
    features_assign(scheme=small.scheme, ids=list(Feature.objects.values_list("pk", flat=True)[:4]))
    assert not assignments_run(scheme=small.scheme).counted
    all_is_well(small)


def test_a_layer_alone_can_be_written_apart_and_the_next_added_to_it(small, things) -> None:
    register(things, 10)
    more = new_layer("more")
    for number in range(30):
        put(more, f"m{number}", point(0.5, 0.5))
    assert assignments_run(scheme=small.scheme, layer=more).counted
    told = assignments_run(scheme=small.scheme)
    assert told.counted
    assert len(parts()) == 2
    all_is_well(small)


def test_who_is_busy_with_the_features_goes_first(small, things) -> None:
    register(things, 10)
    holds, may_end, waited = threading.Event(), threading.Event(), []

    def busy() -> None:
        with transaction.atomic():
            put(things, "late", point(0.5, 0.5))
            holds.set()
            waited.append(may_end.wait(1.5))
        connections.close_all()

    thread = threading.Thread(target=busy)
    thread.start()
    holds.wait(30)
    assignments_run(scheme=small.scheme)
    thread.join()
    assert waited == [False]
    # It came while the run waited, and was assigned with it.
    all_is_well(small)


def test_two_schemes_each_have_their_own(small, things) -> None:
    register(things, 10)
    other = new_scheme("other")
    other.publish(two_changed_places())
    assignments_run(scheme=small.scheme)
    assignments_run(scheme=other.scheme)
    assert len(parts()) == 3
    for land in (small, other):
        all_is_well(land)
    edition = other.publish(five_lots(), timezone.now())
    features_assign(scheme=other.scheme, since=edition.effective)
    for land in (small, other):
        all_is_well(land)


def test_a_database_with_answers_is_brought_into_parts_and_back(small, things) -> None:
    register(things, 10)
    assignments_run(scheme=small.scheme)
    other = new_scheme("other")
    other.publish(two_changed_places())
    features_assign(scheme=other.scheme, ids=list(Feature.objects.values_list("pk", flat=True)))
    rows = "SELECT to_jsonb(a) FROM (SELECT * FROM layers_assignment ORDER BY id) AS a"
    kind = "SELECT relkind FROM pg_class WHERE oid = 'layers_assignment'::regclass"
    indexes = "SELECT indexname FROM pg_indexes WHERE tablename = 'layers_assignment' ORDER BY 1"
    stored, in_parts = asked(rows), asked(indexes)
    try:
        call_command("migrate", "layers", "0008", verbosity=0)
        assert asked(kind) == [("r",)]
        assert sorted(str(row) for row in asked(rows)) == sorted(str(row) for row in stored)
        assert ("assignment_of_cell",) in asked(indexes)
        before = Assignment.objects.order_by("-pk").values_list("pk", flat=True)[0]
        Assignment.objects.filter(feature__key="p1").delete()
        features_assign(scheme=small.scheme, ids=[Feature.objects.get(key="p1").pk])
        assert Assignment.objects.order_by("-pk").values_list("pk", flat=True)[0] > before
        stored = asked(rows)
    finally:
        call_command("migrate", "layers", verbosity=0)
    assert asked(kind) == [("p",)]
    assert parts() == ["layers_assignment_rest"]
    assert asked(indexes) == in_parts
    assert asked(rows) == stored
    assert asked("SELECT nextval('layers_assignment_id_seq') > max(id) FROM layers_assignment") == [(True,)]
    features_assign(scheme=other.scheme)
    for land in (small, other):
        all_is_well(land)
