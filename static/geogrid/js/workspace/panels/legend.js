/**
 * Legend swatches: canvases that the legend paints with the map's own pixels.
 *
 * @import { Palette } from "../../map/palette.js"
 * @import { Swatch } from "../../map/swatch.js"
 */

import { html } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import { ruleColour, rulePattern } from "../../map/finding-layers.js";
import { markOf } from "../../map/object-layers.js";
import { layerColour } from "../../map/palette.js";
import { paintMark, paintPattern } from "../../map/patterns.js";
import { paintSwatch } from "../../map/swatch.js";

/**
 * @param {Swatch} look
 * @returns {import("lit-html").TemplateResult}
 */
export function swatch(look) {
  const paint = (/** @type {Element | undefined} */ canvas) => {
    if (canvas instanceof HTMLCanvasElement) {
      paintSwatch(canvas, look);
    }
  };
  return html`<canvas class="swatch" width="56" height="36" aria-hidden="true" ${ref(paint)}></canvas>`;
}

/** @param {Palette} palette @param {string} rule */
export function ruleSwatch(palette, rule) {
  const colour = ruleColour(palette, rule);
  return swatch({ pattern: paintPattern(rulePattern(rule), colour), line: colour });
}

/** @param {Palette} palette @param {number} index @param {boolean} isLine */
export function objectSwatch(palette, index, isLine) {
  const colour = layerColour(palette, index);
  return swatch(
    isLine ? { line: colour, lineWidth: 2.6 } : { mark: paintMark(markOf(index), colour, palette.halo) },
  );
}

/** @param {Palette} palette @param {string} fill @param {boolean} dotted */
export function fillSwatch(palette, fill, dotted = false) {
  return swatch({
    fill,
    line: palette.strong,
    ...(dotted && { pattern: paintPattern("dots", palette.dots) }),
  });
}
