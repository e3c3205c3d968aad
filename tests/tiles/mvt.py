"""Vector tiles as GDAL reads them, in the tile's own units: x to the east, y to the south."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyogrio
import shapely


def read_tile(data: bytes) -> dict[str, list[tuple[shapely.Geometry, dict[str, object]]]]:
    """Give the features of every layer of a tile, with what they tell."""
    if not data:
        return {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tile.mvt"
        path.write_bytes(data)
        return {str(name): _features(path, str(name)) for name, _ in pyogrio.list_layers(path)}


def _features(path: Path, layer: str) -> list[tuple[shapely.Geometry, dict[str, object]]]:
    frame = pyogrio.read_dataframe(path, layer=layer, CLIP="NO", fid_as_index=False)
    # Without a place in the world GDAL turns the tile round, so that y goes to the north.
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy * [1, -1] + [0, 4096])
    rows = frame.drop(columns="geometry").to_dict("records")
    return [(shape, _told(row)) for shape, row in zip(shapes, rows, strict=True)]


def _told(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "mvt_id" and value is not None}
