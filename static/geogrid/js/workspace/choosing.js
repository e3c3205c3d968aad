/**
 * Choices of what the page shows: scheme, date, draft, levels, registers, fill, panels.
 *
 * @import { Desk } from "./desk.js"
 * @import { State } from "./state.js"
 */

import { NO_FINDINGS } from "./state.js";

/** @param {Desk} desk */
export function choosing(desk) {
  const { store } = desk;

  /** Everything that depends on the time is asked again. */
  async function refreshed() {
    await Promise.all([desk.actions.loadState(), desk.actions.again()]);
  }

  return {
    /** @param {string} code */
    async chooseScheme(code) {
      store.set({
        selection: null,
        finding: null,
        rule: null,
        draft: null,
        shownLayers: [],
        hiddenLevels: [],
        scheme: null,
      });
      store.set({ schemeCode: code, audit: null, findings: NO_FINDINGS, phase: "loading" });
      await desk.actions.loadScheme(code);
      desk.stage?.fitLand();
    },

    /** @param {string} date `2026-11-25`; empty or today's for now */
    async chooseDate(date) {
      const at = date === "" || date === desk.today ? null : date;
      store.set({ at, finding: null, rule: null });
      await refreshed();
    },

    /** @param {string | null} id */
    async chooseDraft(id) {
      desk.sawLand = desk.stage?.seesLand() ?? false;
      store.set({ draft: id, finding: null, rule: null });
      await desk.actions.loadState();
    },

    /** @param {State["measure"]} measure */
    chooseMeasure(measure) {
      store.set({ measure });
    },

    /** @param {string} code @param {boolean} on */
    showLevel(code, on) {
      store.set({ hiddenLevels: toggled(desk.state.hiddenLevels, code, !on) });
    },

    /** @param {string} code @param {boolean} on */
    showLayer(code, on) {
      store.set({ shownLayers: toggled(desk.state.shownLayers, code, on) });
    },

    /** @param {State["tab"]} tab */
    chooseTab(tab) {
      store.set({ tab, leftOpen: true });
    },

    /** @param {boolean} leftOpen */
    openLeft(leftOpen) {
      store.set({ leftOpen });
    },

    dismiss() {
      store.set({ notice: null });
    },
  };
}

/**
 * @param {readonly string[]} list
 * @param {string} member
 * @param {boolean} inside
 * @returns {string[]}
 */
function toggled(list, member, inside) {
  const others = list.filter((one) => one !== member);
  return inside ? [...others, member] : others;
}
