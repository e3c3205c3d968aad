/**
 * Numbers, measures and dates as text, in the reader's language.
 *
 * @typedef {"zh-Hans" | "en"} Language
 */

/** The zone in which dates are told, unless a scheme has another. */
const ZONE = "Asia/Shanghai";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * @param {number} value
 * @param {Language} lang
 * @param {number} [decimals] at most so many
 * @returns {string} `1,234.5`
 */
export function numberText(value, lang, decimals = 0) {
  const key = `${lang} ${decimals}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(lang, { maximumFractionDigits: decimals });
    formats.set(key, format);
  }
  return format.format(value);
}

/**
 * @param {number} value
 * @param {string} unit
 * @param {Language} lang
 */
function measure(value, unit, lang) {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${numberText(value, lang, decimals)} ${unit}`;
}

/**
 * @param {number} areaM2
 * @param {Language} lang
 * @returns {string} in m², hectares or km², as fits
 */
export function areaText(areaM2, lang) {
  if (areaM2 < 1e4) {
    return measure(areaM2, "m²", lang);
  }
  return areaM2 < 1e6 ? measure(areaM2 / 1e4, "ha", lang) : measure(areaM2 / 1e6, "km²", lang);
}

/**
 * @param {number} lengthM
 * @param {Language} lang
 * @returns {string} in m or km, as fits
 */
export function lengthText(lengthM, lang) {
  return lengthM < 1000 ? measure(lengthM, "m", lang) : measure(lengthM / 1000, "km", lang);
}

/**
 * @param {string | Date} moment ISO
 * @param {string} [timeZone]
 * @returns {string} `2026-11-23`, the day it is in the zone
 */
export function dateText(moment, timeZone = ZONE) {
  // en-CA writes ISO dates.
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(new Date(moment));
}

/**
 * @param {string | Date} moment ISO
 * @param {string} [timeZone]
 * @returns {string} `2026-11-23 14:05 GMT+8`
 */
export function timeText(moment, timeZone = ZONE) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "shortOffset",
  }).format(new Date(moment));
  return `${dateText(moment, timeZone)} ${parts}`;
}

/**
 * @param {number} lon degrees
 * @param {number} lat degrees
 * @returns {string} `118.337500, 29.714900`: six decimals are 0.1 m
 */
export function placeText(lon, lat) {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}
