/**
 * What the workspace knows, and the questions about it that need no page.
 *
 * @import { Answer, Audit, Cell, Draft, Edition, Feature, Finding, Level, Me, Result, Scheme } from "./types.js"
 * @import { SchemeInList, Trouble } from "./types.js"
 * @import { Measure } from "../map/cell-layers.js"
 */

import { fittingLevel } from "../map/roles.js";

/**
 * @typedef {"loading" | "ready" | "failed"} Phase
 *
 * @typedef {object} Selection what the right panel shows
 * @property {"place" | "cell"} kind
 * @property {Phase} phase
 * @property {number} [lon] as asked for, degrees in `crs`
 * @property {number} [lat]
 * @property {string} [crs]
 * @property {number} [accuracyM] of the device's position
 * @property {string} [code] of the cell
 * @property {Answer | undefined} [answer]
 * @property {Cell | undefined} [cell]
 * @property {Feature | undefined} [feature]
 * @property {Trouble | undefined} [trouble]
 *
 * @typedef {object} FindingList
 * @property {Phase} phase
 * @property {Finding[]} items those loaded so far
 * @property {number} count of all
 * @property {number} page last one loaded
 * @property {Trouble | undefined} [trouble]
 *
 * @typedef {object} Searching
 * @property {string} text @property {boolean} open @property {boolean} busy
 * @property {Result[]} results @property {number} active index of the marked option, -1 if none
 * @property {Trouble | undefined} [trouble]
 *
 * @typedef {object} State
 * @property {Phase} phase
 * @property {SchemeInList[]} schemes
 * @property {string | null} schemeCode @property {Scheme | null} scheme
 * @property {Me | null} me
 * @property {string | null} at a date, null for now
 * @property {string | null} draft id of the one beside the edition
 * @property {Measure} measure
 * @property {string[]} hiddenLevels @property {string[]} shownLayers
 * @property {{lon: number, lat: number, z: number} | null} view
 * @property {Selection | null} selection
 * @property {FindingList} findings @property {Audit | null} audit
 * @property {string | null} finding id of the one looked at
 * @property {string | null} rule findings of this rule only
 * @property {string[]} vacant codes of cells with a vacant mandatory post
 * @property {GeoJSON.FeatureCollection} changes where the draft differs
 * @property {Searching} search
 * @property {"layers" | "findings"} tab
 * @property {boolean} leftOpen
 * @property {boolean} offline @property {Trouble | null} trouble
 * @property {string | null} notice key of a passing message
 * @property {boolean} map whether the browser can draw one
 */

/** @type {FindingList} */
export const NO_FINDINGS = { phase: "loading", items: [], count: 0, page: 0 };
/** @type {Searching} */
export const NO_SEARCH = { text: "", open: false, busy: false, results: [], active: -1 };
/** A day in China has this offset all year; the scheme's times have it too. */
const OFFSET = "+08:00";

/** @returns {State} */
export function initialState() {
  return {
    phase: "loading",
    schemes: [],
    schemeCode: null,
    scheme: null,
    me: null,
    at: null,
    draft: null,
    measure: "coverage",
    hiddenLevels: [],
    shownLayers: [],
    view: null,
    selection: null,
    findings: NO_FINDINGS,
    audit: null,
    finding: null,
    rule: null,
    vacant: [],
    changes: { type: "FeatureCollection", features: [] },
    search: NO_SEARCH,
    tab: "layers",
    leftOpen: true,
    offline: false,
    trouble: null,
    notice: null,
    map: true,
  };
}

/**
 * The last moment of a day: what was published during a day belongs to the day.
 *
 * @param {string} date `2026-11-25`
 * @returns {string} ISO time
 */
export function endOfDay(date) {
  return `${date}T23:59:59${OFFSET}`;
}

/**
 * @param {Date} now
 * @returns {string} the date in China
 */
export function todayOf(now) {
  return new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

/**
 * Find the edition in force.
 *
 * @param {readonly Edition[]} editions
 * @param {string | null} date null for now
 * @param {Date} now
 * @returns {Edition | null} null before the first
 */
export function editionInForce(editions, date, now) {
  const moment = date === null ? now.getTime() : Date.parse(endOfDay(date));
  const inForce = editions.filter(({ effective }) => Date.parse(effective) <= moment);
  return inForce.reduce(
    (/** @type {Edition | null} */ best, edition) => (best && best.number > edition.number ? best : edition),
    null,
  );
}

/**
 * The first edition there ever was.
 *
 * @param {readonly Edition[]} editions
 * @returns {Edition | null}
 */
export function firstEdition(editions) {
  return editions.reduce(
    (/** @type {Edition | null} */ best, edition) => (best && best.number < edition.number ? best : edition),
    null,
  );
}

/**
 * The levels that have land of their own to draw, top first.
 *
 * @param {Pick<Scheme, "levels"> | null} scheme
 * @returns {Level[]}
 */
export function drawnLevels(scheme) {
  const levels = (scheme?.levels ?? []).filter((level) => Array.isArray(level.zoom));
  return [...levels].sort((one, other) => one.ordinal - other.ordinal);
}

/**
 * @param {State} state
 * @returns {Draft | null} the draft that is shown
 */
export function chosenDraft(state) {
  return state.scheme?.drafts?.find(({ id }) => String(id) === state.draft) ?? null;
}

/**
 * What a request has to say so that it answers for the date of the page.
 *
 * @param {Pick<State, "at">} state
 * @returns {Record<string, string>}
 */
export function momentOf({ at }) {
  return at === null ? {} : { at: endOfDay(at) };
}

/**
 * The registers that have objects; their order gives colour and form.
 *
 * @param {Pick<Scheme, "layers"> | null} scheme
 * @returns {import("./types.js").Layer[]}
 */
export function registersOf(scheme) {
  return (scheme?.layers ?? []).filter(({ count }) => count > 0);
}

/**
 * The level that is the strong one on the map.
 *
 * @param {State} state
 * @returns {string | null} its code
 */
export function strongLevel({ scheme, hiddenLevels, view }) {
  const levels = drawnLevels(scheme);
  const shown = levels.filter(({ code }) => !hiddenLevels.includes(code));
  return fittingLevel(shown.length > 0 ? shown : levels, view?.z ?? 0);
}

/**
 * The cell that answers for a place; in a gap there is none, though cells above it are known.
 *
 * @param {import("./types.js").Located | undefined} located
 * @returns {import("./types.js").ChainLink | null}
 */
export function leafOf(located) {
  const nobody = located === undefined || located.method === "gap" || located.method === "outside";
  return nobody ? null : (located.cells.at(-1) ?? null);
}

/**
 * The chain of what is selected, in one scheme.
 *
 * @param {Selection | null} selection
 * @param {string | null} scheme
 * @returns {import("./types.js").ChainLink[]} top first; empty if nothing answers there
 */
export function selectedChain(selection, scheme) {
  if (selection?.kind === "cell") {
    return selection.cell?.chain ?? [];
  }
  const located = locatedIn(selection, scheme);
  return leafOf(located) ? (located?.cells ?? []) : [];
}

/**
 * @param {Selection | null} selection
 * @param {string | null} scheme
 * @returns {import("./types.js").Located | undefined} what the scheme answers
 */
export function locatedIn(selection, scheme) {
  return selection?.answer?.schemes.find((located) => located.scheme === scheme);
}
