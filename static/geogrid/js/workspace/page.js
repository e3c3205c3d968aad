/**
 * The page of the workspace: its regions are drawn again, once a frame, when the state has changed.
 *
 * @import { Desk } from "./desk.js"
 * @import { Padding } from "../map/view.js"
 */

import { html, render } from "lit-html";
import { answerPanel, firstAnswer } from "./panels/answer.js";
import { leftOpeners, leftPanel } from "./panels/left.js";
import { banners, emptyState, mapTools } from "./panels/overlay.js";
import { dateChoice, schemeChoice, searchBox } from "./panels/search.js";
import { chosenDraft, locatedIn, selectedChain } from "./state.js";
import { COMMA, say } from "./words.js";

/** @param {string} id @returns {HTMLElement} */
export function region(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** Draws the regions. */
export class Page {
  #asked = false;
  #said = "";

  /** @param {Desk} desk @param {() => void} drawMap */
  constructor(desk, drawMap) {
    this.desk = desk;
    this.drawMap = drawMap;
    this.root = region("ws");
    desk.store.addEventListener("change", () => this.ask());
    desk.darkness.addEventListener("change", () => this.ask());
    document.addEventListener("keydown", (event) => this.#escape(event));
  }

  /** Draw at the next frame. */
  ask() {
    if (!this.#asked) {
      this.#asked = true;
      requestAnimationFrame(() => {
        this.#asked = false;
        this.draw();
      });
    }
  }

  /** Draw now. */
  draw() {
    const { desk } = this;
    const { state } = desk;
    const draft = chosenDraft(state);
    this.root.toggleAttribute("data-left", state.leftOpen);
    this.root.toggleAttribute("data-answer", state.selection !== null);
    this.root.toggleAttribute("data-split", draft !== null && state.map);
    this.root.toggleAttribute("data-empty", desk.edition === null && draft === null);
    render(schemeChoice(desk), region("ws-scheme"));
    render(searchBox(desk), region("ws-search-box"));
    render(dateChoice(desk), region("ws-date"));
    render(leftPanel(desk), region("ws-left"));
    render(leftOpeners(desk), region("ws-openers"));
    render(answerPanel(desk), region("ws-right"));
    render(banners(desk), region("ws-banners"));
    render(emptyState(desk), region("ws-empty"));
    render(mapTools(desk), region("ws-tools"));
    region("ws-right").hidden = state.selection === null;
    if (desk.wantsFocus && state.selection) {
      desk.wantsFocus = false;
      region("ws-right").focus();
    }
    region("ws-left").hidden = !state.leftOpen;
    region("ws-openers").hidden = state.leftOpen && !phone();
    this.#sides(draft);
    this.#announce();
    if (state.map) {
      this.drawMap();
    }
  }

  /** @param {import("./types.js").Draft | null} draft */
  #sides(draft) {
    const { edition } = this.desk;
    const shown = draft !== null && this.desk.state.map;
    region("ws-divider").hidden = !shown;
    for (const id of ["ws-side-edition", "ws-side-draft"]) {
      region(id).hidden = !shown;
    }
    if (draft) {
      render(
        html`${edition ? say("side-edition", { number: String(edition.number) }) : ""}`,
        region("ws-side-edition"),
      );
      render(html`${say("side-draft", { name: draft.name })}`, region("ws-side-draft"));
    }
  }

  /** Say the answer to those who do not see the panel. */
  #announce() {
    const { desk } = this;
    const { selection } = desk.state;
    if (selection?.phase === "loading") {
      this.#said = "";
    }
    const text = selection?.phase === "ready" ? this.#sentence() : "";
    if (text && text !== this.#said) {
      region("ws-live").textContent = text;
      this.#said = text;
    }
  }

  /** @returns {string} */
  #sentence() {
    const { state } = this.desk;
    const chain = selectedChain(state.selection, state.schemeCode);
    const located = locatedIn(state.selection, state.schemeCode);
    const leaf = chain.at(-1);
    if (!leaf) {
      return say(located?.method === "gap" ? "answer-gap" : "answer-outside");
    }
    const who = firstAnswer(located?.responsible ?? state.selection?.cell?.responsible ?? []);
    const parents = chain.slice(0, -1).map(({ name, code }) => name || code);
    return say("announce-cell", { name: leaf.name || leaf.code, chain: parents.join(COMMA), who });
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) {
      return;
    }
    const inPanel = region("ws-right").contains(document.activeElement);
    if (this.desk.state.selection) {
      this.desk.actions.close();
      if (inPanel) {
        /** @type {HTMLElement | null} */ (document.querySelector("#ws-map canvas"))?.focus();
      }
    } else if (phone() && this.desk.state.leftOpen) {
      this.desk.actions.openLeft(false);
    }
  }

  /** @returns {Padding} the part of the map that panels hide */
  padding() {
    const { state } = this.desk;
    if (this.root.hasAttribute("data-split")) {
      return { top: 56, right: 24, bottom: 40, left: 24 };
    }
    if (phone()) {
      const sheet = state.selection ? region("ws-map").clientHeight * 0.62 : 72;
      return { top: 24, right: 24, bottom: sheet, left: 24 };
    }
    const left = state.leftOpen ? region("ws-left").offsetWidth + 40 : 64;
    const right = state.selection ? region("ws-right").offsetWidth + 40 : 72;
    return { top: 40, right, bottom: 48, left };
  }
}

/** @returns {boolean} whether panels are sheets */
export function phone() {
  return globalThis.matchMedia("(max-width: 48rem)").matches;
}
