/**
 * Which level plays which part at a zoom: the one that fits is strong, its parents quiet, its children a hint.
 */

/**
 * @typedef {{code: string, zoom: [number, number]}} Zoomed
 * @typedef {object} Range
 * @property {string} code
 * @property {number} hint first zoom at which it is a hint
 * @property {number} from first zoom at which it is the strong one
 * @property {number} to zoom at which its children take over
 * @property {number} far zoom at which its grandchildren take over
 */

/** No tile and no screen goes deeper. */
export const DEEPEST_ZOOM = 24;
/** How much zoom a change of parts takes. */
const FADE = 0.35;

/**
 * Put levels in a row without holes: each is the strong one until the next begins.
 *
 * @param {readonly Zoomed[]} levels top level first
 * @returns {Range[]} as many, same order
 */
export function rangesOf(levels) {
  /** @type {number[]} */
  const starts = [];
  for (const [index, level] of levels.entries()) {
    const before = starts[index - 1];
    starts.push(before === undefined ? 0 : Math.max(level.zoom[0], before + 1));
  }
  const startOf = (/** @type {number} */ index) => starts[index] ?? DEEPEST_ZOOM;
  return levels.map((level, index) => ({
    code: level.code,
    hint: index === 0 ? 0 : startOf(index - 1),
    from: startOf(index),
    to: startOf(index + 1),
    far: startOf(index + 2),
  }));
}

/**
 * Find the level that is strong at a zoom.
 *
 * @param {readonly Zoomed[]} levels top level first
 * @param {number} zoom
 * @returns {string | null} its code, null if there is no level
 */
export function fittingLevel(levels, zoom) {
  const fitting = rangesOf(levels).filter((range) => range.from <= zoom);
  return fitting.at(-1)?.code ?? levels[0]?.code ?? null;
}

/**
 * An expression that holds one value for each part a level plays and passes softly from one to the next.
 *
 * @template {number | string} T
 * @param {Range} range
 * @param {{hint: T, strong: T, quiet: T, far: T}} values
 * @returns {unknown[] | T} a MapLibre expression of the zoom
 */
export function byRole(range, values) {
  /** @type {[number, T][]} */
  const steps = [];
  const turn = (/** @type {number} */ zoom, /** @type {T} */ before, /** @type {T} */ after) => {
    if (zoom > 0 && zoom < DEEPEST_ZOOM) {
      steps.push([zoom - FADE, before], [zoom, after]);
    }
  };
  turn(range.from, values.hint, values.strong);
  turn(range.to, values.strong, values.quiet);
  turn(range.far, values.quiet, values.far);
  if (steps.length === 0) {
    return values.strong;
  }
  return ["interpolate", ["linear"], ["zoom"], ...steps.flat()];
}
