import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parsePlace } from "../../static/geogrid/js/core/coordinates.js";
import { toLattice } from "../../static/geogrid/js/core/lattice.js";
import { borderOf, leafOf, neighboursOf } from "../../static/geogrid/js/lookup/reading.js";

/** The cases of the one rule, which Python, SQL and the API are held to as well. */
const { lands } = JSON.parse(readFileSync(new URL("../vectors/rule.json", import.meta.url), "utf8"));
const points = lands.flatMap((/** @type {{points: object[]}} */ land) => land.points);

test("points are brought to the lattice as everywhere", () => {
  assert.ok(points.length > 200);
  for (const { lon, lat, steps } of points) {
    assert.deepStrictEqual([toLattice(lon), toLattice(lat)], steps);
  }
});

test("what is typed is the same place", () => {
  for (const { lon, lat, steps } of points) {
    const place = parsePlace(`${lon}, ${lat}`);
    assert.ok(place, `${lon}, ${lat}`);
    assert.deepStrictEqual([toLattice(place.lon), toLattice(place.lat)], steps);
  }
});

test("an answer is read as the leaf, its neighbours and the border, or as none", () => {
  for (const point of points) {
    const answer = answerOf(point);
    assert.strictEqual(leafOf(answer)?.code ?? null, point.leaf);
    assert.strictEqual(borderOf(answer, null), point.on_edge ? "on-border" : "none");
    assert.deepStrictEqual(
      neighboursOf(answer).map(({ code }) => code),
      point.touching.slice(1),
    );
  }
});

/**
 * Make the server's answer about a point; tests/api/test_rule.py holds the server to it.
 *
 * @param {{cells: string[], leaf: string | null, on_edge: boolean, reason: string, touching: string[],
 *   nearest: string | null, distance_m: number | null}} point
 */
function answerOf(point) {
  const method = point.touching.length > 1 ? "boundary_tiebreak" : "within";
  return {
    scheme: "rule",
    edition: 1,
    on_edge: point.on_edge,
    method: point.leaf === null ? point.reason : method,
    cells: point.cells.map((code) => ({ level: "", code, name: "" })),
    responsible: [],
    touching: point.touching.slice(1),
    nearest: point.nearest === null ? null : { code: point.nearest, distance_m: point.distance_m ?? 0 },
    border_m: point.leaf === null ? null : 500,
  };
}
