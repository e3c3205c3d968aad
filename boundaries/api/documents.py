"""The documents that the API gives about schemes, cells, drafts and findings."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from boundaries.describing import CellDescription
from boundaries.selectors.schemes import LevelFacts, SchemeFacts
from geogrid.web.fields import (
    AttributesField,
    BoundsField,
    CountsField,
    GeometryField,
    NamesField,
    PositionField,
    TitleField,
    TitleSerializer,
)

VERDICTS = ["full", "blind_spots"]


class EditionSerializer(serializers.Serializer):
    """A published state."""

    number = serializers.IntegerField()
    effective = serializers.DateTimeField()
    published_at = serializers.DateTimeField()


class LevelSerializer(serializers.Serializer):
    """A rank of cells; `cells` now, `zoom` as the scheme's document wants it shown."""

    code = serializers.CharField(source="level.code")
    ordinal = serializers.IntegerField(source="level.ordinal")
    name = TitleField(source="level")
    tier = serializers.CharField(source="level.tier")
    rule = serializers.CharField(source="level.rule")
    parent = serializers.CharField(allow_null=True)
    cells = serializers.IntegerField()
    zoom = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class SchemeSerializer(serializers.Serializer):
    """One way of dividing the land. `verdict` is null while no audit holds: ask `audit` for one."""

    code = serializers.CharField(source="scheme.code")
    name = TitleField(source="scheme")
    description = serializers.SerializerMethodField()
    edition = EditionSerializer(allow_null=True)
    levels = LevelSerializer(many=True)
    bbox = BoundsField()
    hotlines = serializers.SerializerMethodField()
    verdict = serializers.ChoiceField(choices=VERDICTS, allow_null=True)

    @extend_schema_field(TitleSerializer)
    def get_description(self, facts: SchemeFacts) -> dict[str, str]:
        """Give what the document says of it, empty if nothing."""
        written = facts.scheme.document.get("description") or ""
        if isinstance(written, str):
            return {"zh": written, "en": written}
        return {"zh": written.get("zh", ""), "en": written.get("en", "")}

    def get_hotlines(self, facts: SchemeFacts) -> list[str]:
        """Give the numbers to call."""
        return [str(line) for line in facts.scheme.document.get("hotlines") or ()]


class DraftSerializer(serializers.Serializer):
    """A branch off an edition; `findings` by rule are those that its last audit left open."""

    id = serializers.IntegerField()
    scheme = serializers.CharField(source="scheme.code")
    name = serializers.CharField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    base_edition = serializers.SerializerMethodField()
    visibility = serializers.CharField()
    findings = serializers.SerializerMethodField()

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_base_edition(self, draft: Any) -> int | None:
        """Give the number of the edition that it started from."""
        return draft.base.number if draft.base else None

    @extend_schema_field(CountsField)
    def get_findings(self, draft: Any) -> dict[str, int]:
        """Give the number of open findings of each rule."""
        counted: dict[str, int] = self.context["findings"].get(draft.pk, {})
        return counted


class LayerSummarySerializer(serializers.Serializer):
    """A register of objects, and how many there are."""

    code = serializers.CharField()
    name = TitleSerializer()
    geometry_type = serializers.CharField()
    count = serializers.IntegerField()


class ReassigningSerializer(serializers.Serializer):
    """How many of the features that an edition may have moved are assigned anew."""

    edition = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField()
    state = serializers.CharField(help_text="pending or running")
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class SchemeDetailSerializer(SchemeSerializer):
    """A scheme with its editions, the drafts that the asker may read, layers, and kinds of cells by level."""

    editions = EditionSerializer(many=True)
    drafts = serializers.SerializerMethodField()
    layers = serializers.SerializerMethodField()
    kinds = serializers.SerializerMethodField()
    reassigning = serializers.SerializerMethodField()

    @extend_schema_field(DraftSerializer(many=True))
    def get_drafts(self, facts: SchemeFacts) -> list[dict[str, Any]]:
        """Give the drafts that the asker may read."""
        shown: list[dict[str, Any]] = DraftSerializer(
            self.context["drafts"], many=True, context=self.context
        ).data
        return shown

    @extend_schema_field(LayerSummarySerializer(many=True))
    def get_layers(self, facts: SchemeFacts) -> list[dict[str, Any]]:
        """Give the layers whose objects it answers for."""
        layers: list[dict[str, Any]] = self.context["added"].get("layers", [])
        return layers

    @extend_schema_field(ReassigningSerializer(many=True))
    def get_reassigning(self, facts: SchemeFacts) -> list[dict[str, Any]]:
        """Give the editions that may have moved features which are still to be assigned."""
        due: list[dict[str, Any]] = self.context["added"].get("reassigning", [])
        return due

    @extend_schema_field(
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    )
    def get_kinds(self, facts: SchemeFacts) -> dict[str, list[str]]:
        """Give the kinds of cells by level."""
        levels: list[LevelFacts] = facts.levels
        return {level.level.code: list(level.kinds) for level in levels if level.kinds}


