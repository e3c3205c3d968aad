/**
 * The workspace's words: messages, names and measures in the language of the page.
 *
 * @import { Named } from "./types.js"
 */

import { areaText, lengthText, numberText } from "../core/format.js";
import { lang, named, t } from "../i18n/index.js";

/**
 * @param {string} key without the part's name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  return t(`workspace.${key}`, values);
}

/**
 * @param {Named | string | null | undefined} name
 * @param {string} [fallback] a code
 * @returns {string}
 */
export function nameOf(name, fallback = "") {
  return (typeof name === "string" ? name : named(name)) || fallback;
}

/**
 * Name something by the page's messages, or as it is called there.
 *
 * @param {string} kind first part of the key
 * @param {string} id
 * @returns {string}
 */
export function known(kind, id) {
  const key = `workspace.${kind}-${id}`;
  const text = t(key);
  return text === key ? id : text;
}

/** @param {number} areaM2 */
export const area = (areaM2) => areaText(areaM2, lang);
/** @param {number} lengthM */
export const length = (lengthM) => lengthText(lengthM, lang);
/** @param {number} value */
export const count = (value) => numberText(value, lang);
/** Between the members of a list. */
export const COMMA = lang === "en" ? ", " : "、";

/**
 * @param {readonly (string | {code: string, name?: string | null})[]} cells
 * @returns {string} their names in a row
 */
export function cellNames(cells) {
  return cells.map((cell) => (typeof cell === "string" ? cell : cell.name || cell.code)).join(COMMA);
}
