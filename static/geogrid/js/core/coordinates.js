/**
 * Coordinates as people write them, read into longitude and latitude.
 *
 * @typedef {{lon: number, lat: number, how: "decimal" | "dms", order: "named" | "lon-lat" | "lat-lon", sure: boolean}} Place
 *   `order` says how the axes were told apart; `sure` is false if the other order would have been possible too.
 * @typedef {[west: number, south: number, east: number, north: number]} Bounds degrees
 * @typedef {{kind: "axis" | "number" | "mark" | "comma", text: string}} Token
 * @typedef {{degrees: number, axis: Axis, dms: boolean}} Angle
 * @typedef {"lon" | "lat" | ""} Axis
 */

/** What people write for one another, in the order in which it is replaced. @type {[RegExp, string][]} */
const WORDS = [
  [/[°º˚⁰]|(?<=\d)\s*度/g, "°"],
  [/″|′′|''|[“”"]|(?<=\d)\s*秒/g, '"'],
  [/[′‘’'`´]|(?<=\d)\s*分/g, "'"],
  [/[−–—]/g, "-"],
  [/[、，,;；/|]/g, ","],
  [/北纬|北緯/g, "N"],
  [/南纬|南緯/g, "S"],
  [/东经|東經/g, "E"],
  [/西经|西經/g, "W"],
  [/纬度|緯度|latitude|lat\b/gi, "Y"],
  [/经度|經度|longitude|long?\b|lng\b/gi, "X"],
  [/^\s*geo:/i, "Y"],
  [/[[\](){}:=]/g, " "],
];
const TOKEN = /\s*(?:(?<axis>[NSEWXY])|(?<number>[+-]?\d+(?:\.\d+)?)|(?<mark>[°'"])|(?<comma>,))/giy;
const LONGEST = 200;

/**
 * Read a place.
 *
 * Understands decimal degrees in either order, degrees with minutes and seconds, axes named by letters or in
 * Chinese, and full-width digits. Where nothing names the axes, the order that is possible wins (a latitude is
 * never above 90), then the one that lies in `bounds`, then longitude first.
 *
 * @param {string} text
 * @param {Bounds | null} [bounds] the land in view
 * @returns {Place | null} null if it is no place
 */
export function parsePlace(text, bounds = null) {
  const halves = text.length <= LONGEST ? halve(tokens(plain(text))) : null;
  const angles = halves?.map(angle);
  const [first, second] = angles ?? [];
  if (!first || !second) {
    return null;
  }
  const how = first.dms || second.dms ? "dms" : "decimal";
  if (first.axis || second.axis) {
    if (first.axis === second.axis) {
      return null;
    }
    const lonFirst = first.axis === "lon" || second.axis === "lat";
    const [lon, lat] = lonFirst ? [first.degrees, second.degrees] : [second.degrees, first.degrees];
    return isOnEarth(lon, lat) ? { lon, lat, how, order: "named", sure: true } : null;
  }
  return ordered(first.degrees, second.degrees, how, bounds);
}

/**
 * @param {number} first
 * @param {number} second
 * @param {"decimal" | "dms"} how
 * @param {Bounds | null} bounds
 * @returns {Place | null}
 */
function ordered(first, second, how, bounds) {
  const lonFirst = isOnEarth(first, second);
  const latFirst = isOnEarth(second, first);
  if (!lonFirst && !latFirst) {
    return null;
  }
  const sure = lonFirst !== latFirst;
  const preferred = bounds && isWithin(bounds, second, first) && !isWithin(bounds, first, second);
  if (!lonFirst || (latFirst && preferred)) {
    return { lon: second, lat: first, how, order: "lat-lon", sure };
  }
  return { lon: first, lat: second, how, order: "lon-lat", sure };
}

/**
 * @param {number} lon
 * @param {number} lat
 */
function isOnEarth(lon, lat) {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}

/**
 * @param {Bounds} bounds
 * @param {number} lon
 * @param {number} lat
 */
function isWithin([west, south, east, north], lon, lat) {
  return west <= lon && lon <= east && south <= lat && lat <= north;
}

/**
 * Bring what people write to the few signs that are read.
 *
 * @param {string} text
 */
function plain(text) {
  // Marks first: compatibility forms would take a double prime apart.
  let written = text;
  for (const [words, sign] of WORDS.slice(0, 3)) {
    written = written.replace(words, sign);
  }
  written = written.normalize("NFKC").replace(/。/g, ".");
  for (const [words, sign] of WORDS) {
    written = written.replace(words, sign);
  }
  return written.trim().replace(/,$/, "");
}

/**
 * @param {string} text
 * @returns {Token[]} empty if anything in the text is no part of a place
 */
function tokens(text) {
  /** @type {Token[]} */
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) {
      return [];
    }
    for (const kind of /** @type {const} */ (["axis", "number", "mark", "comma"])) {
      const part = groups[kind];
      if (part !== undefined) {
        found.push({ kind, text: part.toUpperCase() });
      }
    }
  }
  return found;
}

/**
 * Find where the second coordinate begins.
 *
 * @param {Token[]} all
 * @returns {[Token[], Token[]] | null}
 */
function halve(all) {
  const at = border(all);
  if (at === null || at <= 0 || at >= all.length) {
    return null;
  }
  const rest = all[at]?.kind === "comma" ? at + 1 : at;
  return [all.slice(0, at).filter(isNoComma), all.slice(rest)];
}

/** @param {Token} token */
function isNoComma(token) {
  return token.kind !== "comma";
}

/**
 * @param {Token[]} all
 * @returns {number | null}
 */
function border(all) {
  const commas = places(all, (token) => token.kind === "comma");
  if (commas.length > 1) {
    return null;
  }
  if (commas[0] !== undefined) {
    return commas[0];
  }
  const axes = places(all, (token) => token.kind === "axis");
  if (axes[0] === 0) {
    // `geo:29.7 118.3` and `lat 29.7 118.3` name one axis only.
    return axes[1] ?? middle(all);
  }
  if (axes[0] !== undefined) {
    return axes[0] + 1;
  }
  const degrees = places(all, (token) => token.text === "°");
  if (degrees.length === 2) {
    return /** @type {number} */ (degrees[1]) - 1;
  }
  return middle(all);
}

/**
 * @param {Token[]} all
 * @returns {number | null} the first of the second half of the numbers
 */
function middle(all) {
  const numbers = places(all, (token) => token.kind === "number");
  return numbers.length % 2 === 0 ? (numbers[numbers.length / 2] ?? null) : null;
}

/**
 * @param {Token[]} all
 * @param {(token: Token) => boolean} is
 */
function places(all, is) {
  return all.flatMap((token, index) => (is(token) ? [index] : []));
}

/**
 * Read one coordinate: an axis before or after up to three numbers, each with its mark or without.
 *
 * @param {Token[]} half
 * @returns {Angle | null}
 */
function angle(half) {
  const letters = half.filter((token) => token.kind === "axis");
  const inner = half.filter((token) => token.kind !== "axis");
  const outside = half[0]?.kind === "axis" || half.at(-1)?.kind === "axis";
  const numbers = inner.filter((token) => token.kind === "number").map((token) => token.text);
  if (letters.length > 1 || (letters.length === 1 && !outside) || !marksFit(inner)) {
    return null;
  }
  const size = magnitude(numbers);
  const letter = letters[0]?.text ?? "";
  const negative = numbers[0]?.startsWith("-") ?? false;
  if (size === null || (negative && /[NSEW]/.test(letter))) {
    return null;
  }
  return {
    degrees: negative || /[SW]/.test(letter) ? -size : size,
    axis: letter === "" ? "" : /[NSY]/.test(letter) ? "lat" : "lon",
    dms: numbers.length > 1,
  };
}

/**
 * Tell whether each mark stands after the number that it belongs to, and a number without mark comes last.
 *
 * @param {Token[]} inner
 */
function marksFit(inner) {
  const shape = inner.map((token) => (token.kind === "number" ? "n" : token.text)).join("");
  return /^n°?$|^n°n'?$|^n°n'n"?$|^nnn?$/.test(shape);
}

/**
 * @param {string[]} numbers degrees, minutes, seconds
 * @returns {number | null} without its sign
 */
function magnitude(numbers) {
  const sizes = numbers.map((number) => Math.abs(Number(number)));
  const [degrees = Number.NaN, minutes = 0, seconds = 0] = sizes;
  const fractions = numbers.slice(0, -1).some((number) => number.includes("."));
  const signs = numbers.slice(1).some((number) => /^[+-]/.test(number));
  if (fractions || signs || !Number.isFinite(degrees) || minutes >= 60 || seconds >= 60) {
    return null;
  }
  return degrees + minutes / 60 + seconds / 3600;
}
