"""Repairs of drafts: proposed and not written, accepted for the version they were made for, never undone."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import shapely
from django.core.management import call_command
from django.utils import timezone
from shapely.geometry import box

from accounts.models import Role
from accounts.services.roles import user_role_give
from boundaries.models import Acceptance, DraftCell, DraftState, Scheme
from boundaries.selectors import land_of_draft
from boundaries.services.audits import audit_run
from boundaries.services.publishing import draft_publish
from boundaries.services.repairs import repair_accept, repair_propose
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, Conflict, NotAllowed, NotFound, Refused, StaleVersion
from geogrid.core.repairing_terms import Limits
from importers.services.cells import CellFields, cells_import
from tests.accounts.conftest import make_user
from tests.boundaries.schemes import partition_levels

pytestmark = pytest.mark.django_db

#: About 1 m at the equator.
METRE = 9e-6


@pytest.fixture
def draft(put, scheme):
    """A city, two towns with a gap 1 m wide between them, and a zone that fills the first."""
    put("city", ("C", "", box(0, 0, 0.02, 0.02)))
    put("town", ("1", "", box(0, 0, 0.01, 0.02)), ("2", "", box(0.01 + METRE, 0, 0.02, 0.02)))
    put("zone", ("11", "", box(0, 0, 0.01, 0.02)), ("21", "", box(0.01 + METRE, 0, 0.02, 0.02)))
    return scheme.drafts.get()


def rows(draft):
    return {
        cell.code: (bytes(cell.geom.wkb), cell.source and bytes(cell.source), cell.area_m2)
        for cell in DraftCell.objects.filter(draft=draft)
    }


def test_a_proposal_writes_nothing_and_says_before_and_after(draft):
    before = rows(draft)
    proposal = repair_propose(draft=draft)
    draft.refresh_from_db()
    assert rows(draft) == before
    assert proposal.version == draft.version
    document = json.loads(json.dumps(proposal.as_json()))
    assert [(one["rule"], one["level"], one["to"]) for one in document["fixed"]] == [("gap", "town", ["1"])]
    assert document["left"] == []
    audit = audit_run(scheme=draft.scheme, draft=draft)
    assert [one["id"] for one in document["fixed"]] == [one.ident for one in audit.findings]
    changed = {one["code"]: one for one in document["cells"] if not one["noded"]}
    assert set(changed) == {"1", "11"}
    for one in changed.values():
        assert one["area_after_m2"] - one["area_before_m2"] == pytest.approx(one["gained_m2"])
        assert one["change_percent"] == pytest.approx(100 * one["gained_m2"] / one["area_before_m2"])
        assert one["moved_m"] == pytest.approx(1, rel=0.05)
        after, earlier = (shapely.from_geojson(json.dumps(one[side])) for side in ("after", "before"))
        assert shapely.difference(after, earlier).equals(box(0.01, 0, 0.01 + METRE, 0.02))


def test_what_is_accepted_is_written_and_can_be_published(draft):
    proposal = repair_propose(draft=draft)
    report = repair_accept(draft=draft, proposal=proposal, version=proposal.version)
    assert report.verdict == "full"
    draft.refresh_from_db()
    assert draft.version == proposal.version + 1
    land = land_of_draft(draft)
    for cell in proposal.repair.cells:
        assert shapely.equals_identical(land.shapes[land.ident.index(cell.ident)], cell.after)
        assert DraftCell.objects.get(draft=draft, cell_id=cell.ident).area_m2 == pytest.approx(
            cell.area_after
        )
    assert draft_publish(draft=draft).edition is not None


def test_a_token_accepts_exactly_what_was_shown(draft):
    token = repair_propose(draft=draft, limits=Limits(max_gap_width_m=2)).token
    shown = repair_propose(draft=draft, limits=Limits(max_gap_width_m=2)).repair
    assert repair_accept(draft=draft, proposal=token, version=draft.version).verdict == "full"
    land = land_of_draft(draft)
    for cell in shown.cells:
        assert shapely.equals_identical(land.shapes[land.ident.index(cell.ident)], cell.after)


def test_a_proposal_for_another_version_is_refused(draft, put):
    proposal = repair_propose(draft=draft)
    put("zone", ("22", "", box(0.015, 0, 0.02, 0.02)))
    before = rows(draft)
    for given in (proposal, proposal.token):
        with pytest.raises(StaleVersion):
            repair_accept(draft=draft, proposal=given, version=proposal.version)
    draft.refresh_from_db()
    with pytest.raises(StaleVersion):
        repair_accept(draft=draft, proposal=proposal, version=draft.version)
    assert rows(draft) == before


def test_a_version_that_the_person_has_not_seen_is_refused(draft):
    proposal = repair_propose(draft=draft)
    with pytest.raises(StaleVersion):
        repair_accept(draft=draft, proposal=proposal, version=proposal.version - 1)


def test_a_token_that_is_none_or_of_another_draft_is_refused(draft, put, scheme):
    token = repair_propose(draft=draft).token
    with pytest.raises(BadInput):
        repair_accept(draft=draft, proposal=token[:-2], version=draft.version)
    put("city", ("C", "", box(0, 0, 0.02, 0.02)), draft="other")
    other = scheme.drafts.get(name="other")
    with pytest.raises(BadInput):
        repair_accept(draft=other, proposal=token, version=other.version)


def test_a_gap_that_somebody_accepts_stays_and_makes_an_older_token_stale(draft):
    proposal = repair_propose(draft=draft)
    (found,) = proposal.report.findings
    Acceptance.objects.create(
        scheme=draft.scheme, ident=found.ident, reason="a ditch", valid=(timezone.now(), None)
    )
    assert not repair_propose(draft=draft).repair
    with pytest.raises(StaleVersion):
        repair_accept(draft=draft, proposal=proposal.token, version=draft.version)
    assert repair_propose(draft=draft, only=[found.ident]).repair


def test_a_finding_that_is_not_there_cannot_be_asked_for(draft):
    with pytest.raises(NotFound):
        repair_propose(draft=draft, only=["0123456789abcdef"])


def test_only_an_open_draft_is_repaired(draft):
    proposal = repair_propose(draft=draft)
    draft.state = DraftState.SUBMITTED
    draft.save(update_fields=["state"])
    with pytest.raises(Conflict):
        repair_accept(draft=draft, proposal=proposal, version=proposal.version)


def test_who_may_not_edit_drafts_may_not_accept(draft):
    analyst = make_user("analyst", Role.INSPECTOR)
    proposal = repair_propose(draft=draft)
    with pytest.raises(NotAllowed):
        repair_accept(draft=draft, proposal=proposal, version=draft.version, by=analyst)
    user_role_give(user=analyst, role=Role.PLANNER)
    planner = type(analyst).objects.get(pk=analyst.pk)
    assert repair_accept(draft=draft, proposal=proposal, version=draft.version, by=planner).verdict == "full"


def test_a_later_import_does_not_undo_a_repair(draft, put):
    proposal = repair_propose(draft=draft)
    repair_accept(draft=draft, proposal=proposal, version=proposal.version)
    repaired = rows(draft)
    put("zone", ("21", "", box(0.01, 0, 0.015, 0.02)), ("22", "", box(0.015, 0, 0.02, 0.02)))
    assert rows(draft)["1"][0] == repaired["1"][0]
    assert rows(draft)["11"][0] == repaired["11"][0]


def test_a_later_import_makes_no_gap_along_a_repaired_border_of_a_projected_file(scheme, put):
    # 1 | 2 over 3, which shares a long edge with them. Only 1 and 2 have vertices in the middle of it; in
    # degrees that edge is bent, so 3 has to keep the nodes that it got when all came from files.
    taiwan = resolve_crs("EPSG:3826")
    put("city", ("C", "", box(300000, 2770000, 320000, 2780000)), system=taiwan)
    left = [(300000, 2775000), (305000, 2775000), (310000, 2775000), (310000, 2780000), (300000, 2780000)]
    right = [(310001, 2775000), (315000, 2775000), (320000, 2775000), (320000, 2780000), (310001, 2780000)]
    towns = (("1", "", shapely.Polygon(left)), ("2", "", shapely.Polygon(right)))
    put("town", *towns, ("3", "", box(300000, 2770000, 320000, 2775000)), system=taiwan)
    draft = scheme.drafts.get()
    proposal = repair_propose(draft=draft)
    assert repair_accept(draft=draft, proposal=proposal, version=proposal.version).verdict == "full"
    put("zone", ("31", "", box(300000, 2770000, 301000, 2771000)), system=taiwan)
    found = audit_run(scheme=scheme, draft=draft).findings
    assert {one.finding.level for one in found} == {"zone"}


# --- The command --------------------------------------------------------------------------------------


def test_the_command_proposes_and_accepts_only_when_told(draft, capsys):
    before = rows(draft)
    call_command("repair", "plain")
    told = capsys.readouterr()
    assert "1 of 1 findings can be mended" in told.out
    assert "--accept" in told.out
    assert "working out" in told.err
    assert rows(draft) == before
    call_command("repair", "plain", "--accept", "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["accepted"] is True
    assert {one["code"] for one in document["cells"] if not one["noded"]} == {"1", "11"}
    call_command("repair", "plain")
    assert "0 of 0 findings" in capsys.readouterr().out


def test_the_command_says_what_stays_and_why_and_ends_with_a_no(draft, capsys):
    with pytest.raises(Refused, match="1 findings of the draft import stay unrepaired"):
        call_command("repair", "plain", "--max-gap-width", "0.5")
    told = capsys.readouterr().out
    assert "too-wide" in told
    assert "1.0 m wide, more than 0.5 m" in told
    with pytest.raises(BadInput):
        call_command("repair", "plain", "--max-area", "-1")
    with pytest.raises(BadInput):
        call_command("repair", "plain", "--draft", "none")


def test_an_import_says_how_many_faults_are_small_enough(scheme, tmp_path, capsys):
    shapes = {"1": box(0, 0, 0.01, 0.02), "2": box(0.01 + METRE, 0, 0.02, 0.02)}
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in {**shapes, "3": box(0.02 - METRE, 0, 0.03, 0.02)}.items()
    ]
    file = tmp_path / "towns.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    call_command("import_cells", "plain", str(file), "--level", "town", "--code-field", "code")
    assert "1 of 1 faults could be repaired: see repair plain --draft import" in capsys.readouterr().out


# --- Real land ----------------------------------------------------------------------------------------

MANILA = "nested/ph_metro_manila_4level.gpkg"
LUCKNOW = "dirty/india/Lucknow_Lucknow_{}_boundary.geojson"
BEIJING = "beijing/raw_geojson/{}-all.geojson"


def imported(levels, files):
    scheme = Scheme.objects.create(code="real", name_zh="真", name_en="Real", document={})
    partition_levels(scheme, levels)
    for path, level, layer, fields in files:
        cells_import(scheme="real", path=path, level=level, layer=layer, fields=fields)
    return scheme.drafts.get()


def check_repair(draft, limits):
    """Repair a draft of real land; give what was mended and what stays, by rule."""
    proposal = repair_propose(draft=draft, limits=limits)
    repair, before = proposal.repair, audit_run(scheme=draft.scheme, draft=draft, save=False)
    assert max(one.change for one in repair.cells) <= limits.max_change
    cells = DraftCell.objects.filter(draft=draft).count()
    after = repair_accept(draft=draft, proposal=proposal, version=proposal.version)
    assert DraftCell.objects.filter(draft=draft, geom__isnull=False).count() == cells
    for rule in ("gap", "overlap", "outside_parent", "duplicate_cell", "sliver", "unmatched_edge"):
        found, left = (
            {one.ident for one in report.findings if one.finding.rule == rule} for report in (before, after)
        )
        stays = {proposal._idents[id(one.finding)] for one in repair.left if one.finding.rule == rule}
        mended = {proposal._idents[id(one.finding)] for one in repair.fixed if one.finding.rule == rule}
        assert found == stays | mended
        assert not mended & left
        assert len(left) <= len(found)
    for code, sums in after.levels.items():
        assert sums["gap_area_m2"] <= before.levels[code]["gap_area_m2"] + 1e-3
        assert sums["overlap_area_m2"] <= before.levels[code]["overlap_area_m2"] + 1e-3
        assert sums["cells"] == before.levels[code]["cells"]
    assert all(one.reason for one in repair.left)
    return (Counter(one.finding.rule for one in some) for some in (repair.fixed, repair.left))


def test_the_small_extract_of_beijing_is_mended(repository: Path):
    file = repository / "tests" / "data" / "beijing_shijingshan.geojson"
    draft = imported(["town"], [(file, "town", None, CellFields("code", "Name"))])
    mended, left = check_repair(draft, Limits())
    assert mended["overlap"] > 0
    assert not left


@pytest.mark.shared_data
def test_the_seams_between_beijings_districts_are_mended(shared_data: Path):
    names = ("dongcheng", "xicheng", "shijingshan", "haidian", "fengtai", "mentougou")
    files = [(shared_data / BEIJING.format(name), "town", None, CellFields("code", "Name")) for name in names]
    mended, left = check_repair(imported(["town"], files), Limits())
    assert sum(mended.values()) > 5 * sum(left.values())


@pytest.mark.shared_data
def test_lucknows_wards_are_mended_but_for_the_wide_gaps(shared_data: Path):
    files = [
        (shared_data / LUCKNOW.format("zone"), "zone", None, CellFields("Zone")),
        (shared_data / LUCKNOW.format("ward"), "ward", None, CellFields(None, "Ward Name", "Zone")),
    ]
    mended, left = check_repair(imported(["zone", "ward"], files), Limits())
    assert mended["overlap"] > 1000
    assert mended["gap"] > 1000
    assert sum(left.values()) < 0.05 * sum(mended.values())


@pytest.mark.long
@pytest.mark.shared_data
def test_most_of_manila_is_mended_and_what_stays_has_its_reason(shared_data: Path):
    levels = [("city", "L3_municity", 3), ("barangay", "L4_barangay", 4)]
    files = [
        (shared_data / MANILA, level, layer, CellFields(f"ADM{n}_PCODE", f"ADM{n}_EN", parent))
        for (level, layer, n), parent in zip(levels, (None, "ADM3_PCODE"), strict=True)
    ]
    mended, left = check_repair(imported(["city", "barangay"], files), Limits())
    assert sum(mended.values()) > 1800
    assert set(left) <= {"gap", "overlap", "outside_parent"}
