/**
 * The whole style of the map as a function of what is to be shown. No glyphs and no base map: names are drawn
 * with the system's fonts, so that nothing is asked from another machine.
 *
 * @import { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl"
 * @import { CellLook } from "./cell-layers.js"
 * @import { ObjectLook } from "./object-layers.js"
 * @import { Zoomed } from "./roles.js"
 */

import {
  cellSource,
  fillLayers,
  labelLayer,
  lineLayer,
  parentLabelLayer,
  pickedLayers,
  shoreLayer,
} from "./cell-layers.js";
import { CHANGES, changeLayers, FINDING_PLACES, FINDINGS, findingLayers } from "./finding-layers.js";
import { objectLayers, objectSource } from "./object-layers.js";
import { rangesOf } from "./roles.js";

/**
 * @typedef {object} Wanted
 * @property {string} origin where the tiles come from, `https://host`
 * @property {string} scheme code
 * @property {{edition: number} | {draft: number | string, version: number | string}} state what is shown of it
 * @property {readonly Zoomed[]} levels those that are switched on, top level first
 * @property {readonly ObjectLook[]} objects registers that are switched on
 * @property {CellLook} look
 * @property {string | null} finding the one that is looked at
 */

/** Deeper tiles are not made: the map enlarges these. */
const DEEPEST_CELL_TILE = 14;
const DEEPEST_OBJECT_TILE = 15;
export const PLACE = "place";

/**
 * @param {Wanted} wanted
 * @returns {StyleSpecification}
 */
export function styleOf(wanted) {
  return { version: 8, sources: sourcesOf(wanted), layers: layersOf(wanted) };
}

/**
 * The address of the tiles of a level.
 *
 * @param {Pick<Wanted, "origin" | "scheme" | "state">} wanted
 * @param {string} level
 * @returns {string} with `{z}/{x}/{y}`
 */
export function tileAddress({ origin, scheme, state }, level) {
  const query =
    "edition" in state
      ? `edition=${state.edition}`
      : `draft=${encodeURIComponent(state.draft)}&v=${encodeURIComponent(state.version)}`;
  const path = `${encodeURIComponent(scheme)}/${encodeURIComponent(level)}`;
  return `${origin}/tiles/${path}/{z}/{x}/{y}.mvt?${query}`;
}

/**
 * @param {Wanted} wanted
 * @returns {Record<string, SourceSpecification>}
 */
function sourcesOf(wanted) {
  /** @type {Record<string, SourceSpecification>} */
  const sources = {};
  for (const level of wanted.levels) {
    sources[cellSource(level.code)] = {
      type: "vector",
      tiles: [tileAddress(wanted, level.code)],
      maxzoom: DEEPEST_CELL_TILE,
      promoteId: "code",
    };
  }
  for (const { code } of wanted.objects) {
    const address = `${wanted.origin}/feature-tiles/${encodeURIComponent(code)}/{z}/{x}/{y}.mvt`;
    sources[objectSource(code)] = {
      type: "vector",
      tiles: [`${address}?scheme=${encodeURIComponent(wanted.scheme)}`],
      maxzoom: DEEPEST_OBJECT_TILE,
      promoteId: { features: "key" },
    };
  }
  for (const id of [FINDINGS, FINDING_PLACES, CHANGES, PLACE]) {
    sources[id] = { type: "geojson", data: { type: "FeatureCollection", features: [] } };
  }
  return sources;
}

/**
 * @param {Wanted} wanted
 * @returns {LayerSpecification[]}
 */
function layersOf({ levels, look, objects, finding }) {
  const { palette } = look;
  const ranges = rangesOf(levels);
  const deepFirst = [...ranges].reverse();
  const top = levels[0];
  return [
    { id: "ground", type: "background", paint: { "background-color": palette.ground } },
    ...(top ? [shoreLayer(top.code, palette)] : []),
    ...ranges.flatMap((range) => fillLayers(range, look)),
    ...deepFirst.map((range) => lineLayer(range, palette)),
    ...findingLayers(palette, finding).slice(0, 2),
    ...changeLayers(palette),
    ...levels.flatMap((level) => pickedLayers(level.code, look)),
    ...objects.flatMap((object) => objectLayers(object, palette)),
    ...findingLayers(palette, finding).slice(2),
    ...ranges.flatMap((range) => parentLabelLayer(range, look) ?? []),
    ...ranges.map((range) => labelLayer(range, look)),
    ...placeLayers(palette),
  ];
}

/**
 * The place that was asked for, with the radius within which a phone believes to be.
 *
 * @param {import("./palette.js").Palette} palette
 * @returns {LayerSpecification[]}
 */
function placeLayers(palette) {
  return [
    {
      id: "place-ring",
      type: "circle",
      source: PLACE,
      paint: { "circle-radius": 15, "circle-color": palette.place, "circle-opacity": 0.18 },
    },
    {
      id: "place-point",
      type: "circle",
      source: PLACE,
      paint: {
        "circle-radius": 6.5,
        "circle-color": palette.place,
        "circle-stroke-color": palette.placeRim,
        "circle-stroke-width": 2.5,
      },
    },
  ];
}
