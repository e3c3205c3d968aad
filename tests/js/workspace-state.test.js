import assert from "node:assert/strict";
import { test } from "node:test";
import { lang, TABLES } from "../../static/geogrid/js/i18n/index.js";
import { readAddress, stepOf, writeAddress } from "../../static/geogrid/js/workspace/address.js";
import { differences } from "../../static/geogrid/js/workspace/comparing.js";
import {
  boxOf,
  findingsOnMap,
  groupByRule,
  located,
  troubledCells,
  vacantCells,
  verdictNumbers,
} from "../../static/geogrid/js/workspace/grouping.js";
import { addressOf } from "../../static/geogrid/js/workspace/requests.js";
import { nextOption, optionsOf } from "../../static/geogrid/js/workspace/search-options.js";
import {
  editionInForce,
  firstEdition,
  initialState,
  leafOf,
  selectedChain,
  todayOf,
} from "../../static/geogrid/js/workspace/state.js";

/** @param {Record<string, unknown>} [facts] @returns {any} */
const finding = (facts = {}) => ({
  id: "f",
  rule: "gap",
  level: "leaf",
  cells: ["1"],
  area_m2: 5,
  width_m: 1,
  severity: "major",
  state: "open",
  geometry: null,
  at: null,
  ...facts,
});

test("an address is read back as it was written", () => {
  const state = {
    ...initialState(),
    schemeCode: "environment",
    at: "2025-03-01",
    draft: "7",
    shownLayers: ["road", "enterprise"],
    measure: /** @type {const} */ ("kind"),
    tab: /** @type {const} */ ("findings"),
    finding: "abc",
    view: { lon: 118.3, lat: 29.7, z: 10.25 },
    selection: /** @type {any} */ ({ kind: "cell", phase: "ready", code: "341 0/2" }),
  };
  const place = readAddress(writeAddress(state));
  assert.equal(place.scheme, "environment");
  assert.equal(place.at, "2025-03-01");
  assert.equal(place.draft, "7");
  assert.equal(place.cell, "341 0/2");
  assert.deepEqual(place.layers, ["road", "enterprise"]);
  assert.equal(place.measure, "kind");
  assert.equal(place.finding, "abc");
  assert.deepEqual(place.view, { lon: 118.3, lat: 29.7, z: 10.25 });
});

test("a place keeps the answer's coordinates, not those that were typed in another system", () => {
  const state = {
    ...initialState(),
    selection: /** @type {any} */ ({
      kind: "place",
      lon: 118.4,
      lat: 29.8,
      crs: "gcj02",
      answer: { lon: 118.3, lat: 29.7 },
    }),
  };
  assert.deepEqual(readAddress(writeAddress(state)).point, [118.3, 29.7]);
});

test("nonsense in an address is left aside", () => {
  const place = readAddress("?at=yesterday&lon=x&lat=9&z=99/500/9&draft=&cell=");
  assert.deepEqual(
    [place.at, place.point, place.view, place.draft, place.cell],
    [null, null, null, null, null],
  );
  assert.equal(readAddress("?at=2025-99-99").at, null);
});

test("moving the map is no step of the history, picking a cell is", () => {
  const state = initialState();
  assert.equal(stepOf(state), stepOf({ ...state, view: { lon: 1, lat: 2, z: 3 }, tab: "findings" }));
  assert.notEqual(
    stepOf(state),
    stepOf({ ...state, selection: /** @type {any} */ ({ kind: "cell", code: "1" }) }),
  );
});

test("a day belongs to what is published during it", () => {
  const editions = [
    { number: 1, effective: "2025-01-10T09:00:00+08:00", published_at: "" },
    { number: 2, effective: "2025-06-01T15:00:00+08:00", published_at: "" },
  ];
  const now = new Date("2025-07-01T00:00:00+08:00");
  assert.equal(editionInForce(editions, "2025-01-09", now), null);
  assert.equal(editionInForce(editions, "2025-01-10", now)?.number, 1);
  assert.equal(editionInForce(editions, "2025-05-31", now)?.number, 1);
  assert.equal(editionInForce(editions, "2025-06-01", now)?.number, 2);
  assert.equal(editionInForce(editions, null, now)?.number, 2);
  assert.equal(editionInForce(editions, null, new Date("2025-06-01T14:59:00+08:00"))?.number, 1);
  assert.equal(firstEdition([...editions].reverse())?.number, 1);
  assert.equal(firstEdition([]), null);
});

test("today is the day in China", () => {
  assert.equal(todayOf(new Date("2025-01-01T15:59:00Z")), "2025-01-01");
  assert.equal(todayOf(new Date("2025-01-01T16:00:00Z")), "2025-01-02");
});

test("in a gap nobody answers, though the cells above are known", () => {
  const cells = [{ level: "top", code: "1", name: "" }];
  assert.equal(leafOf(/** @type {any} */ ({ method: "gap", cells })), null);
  assert.equal(leafOf(/** @type {any} */ ({ method: "within", cells }))?.code, "1");
  const selection = /** @type {any} */ ({
    kind: "place",
    answer: { schemes: [{ scheme: "s", method: "gap", cells }] },
  });
  assert.deepEqual(selectedChain(selection, "s"), []);
});

