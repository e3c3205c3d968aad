/**
 * The workspace's desk: the state, the questions and the actions, at hand for every panel.
 *
 * @import { Edition, Trouble } from "./types.js"
 * @import { State } from "./state.js"
 */

import { Problem } from "../api/problem.js";
import { Store } from "../core/store.js";
import { problemText } from "../i18n/index.js";
import { paletteFor } from "../map/palette.js";
import { choosing } from "./choosing.js";
import { loading } from "./loading.js";
import { picking } from "./picking.js";
import { Requests } from "./requests.js";
import { searching } from "./searching.js";
import { drawnLevels, editionInForce, endOfDay, initialState, registersOf, todayOf } from "./state.js";
import { known, nameOf } from "./words.js";

/**
 * @typedef {ReturnType<typeof choosing> & ReturnType<typeof loading> & ReturnType<typeof picking>
 *   & ReturnType<typeof searching>} Actions
 *
 * @typedef {object} Stage what the desk may ask of the maps; there may be none
 * @property {() => void} draw
 * @property {() => boolean} seesLand
 * @property {() => void} fitLand
 * @property {(lon: number, lat: number, zoom?: number) => void} reveal
 * @property {(box: import("./types.js").Box, maxZoom?: number) => void} fit
 * @property {(step: 1 | -1) => void} zoomBy
 * @property {(view: {lon: number, lat: number, z: number}) => void} jump
 * @property {() => void} reload
 */

/** Everything a panel needs. */
export class Desk {
  /** @param {{sharesMoment?: Date}} [options] */
  constructor({ sharesMoment = new Date() } = {}) {
    this.now = sharesMoment;
    this.today = todayOf(this.now);
    /** @type {Store<State>} */
    this.store = new Store(initialState());
    this.requests = new Requests((reachable) => this.#reached(reachable));
    this.darkness = globalThis.matchMedia("(prefers-color-scheme: dark)");
    /** @type {Stage | null} */
    this.stage = null;
    /** Whether the answer takes the focus when it is drawn next. */
    this.wantsFocus = false;
    /** Whether the whole land was in sight when the maps last began or ceased to share the room. */
    this.sawLand = false;
    /** @type {Actions} */
    this.actions = { ...loading(this), ...picking(this), ...searching(this), ...choosing(this) };
  }

  /** @returns {Readonly<State>} */
  get state() {
    return this.store.state;
  }

  get palette() {
    return paletteFor(this.darkness.matches);
  }

  /** @returns {Date} the moment that the page answers for */
  get moment() {
    return this.state.at === null ? this.now : new Date(endOfDay(this.state.at));
  }

  /** @returns {Edition | null} the one in force at that moment */
  get edition() {
    return editionInForce(this.state.scheme?.editions ?? [], this.state.at, this.now);
  }

  /** @param {string} code */
  levelName(code) {
    return nameOf(drawnLevels(this.state.scheme).find((level) => level.code === code)?.name, code);
  }

  /** @param {string | null} code */
  schemeName(code) {
    return nameOf(this.state.schemes.find((scheme) => scheme.code === code)?.name, code ?? "");
  }

  /** @param {string | undefined} code */
  layerName(code) {
    return nameOf(registersOf(this.state.scheme).find((layer) => layer.code === code)?.name, code ?? "");
  }

  /** @param {string | null | undefined} code @returns {string} */
  kindName(code) {
    return code ? known("kind", code) : "";
  }

  /** @param {Trouble | undefined} trouble */
  troubleText(trouble) {
    return trouble ? problemText(new Problem(trouble)) : "";
  }

  /** @param {boolean} reachable */
  #reached(reachable) {
    this.store.set({ offline: !reachable });
  }
}
