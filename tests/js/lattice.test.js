import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { STEPS_PER_DEGREE, snap, toLattice } from "../../static/geogrid/js/core/lattice.js";

/** @type {{in: number, out: number}[]} */
const vectors = JSON.parse(await readFile(new URL("../vectors/lattice.json", import.meta.url), "utf8"));

test("every vector lands on the step that Python and SQL give it", () => {
  assert.ok(vectors.length > 50);
  for (const vector of vectors) {
    assert.strictEqual(toLattice(vector.in), vector.out, `of ${vector.in}`);
  }
});

test("a point on the grid stays where it is", () => {
  for (const vector of vectors) {
    const [lon, lat] = snap(vector.in, -vector.in);
    assert.deepStrictEqual(snap(lon, lat), [lon, lat]);
  }
});

test("zero has no sign", () => {
  assert.ok(Object.is(toLattice(-0), 0));
  assert.ok(Object.is(toLattice(-1e-12), 0));
  assert.ok(snap(-0, -1e-12).every((degrees) => Object.is(degrees, 0)));
});

test("a snapped coordinate is the step's own quotient", () => {
  assert.deepStrictEqual(snap(121.543931234567, 25.03301), [
    12154393123 / STEPS_PER_DEGREE,
    2503301000 / STEPS_PER_DEGREE,
  ]);
});

test("what is no number is refused", () => {
  for (const nothing of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.throws(() => toLattice(nothing), RangeError);
  }
});
