"""The four tables that can be exported, built from what the selectors stream."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from boundaries.models import Draft, Level, Scheme
from exporters.selectors import (
    Rows,
    export_assignments_at,
    export_cells_at,
    export_cells_of_draft,
    export_features_at,
    export_findings,
    export_properties,
)
from exporters.services.attributes import OTHER, Flattener, LayerSchema
from exporters.services.columns import Gathering
from exporters.writers import ExportField, ExportTable
from exporters.writers.table import GeometryType
from geogrid.core.area import polygon_areas
from layers.models import Layer

_CELL_FIELDS = (
    ExportField("code", "text", "编码"),
    ExportField("name", "text", "名称"),
    ExportField("level", "text", "层级"),
    ExportField("parent", "text", "上级网格编码"),
    ExportField("area_m2", "real", "面积（平方米）"),
    ExportField("kind", "text", "类别"),
    ExportField("edition", "integer", "版本"),
    ExportField("valid_from", "datetime", "起始时间"),
    ExportField("attributes", "json", "属性"),
)
_AREA = [field.name for field in _CELL_FIELDS].index("area_m2")
_FINDING_FIELDS = (
    ExportField("id", "text", "问题编号"),
    ExportField("rule", "text", "规则"),
    ExportField("level", "text", "层级"),
    ExportField("cells", "json", "有关单元"),
    ExportField("severity", "text", "程度"),
    ExportField("state", "text", "状态"),
    ExportField("area_m2", "real", "面积（平方米）"),
    ExportField("width_m", "real", "宽度（米）"),
    ExportField("message", "text", "说明"),
)
_KEY = (ExportField("layer", "text", "图层"), ExportField("key", "text", "要素标识"))
_ANSWER = (
    ExportField("cell", "text", "归属单元编码"),
    ExportField("method", "text", "判定方式"),
    ExportField("share", "real", "占比"),
)
_EDGE = (
    ExportField("on_edge", "bool", "在边界上"),
    ExportField("nearest_m", "real", "距最近单元（米）"),
)
_TYPE_WITHOUT_PLACES: dict[str, GeometryType | None] = {
    "point": "Point",
    "line": "MultiLineString",
    "polygon": "MultiPolygon",
    "none": None,
}


@dataclass(frozen=True)
class Gathered:
    """A table, and what people should know about how it came about."""

    table: ExportTable
    notes: tuple[str, ...] = ()


def cells_table(*, scheme: Scheme, at: dt.datetime, draft: Draft | None, level: Level | None) -> Gathered:
    """Gather cells as of a time, or those of a draft."""
    rows = (
        export_cells_of_draft(draft=draft, level=level)
        if draft
        else export_cells_at(scheme=scheme, at=at, level=level)
    )
    gathering = Gathering(_CELL_FIELDS)
    for piece in rows:
        columns, wkb = _split(piece)
        columns[_AREA] = _measured(columns[_AREA], wkb)
        gathering.add(columns, wkb)
    return Gathered(gathering.table(_name(scheme, "cells", level), if_empty="MultiPolygon"))


def findings_table(*, scheme: Scheme, draft: Draft | None, level: Level | None) -> Gathered:
    """Gather what the last audit found."""
    gathering = Gathering(_FINDING_FIELDS)
    for piece in export_findings(scheme=scheme, draft=draft, level=level):
        gathering.add(*_split(piece))
    return Gathered(gathering.table(_name(scheme, "findings", level)))


def assignments_table(*, scheme: Scheme, at: dt.datetime, layers: Sequence[Layer]) -> Gathered:
    """Gather which cell each feature belongs to, with the feature's place."""
    gathering = Gathering((*_KEY, *_ANSWER, *_EDGE))
    schemas = _schemas(layers)
    for piece in export_assignments_at(scheme=scheme, at=at, layers=layers):
        columns, wkb = _split(_keys_withheld(piece, schemas))
        gathering.add(columns, wkb)
    table = gathering.table(_name(scheme, "assignments", *_only(layers)), if_empty=_type(layers))
    return Gathered(table, tuple(_key_notes(schemas)))


def features_table(*, scheme: Scheme, at: dt.datetime, layers: Sequence[Layer]) -> Gathered:
    """Gather features with their public attributes and the cell that each belongs to."""
    schemas = _schemas(layers)
    fixed = [field.name for field in (*_KEY, *_ANSWER)]
    flattener = Flattener(schemas.values(), taken=fixed)
    gathering = Gathering((*_KEY, *flattener.fields, *_ANSWER))
    for piece in export_features_at(scheme=scheme, at=at, layers=layers):
        (layer, key, attributes, *answer), wkb = _split(_keys_withheld(piece, schemas))
        gathering.add([layer, key, *flattener.columns(layer, attributes), *answer], wkb)
    table = gathering.table(
        _name(scheme, "features", *_only(layers)),
        if_empty=_type(layers),
        left_out=() if flattener.others else (OTHER,),
    )
    return Gathered(table, (*_key_notes(schemas), *_attribute_notes(flattener)))


def _split(piece: Rows) -> tuple[list[Sequence[object]], Sequence[object]]:
    """Turn rows into columns, the last of them, the places, apart."""
    *columns, wkb = zip(*piece, strict=True)
    return list(columns), wkb


def _measured(areas: Sequence[float | None], wkb: Sequence[bytes | None]) -> list[float | None]:
    """Measure the cells whose area nobody has stored."""
    result = list(areas)
    todo = [
        row
        for row, (area, shape) in enumerate(zip(areas, wkb, strict=True))
        if area is None and shape is not None
    ]
    if todo:
        shapes = shapely.from_wkb(np.array([bytes(wkb[row]) for row in todo], dtype=object))
        for row, area in zip(todo, polygon_areas(shapes).tolist(), strict=True):
            result[row] = area
    return result


def _schemas(layers: Sequence[Layer]) -> dict[str, LayerSchema]:
    sides = export_properties(layers)
    return {layer.code: LayerSchema.of(layer.code, sides[layer.code], layer.key_fields) for layer in layers}


def _keys_withheld(piece: Rows, schemas: dict[str, LayerSchema]) -> Rows:
    if not any(schema.key_is_private for schema in schemas.values()):
        return piece
    return [(layer, None if schemas[layer].key_is_private else key, *rest) for layer, key, *rest in piece]


def _key_notes(schemas: dict[str, LayerSchema]) -> Iterator[str]:
    for schema in schemas.values():
        if schema.key_is_private:
            yield f"The keys of the layer {schema.code} are private; the column key is empty for it."


def _attribute_notes(flattener: Flattener) -> Iterator[str]:
    if flattener.withheld:
        yield f"Left out, because private: {', '.join(sorted(flattener.withheld))}."
    for name, column in flattener.renamed.items():
        yield f'The attribute "{name}" is in the column "{column}".'
    if flattener.misfits:
        yield (
            f"Values that are not of the type that the layer's schema names: {flattener.misfits}; "
            f"they are in the column {OTHER}."
        )


def _only(layers: Sequence[Layer]) -> Sequence[Layer]:
    return layers if len(layers) == 1 else ()


def _type(layers: Sequence[Layer]) -> GeometryType | None:
    """Give the type of a file without places: what the layers' documents say, if they agree."""
    types = {_TYPE_WITHOUT_PLACES.get(layer.geometry_type, "Unknown") for layer in layers}
    return types.pop() if len(types) == 1 else "Unknown"


def _name(scheme: Scheme, what: str, *parts: Level | Layer | None) -> str:
    return "_".join([scheme.code, what, *(part.code for part in parts if part)])
