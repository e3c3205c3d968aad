/**
 * The page's address holds what is shown, so that it can be kept, sent and gone back to.
 *
 * @import { State } from "./state.js"
 */

/**
 * @typedef {object} Place what an address says; everything may be missing
 * @property {string | null} scheme @property {string | null} at @property {string | null} draft
 * @property {string | null} cell @property {[number, number] | null} point lon, lat that was asked for
 * @property {{lon: number, lat: number, z: number} | null} view
 * @property {string[] | null} layers @property {string | null} measure @property {string | null} finding
 * @property {string | null} tab
 */

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * @param {string} query `?scheme=…`
 * @returns {Place}
 */
export function readAddress(query) {
  const params = new URLSearchParams(query);
  const at = params.get("at");
  return {
    scheme: params.get("scheme") || null,
    at: at && DATE.test(at) && !Number.isNaN(Date.parse(at)) ? at : null,
    draft: params.get("draft") || null,
    cell: params.get("cell") || null,
    point: pointOf(params.get("lon"), params.get("lat")),
    view: viewOf(params.get("z")),
    layers: params.has("layers") ? (params.get("layers") ?? "").split(",").filter(Boolean) : null,
    measure: params.get("fill"),
    finding: params.get("finding") || null,
    tab: params.get("tab"),
  };
}

/**
 * @param {State} state
 * @returns {string} the query, `?` included, or nothing
 */
export function writeAddress(state) {
  const params = new URLSearchParams();
  const put = (/** @type {string} */ name, /** @type {string | null | undefined} */ value) => {
    if (value) {
      params.set(name, value);
    }
  };
  put("scheme", state.schemeCode);
  put("at", state.at);
  put("draft", state.draft);
  const { selection } = state;
  if (selection?.kind === "cell") {
    put("cell", selection.code);
  } else if (selection?.kind === "place") {
    const place = selection.answer ?? selection;
    put("lon", place.lon?.toFixed(6));
    put("lat", place.lat?.toFixed(6));
  }
  put("layers", state.shownLayers.join(","));
  put("fill", state.measure === "coverage" ? null : state.measure);
  put("finding", state.finding);
  put("tab", state.tab === "layers" ? null : state.tab);
  put(
    "z",
    state.view && [state.view.z.toFixed(2), state.view.lon.toFixed(5), state.view.lat.toFixed(5)].join("/"),
  );
  const query = params.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return query === "" ? "" : `?${query}`;
}

/**
 * What makes a step of its own in the browser's history; the rest only amends the present one.
 *
 * @param {State} state
 * @returns {string}
 */
export function stepOf(state) {
  const { selection } = state;
  const picked = selection?.kind === "cell" ? selection.code : `${selection?.lon},${selection?.lat}`;
  return JSON.stringify([state.schemeCode, state.at, state.draft, selection?.kind, picked, state.finding]);
}

/**
 * @param {string | null} lon @param {string | null} lat
 * @returns {[number, number] | null}
 */
function pointOf(lon, lat) {
  const point = [Number.parseFloat(lon ?? ""), Number.parseFloat(lat ?? "")];
  return point.every(Number.isFinite) ? /** @type {[number, number]} */ (point) : null;
}

/**
 * @param {string | null} text `zoom/lon/lat`
 * @returns {Place["view"]}
 */
function viewOf(text) {
  const [z = Number.NaN, lon = Number.NaN, lat = Number.NaN] = (text ?? "").split("/").map(Number.parseFloat);
  const inWorld = z >= 0 && z <= 24 && Math.abs(lon) <= 180 && Math.abs(lat) <= 85;
  return inWorld ? { z, lon, lat } : null;
}
