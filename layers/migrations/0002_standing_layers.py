from typing import Any

from django.db import migrations

LAYERS = (
    ("enterprise", "企业", "Enterprise", "uscc", "统一社会信用代码", "Unified social credit code"),
    ("building", "建筑", "Building", "building_code", "建筑编码", "Building code"),
    (
        "pollution_source",
        "污染源",
        "Pollution source",
        "permit_no",
        "排污许可证编号",
        "Number of the discharge permit",
    ),
)


def make_layers(apps: Any, schema_editor: Any) -> None:
    """Make the layers that every installation has; one of that name that is there already stays as it is."""
    layer = apps.get_model("layers", "Layer")
    for code, name_zh, name_en, key, key_zh, key_en in LAYERS:
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name_en,
            "type": "object",
            "properties": {
                key: {"title": key_en, "x-title": {"zh": key_zh, "en": key_en}, "type": ["string", "null"]}
            },
            "required": [],
            "additionalProperties": True,
        }
        layer.objects.get_or_create(
            code=code,
            defaults={
                "name_zh": name_zh,
                "name_en": name_en,
                "geometry_type": "any",
                "key_fields": [key],
                "schema": schema,
            },
        )


def remove_layers(apps: Any, schema_editor: Any) -> None:
    """Remove them again; a layer with objects refuses to go."""
    codes = [code for code, *_ in LAYERS]
    apps.get_model("layers", "Layer").objects.filter(code__in=codes, scheme=None).delete()


class Migration(migrations.Migration):
    dependencies = [("layers", "0001_initial")]

    operations = [migrations.RunPython(make_layers, remove_layers)]
