/**
 * What the server's answer about a place means for who asked. Pure.
 *
 * @typedef {{zh?: string, en?: string}} Name
 * @typedef {{level: string, code: string, name: string, kind?: string}} Cell
 * @typedef {{level: string, post: string, post_name?: Name, person: string, phone: string | null,
 *   acting_for: string | null}} Holder
 * @typedef {{scheme: string, edition: number, on_edge: boolean, method: string, cells: Cell[],
 *   responsible: Holder[], touching: string[], neighbours?: Cell[],
 *   nearest: {code: string, name?: string, distance_m: number} | null, border_m: number | null,
 *   hotlines?: string[]}} SchemeAnswer
 * @typedef {{lon: number, lat: number, at: string, outside: boolean, schemes: SchemeAnswer[]}} Answer
 * @typedef {"none" | "on-border" | "perhaps-neighbour" | "near-border"} Border
 */

/** Nearer to a border than this, and whoever asks should know. */
export const NEAR_BORDER_M = 30;
/** A position worse than this is told to be bad. */
export const BAD_ACCURACY_M = 100;

/**
 * Give the leaf that a place lies in.
 *
 * @param {SchemeAnswer} answer
 * @returns {Cell | null} null in a gap and outside the land
 */
export function leafOf(answer) {
  const isCell = answer.method !== "gap" && answer.method !== "outside";
  return isCell ? (answer.cells.at(-1) ?? null) : null;
}

/**
 * Tell how the place lies to the border of its cell.
 *
 * @param {SchemeAnswer} answer
 * @param {number | null} accuracyM radius within which the place really is; null if it was given, not measured
 * @returns {Border}
 */
export function borderOf(answer, accuracyM) {
  if (answer.on_edge || answer.touching.length > 0) {
    return "on-border";
  }
  if (answer.border_m === null) {
    return "none";
  }
  if (accuracyM !== null && accuracyM > answer.border_m) {
    return "perhaps-neighbour";
  }
  return answer.border_m < NEAR_BORDER_M ? "near-border" : "none";
}

/**
 * Give the neighbours that a place on a border touches, with their names where they are known.
 *
 * @param {SchemeAnswer} answer
 * @returns {{code: string, name: string}[]}
 */
export function neighboursOf(answer) {
  const named = new Map((answer.neighbours ?? []).map((cell) => [cell.code, cell.name]));
  return answer.touching.map((code) => ({ code, name: named.get(code) ?? "" }));
}

/**
 * Sort those who answer by their level, the nearest to the land first.
 *
 * @param {SchemeAnswer} answer
 * @returns {{cell: Cell, holders: Holder[]}[]} only levels that have somebody
 */
export function holdersByLevel(answer) {
  return [...answer.cells]
    .reverse()
    .map((cell) => ({ cell, holders: answer.responsible.filter((holder) => holder.level === cell.level) }))
    .filter(({ holders }) => holders.length > 0);
}

/**
 * Give the address that calls a number, with its extension after a pause.
 *
 * @param {string} phone as people write it, `0559-2512345 转 801`
 * @returns {string | null} null if there is nothing to dial
 */
export function telephoneLink(phone) {
  const [main = "", extension = ""] = phone.normalize("NFKC").split(/转|轉|分机|ext\.?|#/i);
  const number = main.replace(/[^\d+]/g, "");
  const inner = extension.replace(/\D/g, "");
  return number ? `tel:${number}${inner && `,${inner}`}` : null;
}
