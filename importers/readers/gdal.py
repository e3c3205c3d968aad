"""The one door to GDAL: quiet, and with our own sentence around everything that goes wrong."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
from pyogrio.raw import read as read_raw
from pyogrio.raw import read_arrow

from geogrid.core.errors import UnreadableFile
from importers.readers.table import ObjectArray, as_objects

_CURVES = frozenset(range(8, 15))
_Z_FLAG, _M_FLAG, _SRID_FLAG = 0x80000000, 0x40000000, 0x20000000
_TROUBLE = (
    DataSourceError,
    DataLayerError,
    FeatureError,
    FieldError,
    GeometryError,
    pa.ArrowException,
    UnicodeError,
    ValueError,
    RuntimeError,
    OverflowError,
)


@contextmanager
def guarded(path: Path, kind: str) -> Iterator[None]:
    """Turn everything GDAL may say about a file into one sentence, and its warnings into silence."""
    try:
        with warnings.catch_warnings():
            # Rings that are not closed and the like: the rules for rows look for them and say so.
            warnings.simplefilter("ignore")
            yield
    except _TROUBLE as error:
        said = " ".join(str(error).split())[:200]
        raise UnreadableFile(
            f'{path.name} cannot be read as {kind}; it may be damaged or cut off (GDAL says: "{said}").',
            gdal=said,
        ) from error


def layers_of(path: Path, kind: str) -> dict[str, str | None]:
    """Return the layers of a file and their kind of geometry (None where they have none)."""
    with guarded(path, kind):
        return {str(name): geometry_type for name, geometry_type in pyogrio.list_layers(path)}


def geometries_of(path: Path, kind: str, shown_as: Path, layer: str | None = None) -> ObjectArray:
    """Read the geometries of a layer as WKB, curves turned into straight lines, None where there is none."""
    with guarded(shown_as, kind):
        _, _, geometries, _ = read_raw(path, layer=layer, columns=[], read_geometry=True)
    return as_objects(list(geometries))


def rows_of(path: Path, kind: str, layer: str) -> tuple[dict[str, Any], pa.Table]:
    """Read all rows of a layer with exact types."""
    with guarded(path, kind):
        meta, table = read_arrow(path, layer=layer)
        return meta, table


def has_curves(wkb: bytes | None) -> bool:
    """Tell whether a geometry is, or may hold, a curve."""
    if wkb is None or len(wkb) < 5:
        return False
    code = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & ~(_Z_FLAG | _M_FLAG | _SRID_FLAG)
    if code % 1000 in _CURVES:
        return True
    if code % 1000 != shapely.GeometryType.GEOMETRYCOLLECTION:
        return False
    try:
        shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        return True
    return False
