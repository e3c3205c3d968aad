/**
 * From the state of the workspace to what its maps show. Pure.
 *
 * @import { Palette } from "../map/palette.js"
 * @import { Wanted } from "../map/style.js"
 * @import { Edition } from "./types.js"
 * @import { State } from "./state.js"
 */

import { troubledCells, vacantCells } from "./grouping.js";
import { chosenDraft, drawnLevels, registersOf, selectedChain } from "./state.js";

/**
 * @typedef {{palette: Palette, origin: string, textScale: number}} Given what the page and the screen say
 */

/**
 * What the map of the edition shows.
 *
 * @param {State} state
 * @param {Given & {edition: Edition | null}} given
 * @returns {Wanted}
 */
export function editionLook(state, { edition, ...given }) {
  const faults = state.draft === null;
  return {
    ...common(state, given, faults),
    levels: edition === null ? [] : levelsOf(state),
    state: { edition: edition?.number ?? 0 },
  };
}

/**
 * What the map of the draft shows.
 *
 * @param {State} state
 * @param {Given} given
 * @returns {Wanted}
 */
export function draftLook(state, given) {
  const draft = chosenDraft(state);
  return {
    ...common(state, given, true),
    levels: draft ? levelsOf(state) : [],
    state: { draft: draft?.id ?? "", version: draft?.version ?? "" },
  };
}

/**
 * @param {State} state
 * @param {Given} given
 * @param {boolean} faults whether the findings belong to this map
 * @returns {Omit<Wanted, "levels" | "state">}
 */
function common(state, { palette, origin, textScale }, faults) {
  const chain = selectedChain(state.selection, state.schemeCode);
  const findings = faults ? state.findings.items : [];
  return {
    origin,
    scheme: state.schemeCode ?? "",
    objects: registersOf(state.scheme).flatMap(({ code, geometry_type: type }, index) =>
      state.shownLayers.includes(code) ? [{ code, index, shape: shapeOf(type) }] : [],
    ),
    look: {
      palette,
      textScale,
      measure: state.measure,
      kinds: state.scheme?.kinds ?? {},
      picked: chain.at(-1)?.code ?? null,
      pickedParent: chain.at(-2)?.code ?? null,
      vacant: [...new Set([...state.vacant, ...vacantCells(findings)])],
      troubled: troubledCells(findings),
    },
    finding: faults ? state.finding : null,
  };
}

/** @param {State} state */
function levelsOf(state) {
  return drawnLevels(state.scheme).filter(({ code }) => !state.hiddenLevels.includes(code));
}

/** @param {string} type @returns {"point" | "line" | "polygon"} */
function shapeOf(type) {
  return /line/i.test(type) ? "line" : /polygon/i.test(type) ? "polygon" : "point";
}
