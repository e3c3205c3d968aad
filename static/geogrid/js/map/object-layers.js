/**
 * The objects of one register: marks, outlines close up, circles with counts from far away.
 *
 * @import { LayerSpecification, ExpressionSpecification } from "maplibre-gl"
 * @import { Palette } from "./palette.js"
 */

import { layerColour } from "./palette.js";
import { MARKS } from "./patterns.js";

/**
 * @typedef {object} ObjectLook
 * @property {string} code of the register
 * @property {number} index its place in the scheme's list: it gives colour and form
 * @property {"point" | "line" | "polygon"} shape
 */

/** @param {string} code @returns {string} */
export function objectSource(code) {
  return `objects-${code}`;
}

/** @param {number} index @returns {string} the name of the mark's picture */
export function markName(index) {
  return `mark-${index}`;
}

/** @param {number} index @returns {import("./patterns.js").Mark} */
export function markOf(index) {
  return MARKS[index % MARKS.length] ?? "disc";
}

/**
 * @param {ObjectLook} look
 * @param {Palette} palette
 * @returns {LayerSpecification[]}
 */
export function objectLayers({ code, index, shape }, palette) {
  const colour = layerColour(palette, index);
  const features = { source: objectSource(code), "source-layer": "features" };
  /** @param {string} type @returns {ExpressionSpecification} */
  const only = (type) => ["==", ["geometry-type"], type];
  const round = /** @type {const} */ ({ "line-join": "round", "line-cap": "round" });
  /** @type {LayerSpecification[]} */
  const layers = [
    {
      id: `object-fill-${code}`,
      type: "fill",
      ...features,
      filter: only("Polygon"),
      paint: { "fill-color": colour, "fill-opacity": 0.45, "fill-outline-color": colour },
    },
    {
      id: `object-line-${code}`,
      type: "line",
      ...features,
      filter: only("LineString"),
      layout: round,
      paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1, 14, 2.6] },
    },
  ];
  if (shape !== "line") {
    layers.push(
      markLayer(code, index, features, only("Point")),
      ...clusterLayers({ code, index, colour }, palette),
    );
  }
  return layers;
}

/**
 * @param {string} code
 * @param {number} index
 * @param {{source: string, "source-layer": string}} features
 * @param {ExpressionSpecification} filter
 * @returns {LayerSpecification}
 */
function markLayer(code, index, features, filter) {
  return {
    id: `object-mark-${code}`,
    type: "symbol",
    ...features,
    filter,
    layout: {
      "icon-image": markName(index),
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.55, 12, 0.8, 15, 1.15],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}

/** Objects of all registers crowd in the same towns: each register's circles keep to a side of their own. */
const SIDES = /** @type {const} */ ([
  [-12, 5],
  [12, 5],
  [0, -12],
  [0, 16],
]);

/**
 * @param {{code: string, index: number, colour: string}} register
 * @param {Palette} palette
 * @returns {LayerSpecification[]}
 */
function clusterLayers({ code, index, colour }, palette) {
  const side = /** @type {[number, number]} */ ([...(SIDES[index % SIDES.length] ?? [0, 0])]);
  const clusters = { source: objectSource(code), "source-layer": "clusters" };
  return [
    {
      id: `cluster-${code}`,
      type: "circle",
      ...clusters,
      paint: {
        "circle-color": colour,
        "circle-opacity": 0.88,
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 6, 10, 12, 40, 20],
        "circle-translate": side,
        "circle-stroke-color": palette.halo,
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: `cluster-count-${code}`,
      type: "symbol",
      ...clusters,
      filter: [">", ["get", "count"], 1],
      layout: {
        "text-field": ["to-string", ["get", "count"]],
        "text-size": 11,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": palette.halo, "text-translate": side },
    },
  ];
}
