import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsBetween } from "../../static/geogrid/js/map/difference.js";
import { DARK, LIGHT } from "../../static/geogrid/js/map/palette.js";
import { paintMark, paintPattern, rgb } from "../../static/geogrid/js/map/patterns.js";
import { styleOf, tileAddress } from "../../static/geogrid/js/map/style.js";

/** @param {Record<string, unknown>} [look] @param {Record<string, unknown>} [more] @returns {any} */
function wanted(look = {}, more = {}) {
  return {
    origin: "http://here",
    scheme: "plain",
    state: { edition: 3 },
    levels: [
      { code: "top", zoom: [0, 9] },
      { code: "leaf", zoom: [9, 24] },
    ],
    objects: [],
    finding: null,
    look: {
      palette: LIGHT,
      measure: "coverage",
      kinds: { leaf: ["a", "b"] },
      textScale: 1,
      picked: null,
      pickedParent: null,
      vacant: [],
      troubled: [],
      ...look,
    },
    ...more,
  };
}

/** @param {any} style @param {any[]} steps @returns {any} the style after them */
function done(style, steps) {
  const layers = new Map(style.layers.map((/** @type {any} */ layer) => [layer.id, structuredClone(layer)]));
  let order = style.layers.map((/** @type {any} */ { id }) => id);
  const sources = structuredClone(style.sources);
  for (const step of steps) {
    if (step.do === "removeLayer") {
      order = order.filter((/** @type {string} */ id) => id !== step.id);
      layers.delete(step.id);
    } else if (step.do === "addLayer") {
      const at = step.before === undefined ? order.length : order.indexOf(step.before);
      assert.notEqual(at, -1, `${step.layer.id} before ${step.before}`);
      order.splice(at, 0, step.layer.id);
      layers.set(step.layer.id, structuredClone(step.layer));
    } else if (step.do === "removeSource") {
      delete sources[step.id];
    } else if (step.do === "addSource") {
      sources[step.id] = step.source;
    } else if (step.do === "setTiles") {
      sources[step.id].tiles = step.tiles;
    } else {
      const layer = layers.get(step.id);
      if (step.do === "setFilter") {
        layer.filter = step.filter;
      } else {
        layer[step.do === "setPaint" ? "paint" : "layout"][step.name] = step.value;
      }
    }
  }
  return { version: 8, sources, layers: order.map((/** @type {string} */ id) => layers.get(id)) };
}

const PAIRS = /** @type {[string, any, any][]} */ ([
  ["another edition", wanted(), wanted({}, { state: { edition: 4 } })],
  ["a draft", wanted(), wanted({}, { state: { draft: 7, version: 2 } })],
  ["a level less", wanted(), wanted({}, { levels: [{ code: "top", zoom: [0, 9] }] })],
  ["no level at all", wanted(), wanted({}, { levels: [] })],
  ["another fill", wanted(), wanted({ measure: "kind" })],
  ["the dark", wanted(), wanted({ palette: DARK })],
  ["a picked cell", wanted(), wanted({ picked: "1", pickedParent: "0" })],
  ["findings and vacancies", wanted(), wanted({ troubled: ["1", "2"], vacant: ["3"] })],
  ["a register", wanted(), wanted({}, { objects: [{ code: "road", index: 0, shape: "line" }] })],
]);

test("the steps between two styles lead from one to the other and back", () => {
  for (const [name, one, other] of PAIRS) {
    const [before, after] = [styleOf(one), styleOf(other)];
    const plain = (/** @type {unknown} */ style) => JSON.parse(JSON.stringify(style));
    assert.deepEqual(plain(done(before, stepsBetween(before, after))), plain(after), name);
    assert.deepEqual(plain(done(after, stepsBetween(after, before))), plain(before), `${name}, back`);
  }
});

test("a style that is the same takes no step", () => {
  assert.deepEqual(stepsBetween(styleOf(wanted()), styleOf(wanted())), []);
});

test("another edition exchanges addresses and leaves the layers alone", () => {
  const steps = stepsBetween(styleOf(wanted()), styleOf(wanted({}, { state: { edition: 4 } })));
  assert.deepEqual(
    steps.map((step) => step.do),
    ["setTiles", "setTiles"],
  );
});

test("tiles come from the same server only, and names cannot leave the path", () => {
  assert.equal(
    tileAddress(
      /** @type {any} */ ({ origin: "http://here", scheme: "a/b", state: { draft: "x&y", version: 1 } }),
      "../l",
    ),
    "http://here/tiles/a%2Fb/..%2Fl/{z}/{x}/{y}.mvt?draft=x%26y&v=1",
  );
  const style = styleOf(wanted());
  assert.equal(style.glyphs, undefined);
  assert.equal(style.sprite, undefined);
});

test("children lie under parents, names over everything that is drawn", () => {
  const ids = styleOf(wanted()).layers.map(({ id }) => id);
  assert.ok(ids.indexOf("line-leaf") < ids.indexOf("line-top"));
  assert.ok(ids.indexOf("line-top") < ids.indexOf("label-leaf"));
  assert.ok(ids.indexOf("finding-fill") < ids.indexOf("label-leaf"));
});

test("patterns repeat without a seam", () => {
  for (const pattern of /** @type {const} */ (["diagonal", "cross", "backslash", "dots"])) {
    const { width, height, data } = paintPattern(pattern, "#b5137a");
    assert.equal(data.length, width * height * 4);
    const alpha = (/** @type {number} */ x, /** @type {number} */ y) => data[(y * width + x) * 4 + 3] ?? 0;
    const covered =
      data.filter((_, index) => index % 4 === 3 && (data[index] ?? 0) > 0).length / (width * height);
    assert.ok(covered > 0.05 && covered < 0.8, `${pattern}: ${covered}`);
    if (pattern === "diagonal") {
      // One step right is one step up, over the edge as well.
      for (let y = 1; y < height; y++) {
        assert.equal(alpha(width - 1, y), alpha(0, y - 1 === -1 ? height - 1 : (y + width - 1) % height));
      }
    }
  }
});

test("a mark has the register's colour inside and a rim around it", () => {
  for (const mark of /** @type {const} */ (["disc", "square", "triangle", "diamond"])) {
    const { width, data } = paintMark(mark, "#0f5f8f", "#ffffff");
    const centre = (Math.floor(width / 2) * width + Math.floor(width / 2)) * 4;
    assert.deepEqual([...data.slice(centre, centre + 3)], rgb("#0f5f8f"), mark);
    assert.equal(data[3], 0, `${mark}: the corner is clear`);
  }
});

/** @param {string} colour */
function luminance(colour) {
  const [r = 0, g = 0, b = 0] = rgb(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

test("names and problems stand out from every fill, on light and on dark", () => {
  for (const palette of [LIGHT, DARK]) {
    for (const fill of [palette.land, palette.covered, palette.vacant, palette.troubled, ...palette.kinds]) {
      assert.ok(contrast(palette.text, fill) >= 4.5, `text on ${fill}: ${contrast(palette.text, fill)}`);
      for (const problem of [palette.gap, palette.overlap, palette.picked]) {
        assert.ok(contrast(problem, fill) >= 3, `${problem} on ${fill}: ${contrast(problem, fill)}`);
      }
    }
    for (const colour of palette.layers) {
      assert.ok(
        contrast(palette.halo, colour) >= 4.5,
        `count on ${colour}: ${contrast(palette.halo, colour)}`,
      );
    }
  }
});