test("findings are grouped, blind spots first, the order within a rule kept", () => {
  const groups = groupByRule([
    finding({ id: "1", rule: "straddling" }),
    finding({ id: "2", rule: "gap" }),
    finding({ id: "3", rule: "new_rule" }),
    finding({ id: "4", rule: "gap" }),
  ]);
  assert.deepEqual(
    groups.map(({ rule, items }) => [rule, items.map(({ id }) => id).join()]),
    [
      ["gap", "2,4"],
      ["straddling", "1"],
      ["new_rule", "3"],
    ],
  );
  assert.equal(groupByRule([finding()], { gap: 40, overlap: 2, sliver: 0 })[0]?.count, 40);
});

test("accepted findings and vacancies do not colour a cell as troubled", () => {
  const list = [
    finding({ cells: ["1", "2"] }),
    finding({ cells: ["3"], state: "accepted" }),
    finding({ rule: "vacancy", cells: ["4"] }),
  ];
  assert.deepEqual(troubledCells(list), ["1", "2"]);
  assert.deepEqual(vacantCells(list), ["4"]);
});

test("a verdict sums its levels and takes the land once", () => {
  const level = { cells: 2, gaps: 1, overlaps: 0, gap_area_m2: 1, overlap_area_m2: 0, area_m2: 10 };
  const numbers = verdictNumbers(
    /** @type {any} */ ({
      levels: { a: level, b: { ...level, area_m2: 9 } },
      vacancies: 3,
      features: { in_gap: 4 },
    }),
  );
  assert.deepEqual(numbers, { gaps: 2, overlaps: 0, cells: 4, vacancies: 3, inGap: 4, areaM2: 10 });
});

test("a box holds all rings, and a finding without a place gets its middle", () => {
  const geometry = /** @type {any} */ ({
    type: "MultiPolygon",
    coordinates: [
      [
        [
          [0, 0],
          [4, 0],
          [4, 2],
          [0, 0],
        ],
      ],
      [
        [
          [9, 9],
          [10, 9],
          [10, 10],
          [9, 9],
        ],
      ],
    ],
  });
  assert.deepEqual(boxOf(geometry, null), [0, 0, 10, 10]);
  assert.deepEqual(boxOf(null, [1, 2]), [1, 2, 1, 2]);
  assert.equal(boxOf(null, null), null);
  assert.deepEqual(located(finding({ geometry })).at, [5, 5]);
  assert.equal(findingsOnMap([finding({ geometry, at: [1, 1] }), finding()]).shapes.features.length, 1);
});

test("a draft's changes are the cells that are new, different or gone", () => {
  const cell = (/** @type {string} */ code, more = {}) =>
    /** @type {any} */ ({ code, name: code, area_m2: 1, bbox: [0, 0, 1, 1], ...more });
  const { changed, removed } = differences(
    [cell("same"), cell("moved"), cell("gone")],
    [cell("same"), cell("moved", { area_m2: 2 }), cell("new")],
  );
  assert.deepEqual([changed, removed], [["moved", "new"], ["gone"]]);
});

test("pasted coordinates come first, in both systems where both are in use", () => {
  const result = /** @type {any} */ ({ kind: "cell", code: "1", name: "n" });
  const options = optionsOf("29.7147, 118.3375", [result], [117, 29, 119, 31]);
  assert.deepEqual(
    options.map((option) =>
      option.kind === "point" ? [option.lon, option.lat, option.crs] : option.result.code,
    ),
    [[118.3375, 29.7147, "wgs84"], [118.3375, 29.7147, "gcj02"], "1"],
  );
  assert.equal(optionsOf("-0.1, 51.5", [], null).length, 1);
  assert.equal(optionsOf("<b>1,2</b>", [], null).length, 0);
});

test("the marked option goes round and round", () => {
  assert.deepEqual(
    [
      nextOption(-1, 1, 3),
      nextOption(2, 1, 3),
      nextOption(0, -1, 3),
      nextOption(-1, -1, 3),
      nextOption(-1, 1, 0),
    ],
    [0, 0, 2, 2, -1],
  );
});

test("a question leaves out what says nothing and escapes the rest", () => {
  assert.equal(addressOf("/a", { q: "<&>", at: null, rule: "", page: 0 }), "/a?q=%3C%26%3E&page=0");
  assert.equal(addressOf("/a", {}), "/a");
});

test("both languages have the same messages with the same places", () => {
  assert.equal(lang, "zh-Hans");
  const keys = Object.keys(TABLES.en).filter((key) => key.startsWith("workspace."));
  assert.ok(keys.length > 100);
  assert.deepEqual(
    Object.keys(TABLES["zh-Hans"])
      .filter((key) => key.startsWith("workspace."))
      .sort(),
    keys.sort(),
  );
  const places = (/** @type {unknown} */ message) =>
    [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();
  for (const key of keys) {
    assert.deepEqual(places(TABLES["zh-Hans"][key]), places(TABLES.en[key]), key);
  }
});
