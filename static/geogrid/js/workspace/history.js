/**
 * The browser's history follows the state, and the state follows the back button.
 *
 * @import { Desk } from "./desk.js"
 * @import { Place } from "./address.js"
 */

import { readAddress, stepOf, writeAddress } from "./address.js";

/** Keeps the address. */
export class History {
  #step = "";
  #applying = false;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** Show what the address says and begin to keep it. */
  async start() {
    await this.#apply(readAddress(location.search), true);
    this.#step = stepOf(this.desk.state);
    this.desk.store.addEventListener("change", () => this.#keep());
    globalThis.addEventListener("popstate", () => this.#apply(readAddress(location.search), false));
    this.#keep();
  }

  #keep() {
    const { state } = this.desk;
    if (state.phase === "loading" || this.#applying) {
      return;
    }
    const address = location.pathname + writeAddress(state);
    const step = stepOf(state);
    const isNew = step !== this.#step;
    this.#step = step;
    if (address !== location.pathname + location.search) {
      history[isNew ? "pushState" : "replaceState"](null, "", address);
    }
  }

  /**
   * @param {Place} place
   * @param {boolean} first
   */
  async #apply(place, first) {
    const { desk } = this;
    this.#applying = true;
    try {
      const { at, draft } = desk.state;
      desk.store.set({
        at: place.at,
        draft: place.draft,
        finding: place.finding,
        ...(place.view && { view: place.view }),
        ...(place.layers && { shownLayers: place.layers }),
        ...(place.measure === "kind" || place.measure === "plain" ? { measure: place.measure } : {}),
        ...(place.tab === "findings" ? { tab: "findings" } : {}),
      });
      if (first) {
        await desk.actions.loadAll(place.scheme);
      } else if (place.scheme && place.scheme !== desk.state.schemeCode) {
        await desk.actions.loadScheme(place.scheme);
      } else if (at !== place.at || draft !== place.draft) {
        await desk.actions.loadState();
      }
      if (!first && place.view) {
        desk.stage?.jump(place.view);
      }
      await this.#select(place, first);
    } finally {
      this.#step = stepOf(desk.state);
      this.#applying = false;
    }
  }

  /**
   * @param {Place} place
   * @param {boolean} first
   */
  async #select(place, first) {
    const { actions, state } = this.desk;
    if (state.schemeCode === null) {
      return;
    }
    if (place.cell) {
      await actions.openCell(place.cell, { go: first && place.view === null });
    } else if (place.point) {
      await actions.locate(place.point[0], place.point[1], { go: first && place.view === null });
    } else if (state.selection && !first) {
      // At first whoever was quicker than the page keeps what they chose.
      actions.close();
    }
    if (place.finding) {
      this.desk.store.set({ finding: place.finding });
    }
  }
}
