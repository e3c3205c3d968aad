/**
 * The colours of the map, for a light and a dark ground.
 *
 * Fill says measure, pattern says problem: the three fills of the coverage differ in lightness as well as in
 * hue (blue, grey, amber), so that they stay apart for every kind of colour vision and in print.
 */

/**
 * @typedef {object} Palette
 * @property {string} ground what lies outside the land
 * @property {string} land a cell without a measure
 * @property {string} covered @property {string} vacant @property {string} troubled
 * @property {string} strong line of the level that fits the zoom
 * @property {string} quiet line of its parents
 * @property {string} hint line of its children
 * @property {string} shore soft band around the land
 * @property {string} text @property {string} subtext @property {string} halo
 * @property {string} picked @property {string} pickedFill @property {string} pickedParent
 * @property {string} gap @property {string} overlap @property {string} other @property {string} dots
 * @property {string} changed outline of what a draft changes
 * @property {string} place @property {string} placeRim
 * @property {string[]} kinds one tint a kind
 * @property {string[]} layers one colour a register
 */

/** @type {Palette} */
export const LIGHT = {
  ground: "#e9edf0",
  land: "#fbfbf9",
  covered: "#d3e6ee",
  vacant: "#dcdcdc",
  troubled: "#fbe0b4",
  strong: "#35596d",
  quiet: "#7d98a8",
  hint: "#b3c5cf",
  shore: "#c9d6de",
  text: "#16303e",
  subtext: "#4a6270",
  halo: "#ffffff",
  picked: "#0b4f8a",
  pickedFill: "#2f7fc1",
  pickedParent: "#0b4f8a",
  gap: "#b5137a",
  overlap: "#b84a00",
  other: "#7a3b9c",
  dots: "#6a6a6a",
  changed: "#7a3b9c",
  place: "#0b4f8a",
  placeRim: "#ffffff",
  kinds: ["#d3e6ee", "#ece3cb", "#d6e7cf", "#e3daec", "#f6e3a8", "#f0d6cd", "#c6e5de", "#dcdcdc"],
  layers: ["#0f5f8f", "#6d4c9f", "#a33b1f", "#5d6770", "#1b7049", "#8a5a00", "#a0246b", "#2f5d62"],
};

/** @type {Palette} */
export const DARK = {
  ground: "#12181d",
  land: "#1f2930",
  covered: "#1f4252",
  vacant: "#3c4043",
  troubled: "#5b441c",
  strong: "#9cc3d6",
  quiet: "#5f8196",
  hint: "#38566a",
  shore: "#0b1014",
  text: "#eef5f8",
  subtext: "#b7c7d0",
  halo: "#12181d",
  picked: "#7cc4ff",
  pickedFill: "#4aa3e8",
  pickedParent: "#7cc4ff",
  gap: "#ff7ac6",
  overlap: "#ff9a4d",
  other: "#cf9cf0",
  dots: "#a9b0b5",
  changed: "#cf9cf0",
  place: "#7cc4ff",
  placeRim: "#12181d",
  kinds: ["#234a66", "#5f4523", "#2b5335", "#4a3b61", "#575017", "#5f3340", "#1f5654", "#4b463c"],
  layers: ["#79c7f5", "#c3a5f3", "#ff9f7f", "#c2ccd3", "#7fd8ae", "#f0c060", "#ff9ad2", "#9ed4d9"],
};

/**
 * Choose the colours for a ground.
 *
 * @param {boolean} dark
 * @returns {Palette}
 */
export function paletteFor(dark) {
  return dark ? DARK : LIGHT;
}

/**
 * The tints of the kinds of a level's cells: the same kind has the same tint as long as the list is the same.
 *
 * @param {Palette} palette
 * @param {readonly string[]} kinds every kind of the level, in order
 * @returns {Record<string, string>}
 */
export function kindColours(palette, kinds) {
  return Object.fromEntries(kinds.map((kind, index) => [kind, cycled(palette.kinds, index)]));
}

/**
 * The colour of a register.
 *
 * @param {Palette} palette
 * @param {number} index its place in the scheme's list
 * @returns {string}
 */
export function layerColour(palette, index) {
  return cycled(palette.layers, index);
}

/**
 * @param {readonly string[]} colours
 * @param {number} index
 * @returns {string}
 */
function cycled(colours, index) {
  return /** @type {string} */ (colours[index % colours.length]);
}
