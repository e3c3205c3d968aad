/**
 * The cells of one level as MapLibre sources and layers.
 *
 * @import { LayerSpecification, ExpressionSpecification } from "maplibre-gl"
 * @import { Palette } from "./palette.js"
 * @import { Range } from "./roles.js"
 */

import { kindColours } from "./palette.js";
import { byRole } from "./roles.js";

/**
 * @typedef {"coverage" | "kind" | "plain"} Measure
 * @typedef {object} CellLook
 * @property {Palette} palette
 * @property {Measure} measure
 * @property {Record<string, readonly string[]>} kinds by level
 * @property {number} textScale of the page, 1 on most screens
 * @property {string | null} picked code of the cell that answers
 * @property {string | null} pickedParent
 * @property {readonly string[]} vacant codes of cells with a vacant mandatory post
 * @property {readonly string[]} troubled codes of cells with findings
 */

const CODE = /** @type {ExpressionSpecification} */ (["get", "code"]);
const NAME = /** @type {ExpressionSpecification} */ ([
  "case",
  ["!=", ["coalesce", ["get", "name"], ""], ""],
  ["get", "name"],
  ["get", "code"],
]);

/** @param {string} level @returns {string} the id of its source */
export function cellSource(level) {
  return `cells-${level}`;
}

/**
 * The fill of the level while it is the strong one, and its vacancy dots.
 *
 * @param {Range} range
 * @param {CellLook} look
 * @returns {LayerSpecification[]}
 */
export function fillLayers(range, look) {
  const shown = { source: cellSource(range.code), "source-layer": "cells", ...zooms(range.from, range.to) };
  /** @type {LayerSpecification[]} */
  const layers = [
    {
      id: `fill-${range.code}`,
      type: "fill",
      ...shown,
      paint: { "fill-color": fillColour(range.code, look), "fill-antialias": false },
    },
    {
      id: `hover-${range.code}`,
      type: "fill",
      ...shown,
      paint: {
        "fill-color": look.palette.pickedFill,
        "fill-opacity": ["case", ["boolean", ["feature-state", "hover"], false], 0.14, 0],
      },
    },
  ];
  if (look.measure === "coverage" && look.vacant.length > 0) {
    layers.push({
      id: `vacant-${range.code}`,
      type: "fill",
      ...shown,
      filter: oneOf(look.vacant, true, false),
      paint: { "fill-pattern": "pattern-dots" },
    });
  }
  return layers;
}

/**
 * @param {string} level
 * @param {CellLook} look
 * @returns {ExpressionSpecification | string}
 */
function fillColour(level, { palette, measure, kinds, vacant, troubled }) {
  if (measure === "plain") {
    return palette.land;
  }
  if (measure === "kind") {
    const pairs = Object.entries(kindColours(palette, kinds[level] ?? [])).flat();
    if (pairs.length === 0) {
      return palette.land;
    }
    return /** @type {ExpressionSpecification} */ (
      /** @type {unknown} */ (["match", ["coalesce", ["get", "kind"], ""], ...pairs, palette.land])
    );
  }
  return oneOf(troubled, palette.troubled, oneOf(vacant, palette.vacant, palette.covered));
}

/**
 * Tell cells of a list from the others; a look-up, however long the list is.
 *
 * @template T, U
 * @param {readonly string[]} codes
 * @param {T} yes
 * @param {U} no
 * @returns {any} an expression, or just `no` for an empty list
 */
function oneOf(codes, yes, no) {
  return codes.length === 0 ? no : ["match", CODE, [...new Set(codes)], yes, no];
}

/**
 * The border of the level: strong, quiet or a hint as the zoom says.
 *
 * @param {Range} range
 * @param {Palette} palette
 * @returns {LayerSpecification}
 */
export function lineLayer(range, palette) {
  const colours = { hint: palette.hint, strong: palette.strong, quiet: palette.quiet, far: palette.quiet };
  const widths = { hint: 0.6, strong: 1.5, quiet: 3, far: 4 };
  return {
    id: `line-${range.code}`,
    type: "line",
    source: cellSource(range.code),
    "source-layer": "cells",
    ...zooms(range.hint, 24),
    layout: { "line-join": "round", "line-cap": "round" },
    paint: {
      "line-color": /** @type {ExpressionSpecification} */ (byRole(range, colours)),
      "line-width": /** @type {ExpressionSpecification} */ (byRole(range, widths)),
    },
  };
}

