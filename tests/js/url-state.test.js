import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf, searchWith, valuesOf } from "../../static/geogrid/js/core/url-state.js";

test("what is not there is the empty text", () => {
  assert.deepStrictEqual(valuesOf("?scheme=plain&at=", ["scheme", "at", "cell"]), {
    scheme: "plain",
    at: "",
    cell: "",
  });
});

test("a number is a finite number or null", () => {
  assert.strictEqual(numberOf("?z=12.5", "z"), 12.5);
  for (const search of ["", "?z=", "?z=%20", "?z=abc", "?z=Infinity", "?z=NaN"]) {
    assert.strictEqual(numberOf(search, "z"), null, search);
  }
});

test("a patch leaves the others alone and takes empty values away", () => {
  assert.strictEqual(
    searchWith("?a=1&b=2&lang=en", { a: 0, b: null, c: "歙县" }),
    "?a=0&lang=en&c=%E6%AD%99%E5%8E%BF",
  );
  assert.strictEqual(searchWith("?a=1", { a: "" }), "");
});
