"""What an edition states about itself so that anybody can check it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import shapely

from geogrid.core.land import Land
from geogrid.core.lattice import STEP_METRES, FloatArray


def certificate(land: Land, areas: FloatArray) -> dict[str, Any]:
    """Sum a land up.

    Parameters
    ----------
    land : Land
    areas : (n,) float64, m²

    Returns
    -------
    dict
        `cells`; `areas_m2` by level; `sha256` over one line a cell, in byte order: level, code, parent's code
        and the SHA-256 of its geometry as little-endian WKB; `grid_step_m`, by which a vertex may have moved.
    """
    wkb = shapely.to_wkb(land.shapes, byte_order=1) if len(land) else []
    lines = sorted(
        "\t".join(
            (
                land.levels[int(land.level[cell])].code,
                land.code[cell],
                land.code[land.parent[cell]] if land.parent[cell] >= 0 else "",
                hashlib.sha256(shape or b"").hexdigest(),
            )
        ).encode()
        for cell, shape in enumerate(wkb)
    )
    sums = np.bincount(land.level, weights=areas, minlength=len(land.levels))
    return {
        "cells": len(land),
        "areas_m2": {level.code: float(area) for level, area in zip(land.levels, sums, strict=True)},
        "sha256": hashlib.sha256(b"\n".join(lines)).hexdigest(),
        "grid_step_m": STEP_METRES,
        "engine": {"shapely": shapely.__version__, "geos": shapely.geos_version_string},
    }
