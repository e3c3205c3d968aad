/**
 * Small pictures for the legend, painted with the same pixels as the map's.
 */

import { PIXEL_RATIO } from "./patterns.js";

/**
 * @typedef {import("./patterns.js").Picture} Picture
 * @typedef {{fill?: string, pattern?: Picture, line?: string, lineWidth?: number, mark?: Picture}} Swatch
 */

/** CSS pixels. */
export const SWATCH = { width: 28, height: 18 };

/**
 * Paint a swatch.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Swatch} swatch
 */
export function paintSwatch(canvas, { fill, pattern, line, lineWidth = 1.5, mark }) {
  const [width, height] = [SWATCH.width * PIXEL_RATIO, SWATCH.height * PIXEL_RATIO];
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) {
    return;
  }
  if (fill) {
    context.fillStyle = fill;
    context.fillRect(0, 0, width, height);
  }
  if (pattern) {
    context.fillStyle = context.createPattern(pictureCanvas(pattern), "repeat") ?? "transparent";
    context.fillRect(0, 0, width, height);
  }
  if (line) {
    context.strokeStyle = line;
    context.lineWidth = lineWidth * PIXEL_RATIO;
    if (fill || pattern) {
      context.strokeRect(0, 0, width, height);
    } else {
      context.beginPath();
      context.moveTo(0, height / 2);
      context.lineTo(width, height / 2);
      context.stroke();
    }
  }
  if (mark) {
    context.drawImage(pictureCanvas(mark), (width - mark.width) / 2, (height - mark.height) / 2);
  }
}

/** @param {Picture} picture */
function pictureCanvas({ width, height, data }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const copy = new Uint8ClampedArray(width * height * 4);
  copy.set(data);
  canvas.getContext("2d")?.putImageData(new ImageData(copy, width, height), 0, 0);
  return canvas;
}
