/**
 * What is asked: a place, its coordinate system, a day; and how the page's address keeps it. Pure.
 *
 * @typedef {{lon: number, lat: number, crs: string, at: string, scheme: string, accuracyM: number | null,
 *   sure: boolean}} Question `crs` "" is WGS 84; `at` "" is now; `sure` is false if the axes may be swapped
 */
import { numberOf, searchWith, valuesOf } from "../core/url-state.js";

export const SYSTEMS = ["", "gcj02", "bd09"];

/**
 * Read the question that an address asks.
 *
 * @param {string} search
 * @returns {Question | null} null if it asks nothing
 */
export function questionOf(search) {
  const lon = numberOf(search, "lon");
  const lat = numberOf(search, "lat");
  const { crs, at, scheme } = valuesOf(search, ["crs", "at", "scheme"]);
  return lon === null || lat === null ? null : { lon, lat, crs, at, scheme, accuracyM: null, sure: true };
}

/**
 * @param {string} search the present address's
 * @param {Question} question
 * @returns {string} the query that asks it
 */
export function searchOf(search, { lon, lat, crs, at, scheme }) {
  return searchWith(search, { lon, lat, crs, at, scheme });
}

/**
 * @param {Question} question
 * @returns {string} where the server answers it
 */
export function requestOf({ lon, lat, crs, at, scheme }) {
  return `/api/v1/locate${searchWith("", { lon, lat, crs, at, scheme })}`;
}
