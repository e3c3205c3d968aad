/**
 * What a draft changes, told from the lists of its cells and the edition's.
 *
 * @import { Desk } from "./desk.js"
 * @import { Draft, Listed } from "./types.js"
 */

import { troubleOf } from "./requests.js";

const PAGE_SIZE = 1000;
/** Beyond so many pages the comparison is left to the eye. */
const MOST_PAGES = 6;
/** Shapes are asked for one by one. */
const MOST_SHAPES = 150;
const AT_ONCE = 6;

/** @type {GeoJSON.FeatureCollection} */
export const NO_CHANGES = { type: "FeatureCollection", features: [] };

/**
 * @param {readonly Listed[]} before
 * @param {readonly Listed[]} after
 * @returns {{changed: string[], removed: string[]}} codes: those that are new or different, those that are gone
 */
export function differences(before, after) {
  const then = new Map(before.map((cell) => [cell.code, fingerprint(cell)]));
  const now = new Set(after.map(({ code }) => code));
  return {
    changed: after.filter((cell) => then.get(cell.code) !== fingerprint(cell)).map(({ code }) => code),
    removed: before.filter(({ code }) => !now.has(code)).map(({ code }) => code),
  };
}

/** @param {Listed} cell */
function fingerprint({ name, level, parent, kind, area_m2: areaM2, bbox, centre }) {
  return JSON.stringify([name, level, parent, kind, areaM2, bbox, centre]);
}

/**
 * Load the outlines of what a draft changes.
 *
 * @param {Desk} desk
 * @param {Draft} draft
 * @returns {Promise<GeoJSON.FeatureCollection | undefined>} undefined if something else was asked meanwhile
 */
export async function loadChanges(desk, draft) {
  const base = `/api/v1/schemes/${encodeURIComponent(desk.state.schemeCode ?? "")}`;
  const edition = desk.edition?.number;
  const [before, after] = await Promise.all([
    edition === undefined ? [] : allCells(desk, "changes-before", `${base}/cells`, { edition }),
    allCells(desk, "changes-after", `/api/v1/drafts/${draft.id}/cells`, {}),
  ]);
  if (before === undefined || after === undefined) {
    return undefined;
  }
  const { changed, removed } = differences(before, after);
  const shapes = [
    ...changed.map((code) => ({ code, query: { draft: draft.name } })),
    ...removed.map((code) => ({ code, query: { edition: edition ?? null } })),
  ].slice(0, MOST_SHAPES);
  /** @type {GeoJSON.Feature[]} */
  const features = [];
  for (let start = 0; start < shapes.length; start += AT_ONCE) {
    const some = shapes.slice(start, start + AT_ONCE);
    const cells = await Promise.all(
      some.map(({ code, query }, index) =>
        gently(desk.requests.ask(`shape-${index}`, `${base}/cells/${encodeURIComponent(code)}`, query)),
      ),
    );
    if (desk.state.draft !== String(draft.id)) {
      return undefined;
    }
    for (const cell of cells) {
      if (cell?.geometry) {
        features.push({ type: "Feature", geometry: cell.geometry, properties: { code: cell.code } });
      }
    }
  }
  return { type: "FeatureCollection", features };
}

/**
 * @param {Desk} desk
 * @param {string} purpose
 * @param {string} path
 * @param {Record<string, string | number>} query
 * @returns {Promise<Listed[] | undefined>}
 */
async function allCells(desk, purpose, path, query) {
  /** @type {Listed[]} */
  const cells = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const found = await desk.requests.ask(purpose, path, { ...query, page, page_size: PAGE_SIZE });
    if (found === undefined) {
      return undefined;
    }
    cells.push(...found.results);
    if (!found.next) {
      return cells;
    }
  }
  return [];
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>} a shape that does not come is left out
 */
async function gently(promise) {
  try {
    return await promise;
  } catch (error) {
    troubleOf(error);
    return undefined;
  }
}
