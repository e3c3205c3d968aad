/**
 * The pictures that a map's layers name: patterns and marks, in the colours of a palette.
 *
 * @import { Palette } from "./palette.js"
 * @import { Picture } from "./patterns.js"
 */

import { patternColours } from "./finding-layers.js";
import { markName, markOf } from "./object-layers.js";
import { layerColour } from "./palette.js";
import { PIXEL_RATIO, paintMark, paintPattern } from "./patterns.js";

/**
 * Give a map its pictures, or those it has other colours.
 *
 * @param {import("maplibre-gl").Map} map
 * @param {Palette} palette
 */
export function putPictures(map, palette) {
  const put = (/** @type {string} */ name, /** @type {Picture} */ picture) =>
    map.hasImage(name)
      ? map.updateImage(name, picture)
      : map.addImage(name, picture, { pixelRatio: PIXEL_RATIO });
  for (const [pattern, colour] of patternColours(palette)) {
    put(`pattern-${pattern}`, paintPattern(pattern, colour));
  }
  // Registers beyond the last colour begin with the first one again, but their marks have names of their own.
  for (let index = 0; index < 4 * palette.layers.length; index++) {
    put(markName(index), paintMark(markOf(index), layerColour(palette, index), palette.halo));
  }
}