/**
 * A soft band around the land, drawn from the top level.
 *
 * @param {string} level the top level
 * @param {Palette} palette
 * @returns {LayerSpecification}
 */
export function shoreLayer(level, palette) {
  return {
    id: "shore",
    type: "line",
    source: cellSource(level),
    "source-layer": "cells",
    layout: { "line-join": "round" },
    paint: { "line-color": palette.shore, "line-width": 14, "line-blur": 10 },
  };
}

/**
 * What is picked: the cell that answers and its parent, at every zoom.
 *
 * @param {string} level
 * @param {CellLook} look
 * @returns {LayerSpecification[]}
 */
export function pickedLayers(level, { palette, picked, pickedParent }) {
  const where = { source: cellSource(level), "source-layer": "cells" };
  /** @param {string | null} code @returns {ExpressionSpecification} */
  const only = (code) => ["==", CODE, code ?? ""];
  const round = /** @type {const} */ ({ "line-join": "round" });
  return [
    {
      id: `picked-parent-${level}`,
      type: "line",
      ...where,
      filter: only(pickedParent),
      layout: round,
      paint: { "line-color": palette.pickedParent, "line-width": 3, "line-dasharray": [2, 1.4] },
    },
    {
      id: `picked-fill-${level}`,
      type: "fill",
      ...where,
      filter: only(picked),
      paint: { "fill-color": palette.pickedFill, "fill-opacity": 0.3 },
    },
    {
      id: `picked-casing-${level}`,
      type: "line",
      ...where,
      filter: only(picked),
      layout: round,
      paint: { "line-color": palette.halo, "line-width": 6.5 },
    },
    {
      id: `picked-line-${level}`,
      type: "line",
      ...where,
      filter: only(picked),
      layout: round,
      paint: { "line-color": palette.picked, "line-width": 3.2 },
    },
  ];
}

/**
 * The names of the level while it is the strong one; they never collide, large cells first.
 *
 * @param {Range} range
 * @param {CellLook} look
 * @returns {LayerSpecification}
 */
export function labelLayer(range, { palette, textScale }) {
  return {
    id: `label-${range.code}`,
    type: "symbol",
    source: cellSource(range.code),
    "source-layer": "labels",
    ...zooms(range.from, range.to),
    layout: {
      "text-field": NAME,
      "text-size": [
        "interpolate",
        ["linear"],
        ["zoom"],
        range.from,
        12.5 * textScale,
        range.from + 2.5,
        15.5 * textScale,
      ],
      "text-max-width": 7,
      "text-padding": 6,
      "text-line-height": 1.25,
      "symbol-sort-key": ["-", 0, ["coalesce", ["get", "area"], 0]],
    },
    paint: { "text-color": palette.text, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
  };
}

/**
 * The names of the parents, quiet and wide, where the names of the strong level leave room.
 *
 * @param {Range} range
 * @param {CellLook} look
 * @returns {LayerSpecification | null} null for a level that never becomes a parent
 */
export function parentLabelLayer(range, { palette, textScale }) {
  if (range.to >= range.far) {
    return null;
  }
  return {
    id: `label-parent-${range.code}`,
    type: "symbol",
    source: cellSource(range.code),
    "source-layer": "labels",
    ...zooms(range.to, range.far),
    layout: {
      "text-field": NAME,
      "text-size": 17 * textScale,
      "text-letter-spacing": 0.25,
      "text-max-width": 12,
      "text-padding": 10,
      "text-variable-anchor": ["center", "top", "bottom"],
    },
    paint: { "text-color": palette.subtext, "text-halo-color": palette.halo, "text-halo-width": 2 },
  };
}

/**
 * @param {number} from @param {number} to
 * @returns {{minzoom?: number, maxzoom?: number}} without what says nothing
 */
function zooms(from, to) {
  return { ...(from > 0 ? { minzoom: from } : {}), ...(to < 24 ? { maxzoom: to } : {}) };
}
