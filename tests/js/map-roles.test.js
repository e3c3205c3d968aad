import assert from "node:assert/strict";
import { test } from "node:test";
import { byRole, fittingLevel, rangesOf } from "../../static/geogrid/js/map/roles.js";

/** @type {{code: string, zoom: [number, number]}[]} */
const LEVELS = [
  { code: "city", zoom: [0, 8] },
  { code: "county", zoom: [8, 11] },
  { code: "town", zoom: [11, 24] },
];

test("every zoom has exactly one strong level", () => {
  const ranges = rangesOf(LEVELS);
  for (let zoom = 0; zoom < 24; zoom += 0.1) {
    assert.equal(ranges.filter(({ from, to }) => from <= zoom && zoom < to).length, 1, `at ${zoom}`);
  }
});

test("the level that fits is the one whose zooms have begun last", () => {
  assert.equal(fittingLevel(LEVELS, 0), "city");
  assert.equal(fittingLevel(LEVELS, 7.99), "city");
  assert.equal(fittingLevel(LEVELS, 8), "county");
  assert.equal(fittingLevel(LEVELS, 11), "town");
  assert.equal(fittingLevel(LEVELS, 22), "town");
  assert.equal(fittingLevel([], 5), null);
});

test("a level that is switched off leaves its zooms to the one above", () => {
  const shown = LEVELS.filter(({ code }) => code !== "county");
  assert.equal(fittingLevel(shown, 9), "city");
});

test("levels that say the same zoom still follow one another", () => {
  const same = rangesOf([
    { code: "a", zoom: [0, 24] },
    { code: "b", zoom: [0, 24] },
    { code: "c", zoom: [0, 24] },
  ]);
  assert.deepEqual(
    same.map(({ from, to }) => [from, to]),
    [
      [0, 1],
      [1, 2],
      [2, 24],
    ],
  );
});

test("a child is a hint from the zoom at which its parent is strong", () => {
  const [, county, town] = rangesOf(LEVELS);
  assert.equal(county?.hint, 0);
  assert.equal(town?.hint, 8);
});

test("the steps of an expression rise strictly, as MapLibre demands", () => {
  for (const range of rangesOf(LEVELS)) {
    const expression = byRole(range, { hint: 1, strong: 2, quiet: 3, far: 4 });
    if (Array.isArray(expression)) {
      const zooms = /** @type {number[]} */ (expression.slice(3).filter((_, index) => index % 2 === 0));
      assert.ok(zooms.length > 1);
      assert.deepEqual(
        zooms,
        [...new Set(zooms)].sort((one, other) => one - other),
      );
    }
  }
});

test("one level alone is strong everywhere", () => {
  const [only] = rangesOf([{ code: "a", zoom: [0, 24] }]);
  assert.equal(byRole(/** @type {any} */ (only), { hint: 1, strong: 2, quiet: 3, far: 4 }), 2);
});
