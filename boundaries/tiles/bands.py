"""The bands of zooms that share their simplified borders."""

from __future__ import annotations

#: The deepest zoom of each band; cells of the last are exact.
BANDS = (7, 9, 11, 14, 24)
#: How the sets are made; another number has all of them made anew.
FORM = 1

#: A tile is so many of its own units wide, and shows so many of them around itself, so that neither lines nor
#: labels are cut where tiles meet.
EXTENT = 4096
BUFFER = 64

# Metres of web mercator that a pixel is wide at zoom 0, tiles being 512 pixels wide.
_PIXEL = 2 * 20037508.342789244 / 512
# How many pixels wide a square is that a border may gain or lose at the deepest zoom of a band.
_TOLERANCE_PIXELS = 0.7


def band_of(zoom: int) -> int:
    """Give the band of a zoom."""
    return next(band for band in BANDS if zoom <= band)


def tolerance(band: int) -> float:
    """Give the tolerance of a band for `simplify_land`, in metres of web mercator."""
    return float(_TOLERANCE_PIXELS * _PIXEL / 2**band)
