/**
 * What the search box offers: places for pasted coordinates, then what the service found.
 *
 * @import { Box, Result } from "./types.js"
 */

import { parsePlace } from "../core/coordinates.js";
import { placeText } from "../core/format.js";

/**
 * @typedef {{kind: "point", id: string, lon: number, lat: number, crs: "wgs84" | "gcj02", text: string}} PointOption
 * @typedef {{kind: "result", id: string, result: Result}} ResultOption
 * @typedef {PointOption | ResultOption} Option
 */

/** Where the shifted coordinates of Chinese maps are in use; rough. @type {Box} */
const SHIFTED = [72, 0.8, 137.9, 55.9];

/**
 * @param {string} text
 * @param {readonly Result[]} results
 * @param {Box | null} land
 * @returns {Option[]}
 */
export function optionsOf(text, results, land) {
  const found = results.map(
    (result, index) => /** @type {Option} */ ({ kind: "result", id: `o${index}`, result }),
  );
  return [...pointOptions(text, land), ...found];
}

/**
 * @param {string} text
 * @param {Box | null} land
 * @returns {Option[]} one for each coordinate system that may be meant
 */
export function pointOptions(text, land) {
  const place = parsePlace(text, land);
  if (place === null) {
    return [];
  }
  const { lon, lat } = place;
  const [west, south, east, north] = SHIFTED;
  const shifted = lon > west && lon < east && lat > south && lat < north;
  /** @type {("wgs84" | "gcj02")[]} */
  const systems = shifted ? ["wgs84", "gcj02"] : ["wgs84"];
  return systems.map((crs) => ({ kind: "point", id: `p-${crs}`, lon, lat, crs, text: placeText(lon, lat) }));
}

/**
 * @param {number} active
 * @param {number} step
 * @param {number} length
 * @returns {number} the option that comes next, round and round
 */
export function nextOption(active, step, length) {
  if (length === 0) {
    return -1;
  }
  return active === -1 ? (step > 0 ? 0 : length - 1) : (active + step + length) % length;
}
