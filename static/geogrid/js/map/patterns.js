/**
 * Patterns and marks as pixels: the map and the legend take them from here, so that both show the same.
 *
 * Everything is computed (no canvas), so that it can be tested anywhere. Pictures are drawn at twice the size
 * of a CSS pixel.
 */

/**
 * @typedef {{width: number, height: number, data: Uint8ClampedArray}} Picture RGBA, row by row
 * @typedef {"diagonal" | "cross" | "dots" | "backslash"} Pattern
 * @typedef {"disc" | "square" | "triangle" | "diamond"} Mark
 */

/** Pixels of a picture for one CSS pixel. */
export const PIXEL_RATIO = 2;
const SIZE = 20;
const SAMPLES = 4;

/** The marks of registers, in order; form says as much as colour. @type {readonly Mark[]} */
export const MARKS = ["disc", "square", "triangle", "diamond"];

/** Which pattern a rule has; every other rule has `backslash`. @type {Record<string, Pattern>} */
export const RULE_PATTERNS = { gap: "diagonal", overlap: "cross", vacancy: "dots" };

/**
 * Read a colour.
 *
 * @param {string} hex `#rrggbb`
 * @returns {[number, number, number]} 0 to 255
 */
export function rgb(hex) {
  const number = Number.parseInt(hex.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

/** @type {Record<Pattern, (x: number, y: number) => boolean>} */
const INSIDE = {
  diagonal: (x, y) => onStripe(x + y, SIZE / 2, 3.2),
  backslash: (x, y) => onStripe(x - y + SIZE, SIZE, 2.6),
  cross: (x, y) => onStripe(x + y, SIZE / 2, 2.4) || onStripe(x - y + SIZE, SIZE / 2, 2.4),
  dots: (x, y) => onDot(x, y, SIZE / 4, SIZE / 4) || onDot(x, y, (3 * SIZE) / 4, (3 * SIZE) / 4),
};

/**
 * Paint one tile of a pattern that repeats without a seam.
 *
 * @param {Pattern} pattern
 * @param {string} colour `#rrggbb`
 * @returns {Picture}
 */
export function paintPattern(pattern, colour) {
  return paint(SIZE, INSIDE[pattern], () => rgb(colour));
}

/** @type {Record<Mark, (x: number, y: number, r: number) => number>} signed distance, negative inside */
const DISTANCE = {
  disc: (x, y, r) => Math.hypot(x, y) - r,
  square: (x, y, r) => Math.max(Math.abs(x), Math.abs(y)) - r * 0.86,
  diamond: (x, y, r) => (Math.abs(x) + Math.abs(y) - r * 1.2) / Math.SQRT2,
  triangle: (x, y, r) => Math.max((Math.abs(x) * Math.sqrt(3) - y) / 2 - r * 0.5, y - r * 0.75),
};

/**
 * Paint the mark of an object: a coloured form with a rim that keeps it apart from any ground.
 *
 * @param {Mark} mark
 * @param {string} colour `#rrggbb`
 * @param {string} rim `#rrggbb`
 * @returns {Picture}
 */
export function paintMark(mark, colour, rim) {
  const half = 15;
  const away = DISTANCE[mark];
  const distance = (/** @type {number} */ x, /** @type {number} */ y) => away(x - half, y - half, 10.5);
  return paint(
    half * 2,
    (x, y) => distance(x, y) < 3,
    (x, y) => rgb(distance(x, y) < 0 ? colour : rim),
  );
}

/**
 * @param {number} size
 * @param {(x: number, y: number) => boolean} inside
 * @param {(x: number, y: number) => [number, number, number]} colourAt
 * @returns {Picture}
 */
function paint(size, inside, colourAt) {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      data.set(pixel(x, y, inside, colourAt), (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data };
}

/**
 * @param {number} x @param {number} y
 * @param {(x: number, y: number) => boolean} inside
 * @param {(x: number, y: number) => [number, number, number]} colourAt
 * @returns {number[]} RGBA of a pixel: the mean of its samples
 */
function pixel(x, y, inside, colourAt) {
  const sum = [0, 0, 0];
  let hits = 0;
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const sx = x + ((i % SAMPLES) + 0.5) / SAMPLES;
    const sy = y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES;
    if (inside(sx, sy)) {
      hits++;
      colourAt(sx, sy).forEach((part, channel) => {
        sum[channel] = (sum[channel] ?? 0) + part;
      });
    }
  }
  const shades = sum.map((part) => (hits === 0 ? 0 : part / hits));
  return [...shades, (255 * hits) / (SAMPLES * SAMPLES)];
}

/** @param {number} along @param {number} period @param {number} width */
function onStripe(along, period, width) {
  return along % period < width;
}

/** @param {number} x @param {number} y @param {number} cx @param {number} cy */
function onDot(x, y, cx, cy) {
  return Math.hypot(x - cx, y - cy) < 2.1;
}
