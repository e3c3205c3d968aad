/**
 * The precision grid: every stored and every queried coordinate lies on it.
 *
 * The same rule as in Python and SQL (tests/vectors/lattice.json holds all three to it); `Math.round`,
 * `toFixed` and SQL's `round` each treat halves differently and must not take its place.
 */

/** Steps of the grid in one degree. */
export const STEPS_PER_DEGREE = 1e8;

/**
 * Find the grid line nearest to a coordinate, halves upward.
 *
 * @param {number} degrees longitude or latitude, finite
 * @returns {number} a whole number of steps, never -0
 * @throws {RangeError} if the coordinate is not a finite number
 */
export function toLattice(degrees) {
  if (!Number.isFinite(degrees)) {
    throw new RangeError(`a coordinate must be a finite number, not ${degrees}`);
  }
  return Math.floor(degrees * STEPS_PER_DEGREE + 0.5) + 0;
}

/**
 * Move a point onto the grid.
 *
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {[number, number]} longitude and latitude on the grid, degrees
 * @throws {RangeError} if a coordinate is not a finite number
 */
export function snap(lon, lat) {
  return [toLattice(lon) / STEPS_PER_DEGREE, toLattice(lat) / STEPS_PER_DEGREE];
}
