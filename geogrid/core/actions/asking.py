"""What an action is asked with: reading its parameters, and finding the cells and levels that they name."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, field, fields
from typing import Any

import numpy as np
import shapely

from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.lattice import snap, to_lattice

#: More is no drawing; it is a file, and that is imported.
MOST_VERTICES = 100_000
#: Collections in collections; what people draw has one or two.
_DEEPEST = 8
#: Characters that end a line, cannot be seen or are halves of one.
_NOT_OF_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def parameter(read: Callable[[str, Any], Any], **default: Any) -> Any:
    """Declare a parameter of an action, and how it is read."""
    return field(metadata={"read": read}, **default)


def read_params(kind: type, params: Mapping[str, Any]) -> dict[str, Any]:
    """Read the parameters of an action.

    Raises
    ------
    BadInput
        If one is missing, unknown or of a wrong kind; the sentence names it.
    """
    if not isinstance(params, Mapping):
        raise BadInput(f"params: these must be an object, and are {type(params).__name__}")
    known = {one.name.rstrip("_"): one for one in fields(kind)}
    for name in params:
        if name not in known:
            raise BadInput(f"params.{name}: there is no such parameter; there are {', '.join(known)}")
    values = {}
    for name, one in known.items():
        if params.get(name) is not None:
            values[one.name] = one.metadata["read"](f"params.{name}", params[name])
        elif one.default is MISSING:
            raise BadInput(f"params.{name}: this parameter is needed")
    return values


def read_text(name: str, value: Any) -> str:
    """Read a text of one line."""
    if not isinstance(value, str):
        raise BadInput(f"{name}: this must be a text, and is {type(value).__name__}")
    if len(value) > 1000 or any(unicodedata.category(one) in _NOT_OF_A_LINE for one in value):
        raise BadInput(f"{name}: a text of one line and at most 1,000 characters is wanted")
    return value


def read_texts(name: str, value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list | tuple) or not value:
        raise BadInput(f"{name}: this must be a list of texts")
    return tuple(read_text(f"{name}[{number}]", one) for number, one in enumerate(value))


def read_names(name: str, value: Any) -> tuple[str, ...]:
    """Read a list of texts, which may be empty."""
    return () if value in ([], ()) else read_texts(name, value)


def read_one_of(*choices: str) -> Callable[[str, Any], str]:
    """Read one of some words."""

    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise BadInput(f"{name}: one of {', '.join(choices)} is wanted")
        return str(value)

    return read


def read_position(name: str, value: Any) -> tuple[float, float]:
    """Read a position, [lon, lat]; it comes to the lattice."""
    numbers = isinstance(value, list | tuple) and len(value) >= 2
    if not numbers or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value[:2]):
        raise BadInput(f"{name}: a position is [longitude, latitude] in degrees")
    try:
        place = np.array(value[:2], dtype=np.float64)
    except OverflowError:
        place = np.array([np.inf, np.inf])
    _refuse_off_earth(name, place)
    lon, lat = snap(place).tolist()
    return lon, lat


def read_polygon(name: str, value: Any) -> shapely.MultiPolygon:
    """Read a GeoJSON polygon or multi-polygon, or a feature of one; it comes to the lattice."""
    shape = _geometry(name, value)
    if shape.geom_type not in {"Polygon", "MultiPolygon"}:
        raise BadInput(f"{name}: a polygon is wanted, and this is a {shape.geom_type}")
    snapped = shapely.transform(shape, snap)
    if not snapped.is_valid or snapped.is_empty:
        reason = shapely.is_valid_reason(snapped) if not snapped.is_empty else "it is empty"
        raise EditRefused(
            "not-a-polygon", f"what was drawn is no polygon: {reason.lower()}; draw it anew", geometry=shape
        )
    return shapely.MultiPolygon(list(shapely.get_parts(snapped)))


def read_lines(name: str, value: Any) -> tuple[shapely.LineString, ...]:
    """Read GeoJSON lines, or features or a list of them; they come to the lattice."""
    values = value if isinstance(value, list | tuple) else [value]
    found: list[shapely.LineString] = []
    for number, one in enumerate(values):
        at = f"{name}[{number}]" if isinstance(value, list | tuple) else name
        for part in _lines_of(at, _geometry(at, one)):
            snapped = shapely.transform(part, snap)
            if snapped.length > 0:
                found.append(snapped)
    if not found:
        raise BadInput(f"{name}: there is no line of any length in it")
    return tuple(found)


def _lines_of(name: str, shape: shapely.Geometry) -> Iterable[shapely.LineString]:
    for part in shapely.get_parts(shape):
        if part.geom_type in {"LineString", "LinearRing"}:
            yield shapely.LineString(part)
        elif part.geom_type == "Polygon":
            yield from (shapely.LineString(ring) for ring in shapely.get_rings(part))
        elif part.geom_type in {"MultiLineString", "MultiPolygon", "GeometryCollection"}:
            yield from _lines_of(name, part)
        else:
            raise BadInput(f"{name}: lines are wanted, and this is a {part.geom_type}")


def _geometry(name: str, value: Any) -> shapely.Geometry:
    shape = value if isinstance(value, shapely.Geometry) else _from_geojson(name, value)
    shape = shapely.force_2d(shape)
    coordinates = shapely.get_coordinates(shape)
    if len(coordinates) > MOST_VERTICES:
        raise BadInput(f"{name}: {len(coordinates):,} vertices are too many to draw; import a file instead")
    _refuse_off_earth(name, coordinates)
    return shape


def _from_geojson(name: str, value: Any, depth: int = 0) -> shapely.Geometry:
    if depth > _DEEPEST:
        raise BadInput(f"{name}: collections in collections in collections; give the geometries themselves")
    if isinstance(value, Mapping) and value.get("type") == "Feature":
        value = value.get("geometry")
    if isinstance(value, Mapping) and value.get("type") == "FeatureCollection":
        members = value.get("features")
        if not isinstance(members, list):
            raise BadInput(f"{name}: a collection without features")
        return shapely.GeometryCollection([_from_geojson(name, one, depth + 1) for one in members])
    if not isinstance(value, Mapping):
        raise BadInput(f"{name}: GeoJSON is wanted, and this is {type(value).__name__}")
    try:
        shape = _shape_of(value)
    except (
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        RecursionError,
        shapely.errors.ShapelyError,
    ) as fault:
        raise BadInput(f"{name}: this is no GeoJSON geometry") from fault
    return shape


def _shape_of(value: Mapping[str, Any]) -> shapely.Geometry:
    shape: shapely.Geometry = shapely.from_geojson(json.dumps(value))
    if shape is None:
        raise ValueError("no geometry")
    return shape


def _refuse_off_earth(name: str, coordinates: Any) -> None:
    if not np.isfinite(coordinates).all() or (np.abs(coordinates) > (180.0, 90.0)).any():
        raise BadInput(f"{name}: there are coordinates that are no longitude and latitude in degrees")


def find_cell(ground: Ground, code: str, *, land: bool = True) -> Cell:
    """Give the cell of a code.

    Raises
    ------
    EditRefused
        If there is none, or none with land of a level that divides land where `land` is wanted.
    """
    cell = ground.by_code([code]).get(code)
    if cell is None:
        raise EditRefused("no-such-cell", f"the draft has no cell {code!r}", cell=code)
    if land:
        level = ground.levels[cell.level]
        if not level.divides_land:
            raise EditRefused(
                "not-a-land-level", f"{code} is of the level {level.code}, whose cells do not divide land"
            )
        if cell.shape is None or cell.shape.is_empty:
            raise EditRefused("no-land", f"{code} has no land yet", cell=code)
    return cell


def find_level(ground: Ground, code: str) -> int:
    """Give the index of a level that divides land.

    Raises
    ------
    EditRefused
    """
    for number, level in enumerate(ground.levels):
        if level.code == code:
            if not level.divides_land:
                raise EditRefused("not-a-land-level", f"cells of the level {code} do not divide land")
            return number
    known = ", ".join(level.code for level in ground.levels if level.divides_land)
    raise EditRefused("wrong-level", f"there is no level {code!r}; there are {known}")


def level_above(ground: Ground, level: int) -> int:
    """Give the nearest level above that divides land and has cells; -1 if there is none."""
    above = ground.levels[level].parent
    while above >= 0 and not (ground.levels[above].divides_land and above in ground.filled):
        above = ground.levels[above].parent
    return above


def on_lattice(place: tuple[float, float]) -> tuple[int, int]:
    """Give a position in whole steps."""
    x, y = to_lattice(np.array(place)).tolist()
    return x, y
