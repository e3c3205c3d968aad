"""The levels of a scheme, brought in line with its document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count

from boundaries.models import LIVING_STATES, Cell, Draft, DraftCell, DraftState, Level, Rule, Scheme
from boundaries.services.locks import draft_lock
from geogrid.core.errors import Refused
from schemes.documents import Level as WrittenLevel
from schemes.documents import SchemeDocument

_OPEN = LIVING_STATES
#: Changes of rule that cells keep to whatever they are: what filled its parent may from now on leave room.
_LOOSER = {
    (Rule.PARTITION, Rule.RAGGED),
    (Rule.PARTITION, Rule.PARTIAL),
    (Rule.RAGGED, Rule.PARTIAL),
}


def levels_store(*, scheme: Scheme, document: SchemeDocument) -> list[Level]:
    """Make and update the levels of a document; give those that it has no more, for `levels_remove`.

    Raises
    ------
    Refused
        If cells stand on what the document changes.
    """
    stored = {level.code: level for level in scheme.levels.select_related("parent")}
    written = {level.code: level for level in document.levels}
    vanished = [level for code, level in stored.items() if code not in written]
    changed = [level for code, level in stored.items() if code in written and _moved(level, written[code])]
    if vanished or changed:
        _hold_drafts(scheme)
    _refuse_removal(scheme, vanished)
    _refuse_changes(changed, written)
    _write(scheme, document, stored)
    return vanished


def levels_remove(*, levels: Sequence[Level]) -> None:
    """Remove levels without cells; their posts are of no level any more."""
    # From below: a level may stand under another that goes as well.
    for level in sorted(levels, key=lambda one: -one.ordinal):
        level.delete()


def _moved(level: Level, written: WrittenLevel) -> bool:
    return level.rule != written.rule or _parent_code(level) != written.parent


def _parent_code(level: Level) -> str | None:
    return level.parent.code if level.parent else None


def _hold_drafts(scheme: Scheme) -> None:
    """Let no import put cells into a level while it is looked at."""
    for draft in Draft.objects.filter(scheme=scheme, state__in=_OPEN).order_by("pk"):
        draft_lock(draft)


def _cells(levels: Iterable[Level]) -> dict[int, int]:
    counted = Cell.objects.filter(level__in=levels).order_by().values_list("level")
    return dict(counted.annotate(Count("pk")))


def _drafts(levels: Iterable[Level], states: Collection[str]) -> dict[int, str]:
    """Level → the first draft in one of these states that holds cells of it."""
    held = DraftCell.objects.filter(level__in=levels, draft__state__in=states)
    first = held.order_by("level_id", "draft_id").distinct("level_id")
    return {
        level: f"{state} draft {name}"
        for level, name, state in first.values_list("level", "draft__name", "draft__state")
    }


def _refuse_removal(scheme: Scheme, vanished: Sequence[Level]) -> None:
    cells, drafts = _cells(vanished), _drafts(vanished, DraftState.values)
    for level in vanished:
        if level.pk in cells:
            held = f"it has {cells[level.pk]} cells"
        elif level.pk in drafts:
            held = f"the {drafts[level.pk]} holds cells of it"
        else:
            continue
        raise Refused(
            f"the level {level.code} of the scheme {scheme.code} cannot be left out or renamed, "
            f"since {held}; put it back into the document",
            level=level.code,
        )


def _refuse_changes(changed: Sequence[Level], written: dict[str, WrittenLevel]) -> None:
    cells, drafts = _cells(changed), _drafts(changed, _OPEN)
    for level in changed:
        new = written[level.code]
        if _parent_code(level) != new.parent:
            _refuse_other_parent(level, new.parent, cells.get(level.pk, 0), drafts.get(level.pk))
        if level.rule != new.rule and level.pk in cells and (level.rule, new.rule) not in _LOOSER:
            raise Refused(
                f"the level {level.code} has {cells[level.pk]} cells by the rule {level.rule}, which need "
                f"not keep to the rule {new.rule} of the document; keep the rule, or add another level",
                level=level.code,
            )


def _refuse_other_parent(level: Level, parent: str | None, cells: int, draft: str | None) -> None:
    """Cells are bound to cells of the level above: an edition's for ever, a draft's until it is done with."""
    if cells:
        where, step = f"{cells} cells", "keep the parent"
    elif draft:
        where, step = f"cells in the {draft}", "keep the parent, or publish or discard that draft first"
    else:
        return
    raise Refused(
        f"the level {level.code} has {where} under {_parent_code(level) or 'no other level'}, and the "
        f"document puts it under {parent or 'no other level'}, which would tear their parents away; {step}",
        level=level.code,
    )


def _write(scheme: Scheme, document: SchemeDocument, stored: dict[str, Level]) -> None:
    """Write parents before children, as the document lists them."""
    for written in document.levels:
        level = stored.get(written.code) or Level(scheme=scheme, code=written.code)
        level.ordinal = written.ordinal
        level.name_zh, level.name_en = written.name.zh, written.name.en
        level.tier = "" if written.tier == "none" else written.tier
        level.rule = written.rule
        level.parent = stored[written.parent] if written.parent else None
        level.expected = written.expected
        level.code_length = document.code_lengths[written.code]
        level.save()
        stored[written.code] = level
