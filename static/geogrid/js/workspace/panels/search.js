/**
 * The search box: a combobox whose list holds places and results.
 *
 * @import { Desk } from "../desk.js"
 * @import { Option } from "../search-options.js"
 */

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { icon } from "../icons.js";
import { optionsOf } from "../search-options.js";
import { nameOf, say } from "../words.js";

/** @param {Desk} desk */
export function searchBox(desk) {
  const { search, scheme } = desk.state;
  const options = optionsOf(search.text, search.results, scheme?.bbox ?? null);
  const open = search.open && search.text.trim() !== "";
  const active = open ? options[search.active] : undefined;
  return html`
    <div class="ws-search-field">
      ${icon("search")}
      <input id="ws-search" class="ws-search-input" type="text" role="combobox" aria-autocomplete="list" aria-controls="ws-options" enterkeyhint="search"
        aria-expanded=${open ? "true" : "false"} aria-activedescendant=${active ? `ws-${active.id}` : nothing} aria-label=${say("search")}
        placeholder=${say("search-hint")} maxlength="500" autocomplete="off" autocapitalize="off" spellcheck="false" .value=${live(search.text)}
        @input=${(/** @type {Event} */ event) => desk.actions.search(/** @type {HTMLInputElement} */ (event.target).value)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => desk.actions.searchKey(event)}
        @focus=${() => desk.actions.openSearch(true)} @blur=${() => desk.actions.openSearch(false)} />
      ${
        search.text
          ? html`<button class="ws-icon-button" type="button" aria-label=${say("search-clear")} @mousedown=${keepFocus} @click=${() => desk.actions.search("")}>${icon("close")}</button>`
          : nothing
      }
    </div>
    <div class="ws-options" ?hidden=${!open} @mousedown=${keepFocus}>
      <ul id="ws-options" role="listbox" aria-label=${say("search-results")}>
        ${options.map((option, index) => row(desk, option, index === search.active))}
      </ul>
      ${status(desk, options)}
    </div>`;
}

/** @param {Event} event the list must not take the focus from the field */
function keepFocus(event) {
  event.preventDefault();
}

/**
 * @param {Desk} desk
 * @param {readonly Option[]} options
 */
function status(desk, options) {
  const { search } = desk.state;
  if (search.trouble) {
    return html`<p class="ws-options-note" role="status">${desk.troubleText(search.trouble)}</p>`;
  }
  if (options.length > 0) {
    return html`<p class="visually-hidden" role="status">${search.open ? say("search-count", { n: options.length }) : ""}</p>`;
  }
  if (search.busy) {
    return html`<p class="ws-options-note" role="status">${say("search-busy")}</p>`;
  }
  return html`<div class="ws-options-note" role="status"><p><strong>${say("search-nothing", { q: search.text.trim().slice(0, 80) })}</strong></p>
    <p class="ws-quiet">${say("search-nothing-hint")}</p></div>`;
}

/**
 * @param {Desk} desk
 * @param {Option} option
 * @param {boolean} active
 */
function row(desk, option, active) {
  const choose = () => desk.actions.choose(option);
  const parts =
    option.kind === "point"
      ? html`${icon("pin")}<span class="ws-option-name">${say("search-point", { place: option.text })}</span>
          <span class="ws-option-path">${say(`search-point-${option.crs}`)}</span>`
      : html`${icon(option.result.kind === "cell" ? "cell" : "pin")}<span class="ws-option-name">${option.result.name || option.result.code} <code>${option.result.code}</code></span>
          <span class="ws-option-path">${option.result.path || desk.layerName(option.result.layer)}</span>`;
  return html`<li id="ws-${option.id}" class="ws-option" role="option" aria-selected=${active ? "true" : "false"} @click=${choose}>${parts}</li>`;
}

/** @param {Desk} desk the choice of the scheme, when there is one */
export function schemeChoice({ state, actions }) {
  const { schemes, schemeCode } = state;
  if (schemes.length === 0) {
    return nothing;
  }
  return html`<label class="ws-scheme"><span class="visually-hidden">${say("scheme")}</span>
    <select class="ws-select" @change=${(/** @type {Event} */ event) => actions.chooseScheme(/** @type {HTMLSelectElement} */ (event.target).value)}>
      ${schemes.map(({ code, name }) => html`<option value=${code} .selected=${live(code === schemeCode)}>${nameOf(name, code)}</option>`)}
    </select></label>`;
}

/** @param {Desk} desk */
export function dateChoice({ state, actions, today }) {
  const value = state.at ?? today;
  const change = (/** @type {Event} */ event) =>
    actions.chooseDate(/** @type {HTMLInputElement} */ (event.target).value);
  return html`<label class="ws-date" ?data-other=${state.at !== null}>
      <span class="ws-date-label">${say("date")}</span>
      <input type="date" aria-label=${say("date")} .value=${live(value)} @change=${change} />
    </label>`;
}
