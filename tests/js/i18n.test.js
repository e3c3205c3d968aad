import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../../static/geogrid/js/api/problem.js";
import { named, problemText, TABLES } from "../../static/geogrid/js/i18n/index.js";
import { translator } from "../../static/geogrid/js/i18n/messages.js";

/** @param {import("../../static/geogrid/js/i18n/messages.js").Message} message */
function places(message) {
  const text = typeof message === "string" ? message : message.one + message.other;
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

test("both languages have the same messages with the same places", () => {
  const { "zh-Hans": zh, en } = TABLES;
  assert.ok(Object.keys(en).length > 20);
  assert.deepStrictEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const [key, message] of Object.entries(en)) {
    const other = /** @type {import("../../static/geogrid/js/i18n/messages.js").Message} */ (zh[key]);
    assert.deepStrictEqual(places(message), places(other), key);
  }
});

test("no Chinese message has half-width sentence marks, no English one full-width ones", () => {
  for (const [key, message] of Object.entries(TABLES["zh-Hans"])) {
    assert.doesNotMatch(
      JSON.stringify(message).slice(1, -1),
      /[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(?!\d)/,
      key,
    );
  }
  for (const [key, message] of Object.entries(TABLES.en)) {
    assert.doesNotMatch(JSON.stringify(message), /[，。；：！？（）、]/, key);
  }
});

test("values are put in, numbers in the reader's way, counts choose the form", () => {
  const t = translator({ a: "{n} of {total}, {x}", b: { one: "{n} cell", other: "{n} cells" } }, "en");
  assert.strictEqual(t("a", { n: 1234, total: "5", x: "<b>" }), "1,234 of 5, <b>");
  assert.strictEqual(t("b", { n: 1 }), "1 cell");
  assert.strictEqual(t("b", { n: 2 }), "2 cells");
  assert.strictEqual(t("a", {}), "{n} of {total}, {x}");
  assert.strictEqual(t("no-such-message"), "no-such-message");
});

test("a problem is told by its code, else in the server's words", () => {
  assert.strictEqual(
    problemText(new Problem({ status: 0, code: "unreachable" })),
    TABLES["zh-Hans"]["problem.unreachable"],
  );
  assert.strictEqual(
    problemText(new Problem({ status: 422, code: "odd", detail: "It is odd." })),
    "It is odd.",
  );
  assert.match(problemText(new Problem({ status: 418, code: "teapot" })), /teapot/);
});

test("a name is in the page's language, or in the other one", () => {
  assert.strictEqual(named({ zh: "街道", en: "street" }), "街道");
  assert.strictEqual(named({ zh: "", en: "street" }), "street");
  assert.strictEqual(named(null), "");
});
