import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlace } from "../../static/geogrid/js/core/coordinates.js";

const LON = 118.3375;
const LAT = 29.7149;
const DMS_LON = 118 + 20 / 60 + 15 / 3600;
const DMS_LAT = 29 + 42 / 60 + 53.64 / 3600;

/** @type {[string, number, number][]} */
const READABLE = [
  ["118.3375, 29.7149", LON, LAT],
  ["118.3375,29.7149", LON, LAT],
  ["118.3375 29.7149", LON, LAT],
  ["  118.3375\t29.7149 \n", LON, LAT],
  ["29.7149, 118.3375", LON, LAT],
  ["29.7149 118.3375", LON, LAT],
  ["[118.3375, 29.7149]", LON, LAT],
  ["(29.7149; 118.3375)", LON, LAT],
  ["118.3375，29.7149", LON, LAT],
  ["118.3375、29.7149", LON, LAT],
  ["１１８.３３７５，２９.７１４９", LON, LAT],
  ["１１８．３３７５　２９．７１４９", LON, LAT],
  ["geo:29.7149,118.3375", LON, LAT],
  ["lat 29.7149 lon 118.3375", LON, LAT],
  ["Latitude: 29.7149, Longitude: 118.3375", LON, LAT],
  ["lng=118.3375, lat=29.7149", LON, LAT],
  ["经度118.3375，纬度29.7149", LON, LAT],
  ["纬度：29.7149　经度：118.3375", LON, LAT],
  ["东经118.3375度，北纬29.7149度", LON, LAT],
  ["北纬29.7149° 东经118.3375°", LON, LAT],
  ["N29.7149 E118.3375", LON, LAT],
  ["29.7149N 118.3375E", LON, LAT],
  ["29.7149° N, 118.3375° E", LON, LAT],
  ["e118.3375 n29.7149", LON, LAT],
  ["N29°42'53.64\" E118°20'15\"", DMS_LON, DMS_LAT],
  ["29°42′53.64″N 118°20′15″E", DMS_LON, DMS_LAT],
  ["29°42’53.64”N, 118°20’15”E", DMS_LON, DMS_LAT],
  ["北纬29度42分53.64秒，东经118度20分15秒", DMS_LON, DMS_LAT],
  ["118°20'15\" 29°42'53.64\"", DMS_LON, DMS_LAT],
  ["29 42 53.64 N 118 20 15 E", DMS_LON, DMS_LAT],
  ["29 42 53.64, 118 20 15", DMS_LON, DMS_LAT],
  ["29°42.894' 118°20.25'", DMS_LON, DMS_LAT],
  ["N 29° 42.894' E 118° 20.25'", DMS_LON, DMS_LAT],
  ["-70.65 -33.45", -70.65, -33.45],
  ["33.45S 70.65W", -70.65, -33.45],
  ["−70.65, −33.45", -70.65, -33.45],
  ["180, 90", 180, 90],
  ["0 0", 0, 0],
];

for (const [text, lon, lat] of READABLE) {
  test(`reads ${JSON.stringify(text)}`, () => {
    const place = parsePlace(text);
    assert.ok(place);
    assert.ok(Math.abs(place.lon - lon) < 1e-12, `longitude ${place.lon}`);
    assert.ok(Math.abs(place.lat - lat) < 1e-12, `latitude ${place.lat}`);
  });
}

const UNREADABLE = [
  "",
  "歙县",
  "341021",
  "341021001001",
  "118.3375",
  "118.3375,",
  "118.3375, 29.7149, 12",
  "118.3375 95.2",
  "181 91",
  "N29 N30",
  "N-29 E118",
  "29°61' 118°20'",
  "29°42'60\" 118°20'15\"",
  "29.5°42' 118°20'",
  "29°42''",
  "1e2 3e1",
  "<b>118.3</b>, 29.7",
  "118.3375, 29.7149 黄山",
  "NaN NaN",
  "Infinity 1",
  "1 2 3",
  `118.3375, 29.7149${"0".repeat(300)}`,
];

for (const text of UNREADABLE) {
  test(`does not take ${JSON.stringify(text).slice(0, 40)} for a place`, () => {
    assert.strictEqual(parsePlace(text), null);
  });
}

test("where both orders are possible, the one in the land wins", () => {
  /** @type {[number, number, number, number]} */
  const santiago = [-71, -34, -70, -33];
  assert.deepStrictEqual(parsePlace("-33.45, -70.65", santiago), {
    lon: -70.65,
    lat: -33.45,
    how: "decimal",
    order: "lat-lon",
    sure: false,
  });
  const elsewhere = parsePlace("-33.45, -70.65", [0, 0, 1, 1]);
  assert.deepStrictEqual([elsewhere?.lon, elsewhere?.lat], [-33.45, -70.65]);
});

test("named axes win over the land", () => {
  const place = parsePlace("lon -33.45 lat -70.65", [-71, -34, -70, -33]);
  assert.deepStrictEqual([place?.lon, place?.lat, place?.order], [-33.45, -70.65, "named"]);
});

test("only one order being possible is certain", () => {
  assert.strictEqual(parsePlace("118.3, 29.7")?.sure, true);
  assert.strictEqual(parsePlace("29.7, 118.3")?.order, "lat-lon");
  assert.strictEqual(parsePlace("18.3, 29.7")?.sure, false);
});

test("minutes make a place a sexagesimal one", () => {
  assert.strictEqual(parsePlace("29°42' 118°20'")?.how, "dms");
  assert.strictEqual(parsePlace("29.7° 118.3°")?.how, "decimal");
});