class CellRowSerializer(serializers.Serializer):
    """A cell in a list; `centre` lies inside it; `geometry` only if asked for."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    kind = serializers.CharField()
    parent = serializers.CharField(allow_null=True)
    area_m2 = serializers.FloatField(allow_null=True)
    children = serializers.IntegerField()
    centre = PositionField()
    bbox = BoundsField()
    geometry = GeometryField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Leave the geometry out unless it was asked for."""
        document: dict[str, Any] = super().to_representation(instance)
        if not self.context.get("geometry"):
            del document["geometry"]
        return document


class ChainLinkSerializer(serializers.Serializer):
    """A cell in the chain from the top."""

    level = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()


class CellChildSerializer(serializers.Serializer):
    """A cell right below."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    area_m2 = serializers.FloatField(allow_null=True)


class HeirSerializer(serializers.Serializer):
    """A cell that took land of a retired one, and which share of it."""

    code = serializers.CharField()
    name = serializers.CharField()
    share = serializers.FloatField()


class ValiditySerializer(serializers.Serializer):
    """From when to when; `to` is null while no end is known."""

    since = serializers.DateTimeField(allow_null=True)
    to = serializers.DateTimeField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Call the beginning `from`, which is a word of Python's."""
        fields = super().get_fields()
        return {"from": fields.pop("since"), **fields}


class ResponsibleSerializer(serializers.Serializer):
    """Who holds a post, or acts for who held it. Private phones are for who may see them."""

    level = serializers.CharField()
    post = serializers.CharField()
    post_name = TitleSerializer()
    person = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    acting_for = serializers.CharField(allow_null=True)


class VacancySerializer(serializers.Serializer):
    """A post that must be filled and is not."""

    post = serializers.CharField()
    post_name = TitleSerializer()


class CellSerializer(serializers.Serializer):
    """All of a cell. A retired one is told as it was last; `heirs` took its land."""

    scheme = serializers.CharField()
    edition = serializers.IntegerField(allow_null=True)
    draft = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()
    kind = serializers.CharField()
    area_m2 = serializers.FloatField(allow_null=True)
    chain = ChainLinkSerializer(many=True)
    children = CellChildSerializer(many=True)
    attributes = AttributesField()
    valid = ValiditySerializer()
    heirs = HeirSerializer(many=True)
    centre = PositionField()
    bbox = BoundsField()
    geometry = GeometryField()
    counts = CountsField()
    responsible = ResponsibleSerializer(many=True)
    vacancies = VacancySerializer(many=True)
    hotlines = serializers.ListField(child=serializers.CharField())
    findings = serializers.IntegerField(allow_null=True)


def cell_facts(told: CellDescription) -> dict[str, Any]:
    """Give a description the shape of `CellSerializer`."""
    cell, as_of = told.cell, told.as_of
    return {
        **{name: getattr(cell, name) for name in ("code", "name", "level", "kind", "area_m2", "attributes")},
        **{name: getattr(cell, name) for name in ("centre", "bbox", "geometry")},
        **{name: getattr(told, name) for name in ("chain", "children", "heirs", "responsible", "findings")},
        "scheme": as_of.scheme.code,
        "edition": as_of.edition.number if as_of.edition else None,
        "draft": as_of.draft.name if as_of.draft else None,
        "valid": {"from": cell.valid_from, "to": cell.valid_to},
        "hotlines": [str(line) for line in as_of.scheme.document.get("hotlines") or ()],
        **told.added,
    }


class FindingSerializer(serializers.Serializer):
    """Something that is not as it should be; `at` is a place in it to fly to."""

    id = serializers.CharField()
    rule = serializers.CharField()
    level = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField())
    names = NamesField(help_text="of its cells, by code")
    area_m2 = serializers.FloatField(allow_null=True)
    width_m = serializers.FloatField(allow_null=True)
    severity = serializers.ChoiceField(choices=["major", "minor", "suspected"])
    state = serializers.ChoiceField(choices=["open", "accepted"])
    reason = serializers.CharField()
    message = serializers.CharField()
    subject = serializers.CharField()
    geometry = GeometryField()
    at = PositionField()


class AuditLevelSerializer(serializers.Serializer):
    """The sums of a level."""

    cells = serializers.IntegerField()
    gaps = serializers.IntegerField()
    overlaps = serializers.IntegerField()
    gap_area_m2 = serializers.FloatField()
    overlap_area_m2 = serializers.FloatField()
    area_m2 = serializers.FloatField()


class AuditFindingSerializer(FindingSerializer):
    """A finding of an audit."""

    names = None
    at = None


class AuditSerializer(serializers.Serializer):
    """What is wrong on a land, and the verdict of all of it."""

    scheme = serializers.CharField()
    edition = serializers.IntegerField(allow_null=True)
    draft = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(help_text="when it was computed, unless another time was asked for")
    verdict = serializers.ChoiceField(choices=VERDICTS)
    levels = serializers.DictField(child=AuditLevelSerializer())
    features = CountsField()
    vacancies = serializers.IntegerField()
    reassigning = serializers.IntegerField(
        required=False,
        help_text="features that a new edition may have moved and that are still to be assigned",
    )
    findings = AuditFindingSerializer(many=True)
    certificate = AttributesField()
