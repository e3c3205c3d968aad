import assert from "node:assert/strict";
import { test } from "node:test";
import { questionOf, requestOf, searchOf } from "../../static/geogrid/js/lookup/question.js";
import {
  borderOf,
  holdersByLevel,
  leafOf,
  neighboursOf,
  telephoneLink,
} from "../../static/geogrid/js/lookup/reading.js";
import { summaryText } from "../../static/geogrid/js/lookup/summary.js";

/** @param {string} level @param {string} person @param {string | null} phone */
function holder(level, person, phone = null) {
  return {
    level,
    post: "keeper",
    post_name: { zh: "网格员", en: "Keeper" },
    person,
    phone,
    acting_for: null,
  };
}

/** @param {Partial<import("../../static/geogrid/js/lookup/reading.js").SchemeAnswer>} values */
function answer(values = {}) {
  return {
    scheme: "small",
    edition: 1,
    on_edge: false,
    method: "within",
    cells: [
      { level: "city", code: "C", name: "样例市" },
      { level: "lot", code: "10", name: "老街" },
    ],
    responsible: [holder("city", "甲", "110"), holder("lot", "乙"), holder("lot", "丙")],
    touching: [],
    neighbours: [],
    nearest: null,
    border_m: 500,
    hotlines: ["12369"],
    ...values,
  };
}

test("the leaf is the last cell, but in a gap or outside there is none", () => {
  assert.strictEqual(leafOf(answer())?.code, "10");
  assert.strictEqual(leafOf(answer({ method: "boundary_tiebreak" }))?.code, "10");
  assert.strictEqual(leafOf(answer({ method: "gap" })), null);
  assert.strictEqual(leafOf(answer({ method: "outside", cells: [] })), null);
});

test("how near the border is depends on how sure the place is", () => {
  assert.strictEqual(borderOf(answer(), null), "none");
  assert.strictEqual(borderOf(answer({ border_m: 29.9 }), null), "near-border");
  assert.strictEqual(borderOf(answer({ border_m: 30 }), null), "none");
  assert.strictEqual(borderOf(answer({ border_m: 400 }), 401), "perhaps-neighbour");
  assert.strictEqual(borderOf(answer({ border_m: 400 }), 400), "none");
  assert.strictEqual(borderOf(answer({ border_m: 20 }), 5), "near-border");
  assert.strictEqual(borderOf(answer({ border_m: 0, on_edge: true, touching: ["9"] }), 50), "on-border");
  assert.strictEqual(borderOf(answer({ border_m: null }), 50), "none");
});

test("neighbours have names where the server says them", () => {
  const touching = answer({ touching: ["9", "2"], neighbours: [{ level: "lot", code: "9", name: "新安" }] });
  assert.deepStrictEqual(neighboursOf(touching), [
    { code: "9", name: "新安" },
    { code: "2", name: "" },
  ]);
});

test("those who are nearest to the land come first", () => {
  const levels = holdersByLevel(answer());
  assert.deepStrictEqual(
    levels.map(({ cell, holders }) => [cell.code, holders.map(({ person }) => person)]),
    [
      ["10", ["乙", "丙"]],
      ["C", ["甲"]],
    ],
  );
  assert.deepStrictEqual(holdersByLevel(answer({ responsible: [] })), []);
});

test("a phone is dialled as it is meant", () => {
  assert.strictEqual(telephoneLink("0559-2512345"), "tel:05592512345");
  assert.strictEqual(telephoneLink("+86 559 251 2345"), "tel:+865592512345");
  assert.strictEqual(telephoneLink("（0559）2512345 转 801"), "tel:05592512345,801");
  assert.strictEqual(telephoneLink("１２３６９"), "tel:12369");
  assert.strictEqual(telephoneLink("见公告栏"), null);
  assert.strictEqual(telephoneLink('"><script>'), null);
});

test("a question goes into the address and comes back", () => {
  const question = {
    lon: 118.33,
    lat: 29.71,
    crs: "gcj02",
    at: "2026-01-02",
    scheme: "",
    accuracyM: null,
    sure: true,
  };
  const search = searchOf("?lang=en&scheme=old", question);
  assert.strictEqual(search, "?lang=en&lon=118.33&lat=29.71&crs=gcj02&at=2026-01-02");
  assert.deepStrictEqual(questionOf(search), question);
  assert.strictEqual(requestOf(question), "/api/v1/locate?lon=118.33&lat=29.71&crs=gcj02&at=2026-01-02");
});

test("an address with half a place asks nothing", () => {
  for (const search of ["", "?lon=118", "?lon=118&lat=", "?lon=a&lat=b", "?lon=NaN&lat=1"]) {
    assert.strictEqual(questionOf(search), null, search);
  }
});

test("the text to be sent has the place, the cells, who answers and the address", () => {
  const words = { small: { code: "small", name: { zh: "样例体系", en: "Example" }, levels: {} } };
  const text = summaryText(
    { lon: 118.3, lat: 29.7, at: "", outside: false, schemes: [answer(), answer({ method: "gap" })] },
    words,
    "https://x.example/lookup/?lon=118.3&lat=29.7",
  );
  for (const part of [
    "118.300000, 29.700000",
    "样例市 › 老街 (10)",
    "网格员 乙",
    "网格员 甲 110",
    "12369",
    "空白区",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(text.endsWith("https://x.example/lookup/?lon=118.3&lat=29.7"));
});
