import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../static/geogrid/js/core/store.js";

/** @param {Store<any>} store */
function heard(store) {
  /** @type {string[][]} */
  const changes = [];
  store.addEventListener("change", (event) => changes.push(/** @type {CustomEvent} */ (event).detail.names));
  return changes;
}

test("a change is told once, with the names of what changed", () => {
  const store = new Store({ a: 1, b: 2, c: 3 });
  const changes = heard(store);
  assert.strictEqual(store.set({ a: 1, b: 5, c: 6 }), true);
  assert.deepStrictEqual(store.state, { a: 1, b: 5, c: 6 });
  assert.deepStrictEqual(changes, [["b", "c"]]);
});

test("setting what is there already tells nobody", () => {
  const store = new Store({ a: Number.NaN });
  const changes = heard(store);
  assert.strictEqual(store.set({ a: Number.NaN }), false);
  assert.deepStrictEqual(changes, []);
});

test("a state is never changed in place", () => {
  const store = new Store({ a: 1 });
  const before = store.state;
  store.set({ a: 2 });
  assert.strictEqual(before.a, 1);
  assert.throws(() => {
    // @ts-expect-error: read-only, which is the point
    store.state.a = 3;
  }, TypeError);
});
