/**
 * Findings on the map: the rule is a pattern, the place has a ring so that the smallest fault is seen.
 *
 * @import { LayerSpecification, ExpressionSpecification } from "maplibre-gl"
 * @import { Palette } from "./palette.js"
 */

import { RULE_PATTERNS } from "./patterns.js";

export const FINDINGS = "findings";
export const FINDING_PLACES = "finding-places";
export const PICKED_FINDING = "picked-finding";
export const CHANGES = "changes";

/** The patterns that findings are filled with. */
const PATTERNS = /** @type {const} */ (["diagonal", "cross", "backslash", "dots"]);

/**
 * @param {Palette} palette
 * @param {string} rule
 * @returns {string}
 */
export function ruleColour(palette, rule) {
  const colours = /** @type {Record<string, string>} */ ({
    gap: palette.gap,
    overlap: palette.overlap,
    vacancy: palette.dots,
  });
  return colours[rule] ?? palette.other;
}

/** @param {string} rule @returns {import("./patterns.js").Pattern} */
export function rulePattern(rule) {
  return RULE_PATTERNS[rule] ?? "backslash";
}

/**
 * @param {Palette} palette
 * @param {string | null} picked id of the finding that is looked at
 * @returns {LayerSpecification[]}
 */
export function findingLayers(palette, picked) {
  const colour = /** @type {ExpressionSpecification} */ ([
    "match",
    ["get", "rule"],
    "gap",
    palette.gap,
    "overlap",
    palette.overlap,
    "vacancy",
    palette.dots,
    palette.other,
  ]);
  const area = /** @type {ExpressionSpecification} */ (["==", ["geometry-type"], "Polygon"]);
  /** @type {ExpressionSpecification} */
  const isPicked = ["==", ["get", "id"], picked ?? ""];
  return [
    {
      id: "finding-fill",
      type: "fill",
      source: FINDINGS,
      filter: area,
      paint: { "fill-pattern": patternOfRule() },
    },
    {
      id: "finding-line",
      type: "line",
      source: FINDINGS,
      paint: { "line-color": colour, "line-width": ["case", isPicked, 4, 1.6] },
    },
    {
      id: "finding-ring",
      type: "circle",
      source: FINDING_PLACES,
      maxzoom: 14,
      paint: {
        "circle-radius": ["case", isPicked, 11, 6.5],
        "circle-color": colour,
        "circle-opacity": 0.22,
        "circle-stroke-color": colour,
        "circle-stroke-width": ["case", isPicked, 3, 2],
      },
    },
  ];
}

/** @returns {ExpressionSpecification} */
function patternOfRule() {
  const pairs = Object.entries(RULE_PATTERNS).flatMap(([rule, pattern]) => [rule, `pattern-${pattern}`]);
  return /** @type {ExpressionSpecification} */ (
    /** @type {unknown} */ (["match", ["get", "rule"], ...pairs, "pattern-backslash"])
  );
}

/**
 * The outline of what a draft changes, drawn on both sides of a comparison.
 *
 * @param {Palette} palette
 * @returns {LayerSpecification[]}
 */
export function changeLayers(palette) {
  return [
    {
      id: "change-casing",
      type: "line",
      source: CHANGES,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.halo, "line-width": 5 },
    },
    {
      id: "change-line",
      type: "line",
      source: CHANGES,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.changed, "line-width": 2.2, "line-dasharray": [3, 1.5] },
    },
  ];
}

/**
 * The colour of each pattern picture.
 *
 * @param {Palette} palette
 * @returns {[import("./patterns.js").Pattern, string][]}
 */
export function patternColours(palette) {
  const colours = {
    diagonal: palette.gap,
    cross: palette.overlap,
    backslash: palette.other,
    dots: palette.dots,
  };
  return PATTERNS.map((pattern) => [pattern, colours[pattern]]);
}
