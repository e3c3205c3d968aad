/**
 * The part of a page's state that its address keeps. Pure: who calls decides about the history.
 *
 * @typedef {Record<string, string | number | null | undefined>} Patch null, undefined and "" take a value away
 */

/**
 * Read some values of a query.
 *
 * @template {string} Name
 * @param {string} search `location.search`
 * @param {readonly Name[]} names
 * @returns {Record<Name, string>} "" for what is not there
 */
export function valuesOf(search, names) {
  const query = new URLSearchParams(search);
  return /** @type {Record<Name, string>} */ (
    Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]))
  );
}

/**
 * Read a number of a query.
 *
 * @param {string} search
 * @param {string} name
 * @returns {number | null} null if it is not there or no finite number
 */
export function numberOf(search, name) {
  const text = new URLSearchParams(search).get(name)?.trim();
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/**
 * Change some values of a query and leave the others as they are.
 *
 * @param {string} search
 * @param {Patch} patch
 * @returns {string} with its question mark, or ""
 */
export function searchWith(search, patch) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === "") {
      query.delete(name);
    } else {
      query.set(name, String(value));
    }
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}
