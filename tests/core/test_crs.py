"""Coordinate systems: what is known, what is refused, and that there and back is the same place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pyproj import CRS

from geogrid.core.crs import resolve_crs
from geogrid.core.errors import UnknownCrs

HUANGSHAN = np.array([[118.337, 29.714]])
SEOUL_WKT = (
    'PROJCS["Bessel_1841_Transverse_Mercator",GEOGCS["GCS_Bessel_1841",DATUM["D_Bessel_1841",'
    'SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",200000.0],'
    'PARAMETER["False_Northing",500000.0],PARAMETER["Central_Meridian",127.0028902777778],'
    'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",38.0],UNIT["Meter",1.0]]'
)
ESRI_WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
KRASOVSKY = (
    "+proj=tmerc +lon_0=117 +x_0=500000 +ellps=krass +towgs84=15.8,-154.4,-82.3,0,0,0,0 +units=m +no_defs"
)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("4326", "EPSG:4326"),
        (" epsg:4490 ", "EPSG:4490"),
        ("EPSG:3826", "EPSG:3826"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("GCJ-02", "gcj02"),
        ("gcj02", "gcj02"),
        ("BD09", "bd09"),
        ("bd-09", "bd09"),
        ("CGCS2000", "EPSG:4490"),
        ("WGS84", "EPSG:4326"),
        (ESRI_WGS84, "EPSG:4326"),
        (CRS.from_epsg(4548).to_wkt(), "EPSG:4548"),
        (CRS.from_epsg(4979).to_wkt(), "EPSG:4326"),
    ],
)
def test_a_system_is_found_however_it_is_written(spec, name):
    assert resolve_crs(spec).name == name


def test_a_pyproj_object_is_taken_as_well():
    assert resolve_crs(CRS.from_epsg(3826)) == resolve_crs("3826")


@pytest.mark.parametrize("code", ["4326", "4490", "4269", "4258", "3824", "CRS84"])
def test_geocentric_systems_of_today_are_longitude_and_latitude_as_they_stand(code):
    system = resolve_crs(code)
    assert system.is_lonlat
    assert system.metres_per_unit() is None
    np.testing.assert_array_equal(system.to_lonlat(HUANGSHAN), HUANGSHAN)


@pytest.mark.parametrize(
    ("code", "easting", "northing"),
    # requirements.md 3.3: axes are (northing, easting) in the register; here easting comes first.
    [("4548", 629376.47, 3289158.59), ("4528", 40339073.64, 3289568.10)],
)
def test_gauss_kruger_takes_easting_first_and_keeps_the_zone_prefix(code, easting, northing):
    system = resolve_crs(code)
    np.testing.assert_allclose(system.from_lonlat(HUANGSHAN), [[easting, northing]], rtol=0, atol=0.006)
    np.testing.assert_allclose(
        system.to_lonlat(np.array([[easting, northing]])), HUANGSHAN, rtol=0, atol=1e-7
    )
    assert system.metres_per_unit() == 1.0
    assert not system.is_lonlat


@pytest.mark.parametrize(
    "spec",
    [
        "4326",
        "4490",
        "4548",
        "4528",
        "3826",
        "3857",
        "32650",
        "2263",
        "gcj02",
        "bd09",
        KRASOVSKY,
        "ESRI:54009",
    ],
)
def test_there_and_back_is_the_same_place(spec):
    system = resolve_crs(spec)
    places = np.array([[118.337, 29.714], [117.2, 30.9], [120.9, 24.1]])
    back = system.to_lonlat(system.from_lonlat(places))
    np.testing.assert_allclose(back, places, rtol=0, atol=2e-8 if spec == KRASOVSKY else 1e-11)


@pytest.mark.parametrize(
    "spec",
    ["4326", "4490", "3826", "3857", "2232", "gcj02", "bd09", KRASOVSKY, ESRI_WGS84, "EPSG:7415", "5174"],
)
def test_the_stored_text_gives_the_system_back(spec):
    system = resolve_crs(spec)
    assert resolve_crs(system.spec) == system
    assert resolve_crs(resolve_crs(system.spec).spec).spec == system.spec


def test_feet_are_not_metres():
    assert resolve_crs("2232").metres_per_unit() == pytest.approx(1200 / 3937)


def test_gcj02_moves_land_and_says_that_its_numbers_are_degrees():
    system = resolve_crs("gcj02")
    assert system.in_degrees
    assert not system.is_lonlat
    np.testing.assert_allclose(system.to_lonlat(np.array([[118.342204, 29.7116]])), HUANGSHAN, atol=1e-6)


def test_parameters_of_its_own_make_an_old_datum_usable():
    here = resolve_crs(KRASOVSKY).to_lonlat(np.array([[629319.279, 3289214.444]]))
    np.testing.assert_allclose(here, HUANGSHAN, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("spec", "datum"),
    [
        ("4214", "Beijing 1954"),
        ("2415", "Beijing 1954"),
        (CRS.from_epsg(2435).to_wkt("WKT1_ESRI"), "Beijing 1954"),
        ("4610", "Xian 1980"),
        ("2360", "Xian 1980"),
        ("4555", "New Beijing"),
        ("3828", "Taiwan Datum 1967"),
        ("2304", "Qornoq 1927"),
        (SEOUL_WKT, "Bessel 1841"),
        ("+proj=tmerc +lon_0=117 +x_0=500000 +ellps=krass +units=m", "Krassovsky"),
    ],
)
def test_a_datum_without_a_trustworthy_transformation_is_refused_by_name(spec, datum):
    with pytest.raises(UnknownCrs, match="--crs") as caught:
        resolve_crs(spec)
    assert datum in caught.value.message


@pytest.mark.parametrize("spec", ["27700", "28992", "31370", "5174", "3021", "2326", "32238"])
def test_national_systems_with_a_published_transformation_are_fine(spec):
    system = resolve_crs(spec)
    west, south, east, north = system.bounds
    centre = np.array([[(west + east) / 2, (south + north) / 2]])
    np.testing.assert_allclose(system.to_lonlat(system.from_lonlat(centre)), centre, rtol=0, atol=1e-7)


@pytest.mark.parametrize("spec", ["", "  ", "foo", "EPSG:999999", "99999999999999999999", "GEOGCS[", "火星"])
def test_what_is_no_system_is_refused_in_a_sentence(spec):
    with pytest.raises(UnknownCrs, match="is not a coordinate system that is known here"):
        resolve_crs(spec)


@pytest.mark.parametrize("spec", ["4479", "5703"])
def test_systems_without_a_map_are_refused(spec):
    with pytest.raises(UnknownCrs, match="does not place points on a map"):
        resolve_crs(spec)


def test_a_system_that_proj_cannot_compute_is_refused():
    with pytest.raises(UnknownCrs, match="cannot be computed"):
        resolve_crs("ESRI:102482")


def test_a_place_that_a_system_does_not_have_is_infinite():
    strange = np.array([[1e308, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
    assert np.isinf(resolve_crs("4528").to_lonlat(strange)).all()


def test_many_threads_get_the_same_answer():
    def here(_: int) -> np.ndarray:
        return resolve_crs("4548").to_lonlat(np.array([[629376.47, 3289158.59]]))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(here, range(40)))
    assert all(np.array_equal(answer, answers[0]) for answer in answers)
