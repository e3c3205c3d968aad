/**
 * The left panel with its two tabs; on a phone a sheet with a bar of its own.
 *
 * @import { Desk } from "../desk.js"
 */

import { html, nothing } from "lit-html";
import { icon } from "../icons.js";
import { count, say } from "../words.js";
import { findingsTab } from "./findings.js";
import { layersTab } from "./layers.js";

const TABS = /** @type {const} */ (["layers", "findings"]);

/** @param {Desk} desk */
export function leftPanel(desk) {
  const { state, actions } = desk;
  if (state.scheme === null) {
    return state.phase === "loading" ? skeleton() : nothing;
  }
  return html`
    <div class="ws-tabs">
      <div role="tablist" aria-label=${say("panel-left")} @keydown=${(/** @type {KeyboardEvent} */ event) => arrows(desk, event)}>
        ${TABS.map((tab) => tabButton(desk, tab))}
      </div>
      <button class="ws-icon-button" type="button" aria-label=${say("panel-hide")} title=${say("panel-hide")} @click=${() => actions.openLeft(false)}>${icon("left")}</button>
    </div>
    <div class="ws-panel-body" id="ws-tabpanel" role="tabpanel" tabindex="0" aria-labelledby="ws-tab-${state.tab}">
      ${state.tab === "layers" ? layersTab(desk) : findingsTab(desk)}
    </div>`;
}

/**
 * @param {Desk} desk
 * @param {"layers" | "findings"} tab
 */
function tabButton({ state, actions }, tab) {
  const selected = state.tab === tab;
  const number =
    tab === "findings" && state.findings.count > 0
      ? html`<span class="badge" data-tone="warn">${count(state.findings.count)}</span>`
      : nothing;
  return html`<button id="ws-tab-${tab}" class="ws-tab" type="button" role="tab" aria-selected=${selected ? "true" : "false"} aria-controls="ws-tabpanel"
    tabindex=${selected ? 0 : -1} @click=${() => actions.chooseTab(tab)}>${icon(tab)}<span>${say(`tab-${tab}`)}</span>${number}</button>`;
}

/**
 * @param {Desk} desk
 * @param {KeyboardEvent} event
 */
function arrows({ state, actions }, event) {
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const other = state.tab === "layers" ? "findings" : "layers";
    actions.chooseTab(other);
    document.getElementById(`ws-tab-${other}`)?.focus();
  }
}

function skeleton() {
  return html`<div class="ws-panel-body"><div class="ws-skeletons" aria-hidden="true">
    ${["block", "line", "line", "line", "block", "line", "line"].map((kind) => html`<div class="ws-skeleton" data-kind=${kind}></div>`)}
  </div></div>`;
}

/** @param {Desk} desk what opens the panel when it is closed: a tongue, on a phone a bar */
export function leftOpeners({ state, actions }) {
  if (state.scheme === null) {
    return nothing;
  }
  return html`${TABS.map(
    (
      tab,
    ) => html`<button class="ws-opener" type="button" title=${say("panel-show")} aria-expanded="false" aria-controls="ws-left"
      @click=${() => actions.chooseTab(tab)}>${icon(tab)}<span>${say(`tab-${tab}`)}</span>${
        tab === "findings" && state.findings.count > 0
          ? html`<span class="badge" data-tone="warn">${count(state.findings.count)}</span>`
          : nothing
      }</button>`,
  )}`;
}
