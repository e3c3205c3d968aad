"""A random history of what is stored: drafts of edits, undone, redone and published; and what it has to be.

The model beside it is simple: the rows of the draft before each edit, byte for byte, and the cells of each
edition with the moment from which they hold.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import shapely

from boundaries.models import CellCode, CellVersion, Draft, DraftState, Edition, Lineage, Scheme
from boundaries.models import Finding as StoredFinding
from boundaries.selectors.grounds import ground_at, ground_of_draft
from boundaries.services.audits import AuditReport, audit_run
from boundaries.services.drafts import IncomingCell, draft_cells_put, draft_open
from boundaries.services.edits import EditOutcome, draft_redo, draft_undo, edit_make
from boundaries.services.locks import clock
from boundaries.services.publishing import draft_publish
from geogrid.core.audits.finding import Finding
from geogrid.core.change import Change
from geogrid.core.coverage import Coverage
from geogrid.core.errors import BadInput, EditRefused
from layers.services.assignments import assignments_check
from tests.boundaries.lands import WGS, Cells, bytes_of, coverage_of, put_features, tables
from tests.boundaries.towns import rows_of_draft
from tests.property.history import History, State
from tests.property.strategies import Start
from tests.property.tally import Tally
from tests.property.wishes import Params, Wish, edit_of, geojson, landed

#: They take land from the whole, so that the shares of heirs may add up to less than 1.
_TAKE_LAND = frozenset({"change_outline"})
#: They are looked for by a full audit only, which whoever asks for findings has run when they may be stale.
_OF_PARTICIPANTS = frozenset({"straddling", "object_in_gap", "vacancy"})
_OF_AUDITS = frozenset({"boundaries_auditrun", "boundaries_finding"})
#: Heirs with a billionth of a cell are left out.
_SHARE = 1e-6


@dataclass
class StoredHistory:
    """Does things to the drafts of a scheme, and checks each.

    Attributes
    ----------
    rows : list
        Of the draft, before each edit and after the last; `model` holds the same as coverages.
    editions : list of (datetime, cells)
        What holds from when on.
    codes : dict of str to UUID
        Whose each code was first.
    """

    scheme: Scheme
    start: Start
    tally: Tally
    model: History = field(init=False)
    draft: Draft = field(init=False)
    rows: list[list[Any]] = field(init=False)
    actions: list[str] = field(init=False)
    editions: list[tuple[dt.datetime, Cells]] = field(default_factory=list)
    codes: dict[str, UUID] = field(default_factory=dict)
    drawings: int = 0

    def __post_init__(self) -> None:
        """Begin with the edition that there is."""
        edition = self.scheme.editions.get()
        self.editions.append((edition.effective, bytes_of(self.shown_by(edition))))
        assert self.editions[0][1] == _as_imported(bytes_of(self.start.coverage), self.editions[0][1])
        self._open()

    def _open(self) -> None:
        self.draft = draft_open(scheme=self.scheme, name=f"draft {len(self.editions)}")
        self.model = History.of(self.shown(), self.start.world.tolerance)
        self.rows, self.actions = [rows_of_draft(self.draft)], []
        assert self.rows == [[]]
        assert bytes_of(self.model.now.coverage) == self.editions[-1][1]

    def fresh(self) -> Draft:
        """Read the draft anew, as a request does."""
        return Draft.objects.get(pk=self.draft.pk)

    def shown(self) -> Coverage:
        """Give the cells as the draft has them."""
        return coverage_of(ground_of_draft(self.fresh()))

    def shown_by(self, edition: Edition) -> Coverage:
        """Give the cells as an edition has them."""
        return coverage_of(ground_at(self.scheme, edition.effective))

    # Edits ----------------------------------------------------------------------------------------------

    def edit(self, wish: Wish) -> bool:
        """Ask for an edit, and tell whether it was made: as it was previewed, or refused without a trace."""
        asked = self._asked(wish)
        if asked is None:
            return False
        action, params = asked
        before, version = tables(), self.fresh().version
        try:
            told = edit_make(draft=self.fresh(), action=action, params=params, preview=True)
        except (EditRefused, BadInput) as refusal:
            assert tables() == before, f"a refused preview of {action} left a trace"
            self._refused(action, params, refusal, before)
            return False
        assert tables() == before, f"a preview of {action} left a trace"
        made = edit_make(draft=self.fresh(), action=action, params=params, version=version)
        assert made.version == version + 1
        assert _without_ids(told.change) == _without_ids(made.change)
        told = made.change.apply(self.model.now.coverage)
        assert bytes_of(told) == bytes_of(self.shown()), "what was told is not what is stored"
        self._keep(action, made.change)
        return True

    def file(self, wish: Wish) -> None:
        """Put some cells of a level into the draft anew, as a file has them: with another name."""
        before = self.model.now.coverage
        level = wish.spot % len(before.levels)
        cells = landed(before, level)[wish.option % 3 :: 2]
        if not cells:
            return
        rows = [
            IncomingCell(
                row,
                cell.code,
                f"file {wish.other}",
                before.cells[cell.parent].code if cell.parent else "",
                {"file": wish.other},
                cell.shape,
            )
            for row, cell in enumerate(cells, 1)
        ]
        stored = self.scheme.levels.get(ordinal=level)
        draft_cells_put(draft=self.fresh(), level=stored, system=WGS, incoming=rows)
        change = Change.between(before.cells, self.shown().cells)
        for one in change.cells:
            assert (
                one.before.ident in {cell.ident for cell in cells} or one.before.content == one.after.content
            )
            same = shapely.to_wkb(one.before.shape) == shapely.to_wkb(one.after.shape)
            assert same, f"a file with the same land changes that of {one.before.code}"
        if rows_of_draft(self.draft) != self.rows[self.model.at]:
            self._keep("import_cells", change)

    def _refused(self, action: str, params: Params, refusal: Any, before: Mapping[str, Any]) -> None:
        with pytest.raises(type(refusal)) as again:
            edit_make(draft=self.fresh(), action=action, params=params)
        assert again.value.code == refusal.code
        assert tables() == before, f"a refused {action} left a trace"
        self.tally.refused[action, refusal.code] += 1

    def _keep(self, action: str, change: Change) -> None:
        here = self.model
        there = State(self.shown(), here.tolerance)
        del self.rows[here.at + 1 :], self.actions[here.at :]
        here.push(change, there)
        self.rows.append(rows_of_draft(self.draft))
        self.actions.append(action)
        self._codes_have_one_cell(there.coverage)
        self.tally.made[action] += 1

    def _codes_have_one_cell(self, coverage: Coverage) -> None:
        """No code has ever been of two cells; a code is reserved as soon as it is shown."""
        reserved = dict(CellCode.objects.filter(scheme=self.scheme).values_list("code", "cell_id"))
        for code, cell in self.codes.items():
            assert reserved[code] == cell, f"the code {code} went from one cell to another"
        self.codes = reserved
        for cell in coverage.cells.values():
            assert reserved[cell.code] == cell.ident, f"{cell.code} is of a cell that it does not belong to"

    def _asked(self, wish: Wish) -> tuple[str, Params] | None:
        """Say a wish in the words of the API: findings and layers by their names."""
        coverage = self.model.now.coverage
        found = ()
        if wish.action in {"fill_gap", "resolve_overlap"}:
            found = audit_run(scheme=self.scheme, draft=self.fresh()).findings
        asked = edit_of(wish, coverage, [one.finding for one in found])
        if asked is None:
            return None
        action, params = json.loads(json.dumps(asked))
        if action == "fill_gap":
            (gap,) = (one for one in found if _is_gap(one.finding, params["level"], params["gap"]))
            params = {"finding": gap.ident, "into": params["into"], "name": params["name"]}
        elif action == "resolve_overlap":
            raise AssertionError("an edit brought an overlap")
        elif action == "split_by_layer":
            drawn = [shapely.from_geojson(json.dumps(one)) for one in params.pop("lines")]
            self.drawings += 1
            lines = [one if one.geom_type == "LineString" else shapely.boundary(one) for one in drawn]
            put_features("roads", "line", lines, drawing=self.drawings)
            params["filter"] = {"drawing": self.drawings}
        return action, params

    # Back and forth ---------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last edit back."""
        model = self.model
        if model.at == 0:
            self._nothing_to_do(draft_undo)
            return
        undone = draft_undo(draft=self.fresh(), version=self.fresh().version)
        self._walked(undone, model.at - 1, model.changes[model.at - 1].inverse())
        self.tally.steps["undone"] += 1

    def redo(self) -> None:
        """Make the edit again that was taken back."""
        model = self.model
        if model.at == len(model.changes):
            self._nothing_to_do(draft_redo)
            return
        redone = draft_redo(draft=self.fresh(), version=self.fresh().version)
        self._walked(redone, model.at + 1, model.changes[model.at])
        self.tally.steps["redone"] += 1

    def _walked(self, outcome: EditOutcome, there: int, change: Change) -> None:
        assert rows_of_draft(self.draft) == self.rows[there], f"{outcome.action} is not restored"
        if not outcome.whole_land:
            assert outcome.change.cells == change.cells, "another change is told than that of the edit"
        assert bytes_of(self.shown()) == bytes_of(self.model.states[there].coverage)
        self.model.at = there
        self._codes_have_one_cell(self.model.now.coverage)

    def _nothing_to_do(self, turn: Any) -> None:
        before = tables()
        with pytest.raises(EditRefused) as refusal:
            turn(draft=self.fresh())
        assert refusal.value.code == "nothing-to-do"
        assert tables() == before

    # Editions -----------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Make the draft an edition, and open the next draft on it."""
        shown, base = bytes_of(self.model.now.coverage), self.editions[-1][1]
        if shown == base:
            self._nothing_to_publish()
            return
        told = audit_run(scheme=self.scheme, draft=self.fresh())
        past = clock()
        edition = self._published(told)
        self.editions.append((edition.effective, shown))
        self._edition_is_what_the_draft_showed(edition, told)
        self._cells_end_in_heirs(edition)
        assert bytes_of(coverage_of(ground_at(self.scheme, past))) == base, "the past is another one"
        self.tally.steps["published"] += 1
        self._open()

    def _nothing_to_publish(self) -> None:
        before = tables()
        with pytest.raises(BadInput, match="changes nothing"):
            draft_publish(draft=self.fresh())
        assert tables() == before

    def _published(self, told: AuditReport) -> Edition:
        """Publish, with the gaps that are in the way accepted: nothing else ever is."""
        before = tables()
        publication = draft_publish(draft=self.fresh())
        if publication.edition is None:
            blocking = {one.ident for one in publication.blocking}
            assert blocking <= {one.ident for one in told.blocking}, publication.sentence
            changed = {name for name, digest in tables().items() if digest != before[name]}
            # Where files went in, all of the land is audited, and what was found is kept.
            assert changed <= _OF_AUDITS, "a draft that is not published left a trace"
            publication = draft_publish(draft=self.fresh(), accept_gaps="known to the test")
            assert {one.ident for one in publication.accepted} == blocking
            self.tally.steps["gaps accepted"] += 1
        assert publication.edition is not None, publication.sentence
        return publication.edition

    def _edition_is_what_the_draft_showed(self, edition: Edition, told: AuditReport) -> None:
        now = self.shown_by(edition)
        assert bytes_of(now) == self.editions[-1][1], "the edition is not what its draft showed"
        versions = CellVersion.objects.filter(scheme=self.scheme, valid__contains=edition.effective)
        for version in versions:
            wkb = shapely.to_wkb(now.cells[version.cell_id].shape, byte_order=1)
            assert version.sha256 == hashlib.sha256(wkb).hexdigest()
        stored = StoredFinding.objects.filter(scheme=self.scheme, draft=None)
        kept = set(stored.exclude(rule__in=_OF_PARTICIPANTS).values_list("ident", flat=True))
        report = audit_run(scheme=self.scheme)
        assert report.edition == edition.number
        found = {one.ident: one.finding.message for one in report.findings}
        told_not = found.keys() - {one.ident for one in told.findings}
        assert not told_not, f"its draft had not these findings: {[found[one] for one in told_not]}"
        land = {one.ident for one in report.findings if one.finding.rule not in _OF_PARTICIPANTS}
        assert land == kept, f"brought up to date {kept - land} instead of {land - kept}"
        assert not report.blocking
        assert edition.certificate["sha256"] == report.certificate["sha256"]
        assert edition.certificate["cells"] == report.certificate["cells"]
        self._draft_is_closed(edition)

    def _draft_is_closed(self, edition: Edition) -> None:
        draft = self.fresh()
        assert (draft.state, draft.edition) == (DraftState.PUBLISHED, edition)
        assert edition.number == len(self.editions)

    def _cells_end_in_heirs(self, edition: Edition) -> None:
        """Who ended has heirs, and they have all of it unless the land itself went."""
        was, now = self.editions[-2][1], self.editions[-1][1]
        ended: set[UUID] = was.keys() - now.keys()
        stored: dict[UUID, dict[UUID, float]] = {}
        for row in Lineage.objects.filter(edition=edition):
            assert row.predecessor_id in ended, "a cell that did not end has heirs"
            assert row.successor_id in now, "an heir is not there"
            assert 0 < row.share <= 1
            stored.setdefault(row.predecessor_id, {})[row.successor_id] = row.share
        land_stays = not _TAKE_LAND & set(self.actions[: self.model.at])
        for ident in ended:
            total = sum(stored.get(ident, {}).values())
            assert total <= 1 + _SHARE, f"{was[ident][1]}: more than all of it went on"
            if land_stays:
                assert total == pytest.approx(1, abs=_SHARE), f"{was[ident][1]}: some of it went nowhere"
        self._heirs_are_those_of_the_edits(ended, stored)

    def _heirs_are_those_of_the_edits(self, ended: set[UUID], stored: dict[UUID, dict[UUID, float]]) -> None:
        """Unless one of them ended by `change_outline`, which names none: there the land decides."""
        told, now = self.model.heirs(), self.editions[-1][1]
        for ident in ended:
            # Some of it went to one that ended so, and by that to nobody who is named.
            whole = sum(told[ident].values()) == pytest.approx(1, abs=_SHARE)
            if whole and told[ident].keys() <= now.keys():
                found, named = (
                    {heir: share for heir, share in shares.items() if share > _SHARE}
                    for shares in (stored.get(ident, {}), told[ident])
                )
                assert found == pytest.approx(named)

    def close(self) -> None:
        """Publish what is left, and ask for all that was."""
        self.publish()
        for moment, cells in self.editions:
            assert bytes_of(coverage_of(ground_at(self.scheme, moment))) == cells
        for (_, cells), (end, _) in zip(self.editions[:-1], self.editions[1:], strict=True):
            last = ground_at(self.scheme, end - dt.timedelta(microseconds=1))
            assert bytes_of(coverage_of(last)) == cells
        _, differences = assignments_check(scheme=self.scheme)
        assert differences == []


def _is_gap(finding: Finding, level: str, place: Params) -> bool:
    return (finding.rule, finding.level) == ("gap", level) and geojson(finding.geometry) == place


def _as_imported(made: Cells, stored: Cells) -> Cells:
    """Give cells with the identities and attributes that they got when they were stored."""
    by_code = {cell[1]: (ident, cell) for ident, cell in stored.items()}
    idents = {ident: by_code[cell[1]][0] for ident, cell in made.items()}
    return {
        idents[ident]: (*cell[:4], idents.get(cell[4]), by_code[cell[1]][1][5], cell[6])
        for ident, cell in made.items()
    }


def _without_ids(change: Change) -> Any:
    """Give what a change says, without the identities of new cells."""
    return {
        (one.before and one.before.code, one.after and one.after.code): (
            one.noded,
            one.after and one.after.name,
            one.after and shapely.to_wkb(one.after.shape),
        )
        for one in change.cells
    }
