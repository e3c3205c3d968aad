/**
 * The left panel's first tab: verdict, levels, fill, objects, drafts; every row is its own legend.
 *
 * @import { Desk } from "../desk.js"
 * @import { TemplateResult } from "lit-html"
 */

import { html, nothing } from "lit-html";
import { kindColours } from "../../map/palette.js";
import { chosenDraft, drawnLevels, registersOf, strongLevel } from "../state.js";
import { count, known, nameOf, say } from "../words.js";
import { fillSwatch, objectSwatch, swatch } from "./legend.js";
import { verdictCard } from "./verdict.js";

/** @param {Desk} desk @returns {TemplateResult} */
export function layersTab(desk) {
  return html`${verdictCard(desk)} ${levelSection(desk)} ${fillSection(desk)} ${objectSection(desk)}
  ${draftSection(desk)}`;
}

/**
 * @param {string} title
 * @param {unknown} content
 */
function section(title, content) {
  return html`<section class="ws-section"><h2>${title}</h2>${content}</section>`;
}

/**
 * A row that switches something.
 *
 * @param {{on: boolean, change: (on: boolean) => void, legend: unknown, name: string, badge?: unknown, end: string}} row
 */
function switchRow({ on, change, legend, name, badge = nothing, end }) {
  const onChange = (/** @type {Event} */ event) =>
    change(/** @type {HTMLInputElement} */ (event.currentTarget).checked);
  return html`<li>
    <label class="ws-row">
      <input class="ws-switch" type="checkbox" role="switch" .checked=${on} @change=${onChange} />
      ${legend}<span class="ws-row-name">${name}${badge}</span><span class="ws-row-end">${end}</span>
    </label>
  </li>`;
}

/** @param {Desk} desk */
function levelSection(desk) {
  const { state, palette } = desk;
  const levels = drawnLevels(state.scheme);
  const shown = levels.filter(({ code }) => !state.hiddenLevels.includes(code));
  const fitting = state.map ? strongLevel(state) : null;
  const position = shown.findIndex(({ code }) => code === fitting);
  const rows = levels.map((level) => {
    const place = shown.indexOf(level);
    const role = place < position ? "quiet" : place === position ? "strong" : "hint";
    const look = { quiet: 3.5, strong: 2, hint: 1 };
    const on = !state.hiddenLevels.includes(level.code);
    return switchRow({
      on,
      change: (wanted) => desk.actions.showLevel(level.code, wanted),
      legend: swatch({ line: palette[role], lineWidth: look[role] }),
      name: nameOf(level.name, level.code),
      badge: level.code === fitting && on ? html` <span class="badge">${say("level-fits")}</span>` : nothing,
      end: count(level.cells),
    });
  });
  return section(say("levels"), html`<ul class="ws-rows">${rows}</ul>`);
}

const MEASURES = /** @type {const} */ (["coverage", "kind", "plain"]);

/** @param {Desk} desk */
function fillSection({ state, palette, actions }) {
  const choices = MEASURES.map(
    (measure) => html`<label class="ws-segment">
      <input type="radio" name="fill" .checked=${state.measure === measure} @change=${() => actions.chooseMeasure(measure)} />
      <span>${say(`fill-${measure}`)}</span>
    </label>`,
  );
  return html`<section class="ws-section">
    <fieldset>
      <legend class="ws-section-title">${say("fill")}</legend>
      <div class="ws-segments">${choices}</div>
    </fieldset>
    <ul class="ws-legend">${legendRows(state, palette)}</ul>
  </section>`;
}

/**
 * @param {import("../state.js").State} state
 * @param {import("../../map/palette.js").Palette} palette
 */
function legendRows(state, palette) {
  const row = (/** @type {unknown} */ picture, /** @type {string} */ name) =>
    html`<li>${picture}<span>${name}</span></li>`;
  if (state.measure === "coverage") {
    return [
      row(fillSwatch(palette, palette.covered), say("legend-covered")),
      row(fillSwatch(palette, palette.vacant, true), say("legend-vacant")),
      row(fillSwatch(palette, palette.troubled), say("legend-troubled")),
    ];
  }
  if (state.measure === "kind") {
    const colours = kindColours(palette, state.scheme?.kinds[strongLevel(state) ?? ""] ?? []);
    return Object.entries(colours).map(([kind, colour]) =>
      row(fillSwatch(palette, colour), known("kind", kind)),
    );
  }
  return nothing;
}

/** @param {Desk} desk */
function objectSection({ state, palette, actions }) {
  const layers = registersOf(state.scheme);
  const rows = layers.map((layer, index) =>
    switchRow({
      on: state.shownLayers.includes(layer.code),
      change: (on) => actions.showLayer(layer.code, on),
      legend: objectSwatch(palette, index, isLine(layer)),
      name: nameOf(layer.name, layer.code),
      end: count(layer.count),
    }),
  );
  const content =
    rows.length > 0
      ? html`<ul class="ws-rows">${rows}</ul>`
      : html`<p class="ws-quiet">${say("objects-none")}</p>`;
  return section(say("objects"), content);
}

/** @param {{geometry_type: string}} layer @returns {boolean} */
export function isLine({ geometry_type: type }) {
  return /line/i.test(type);
}

/** @param {Desk} desk */
function draftSection({ state, palette, actions }) {
  const drafts = state.scheme?.drafts ?? [];
  if (drafts.length === 0) {
    return section(say("drafts"), html`<p class="ws-quiet">${say("drafts-none")}</p>`);
  }
  const chosen = chosenDraft(state);
  const choice = (
    /** @type {string | null} */ id,
    /** @type {string} */ name,
    /** @type {string} */ end,
  ) => html`<li>
    <label class="ws-row">
      <input class="ws-radio" type="radio" name="draft" .checked=${state.draft === id} @change=${() => actions.chooseDraft(id)} />
      <span class="ws-row-name">${name}</span><span class="ws-row-end">${end}</span>
    </label>
  </li>`;
  const total = (/** @type {Record<string, number> | null} */ findings) =>
    Object.values(findings ?? {}).reduce((all, n) => all + n, 0);
  return section(
    say("drafts"),
    html`<ul class="ws-rows">
        ${choice(null, say("draft-off"), "")}
        ${drafts.map(({ id, name, findings }) => {
          const n = total(findings);
          return choice(
            String(id),
            name,
            // None counted may as well mean that nobody has audited it yet.
            n > 0 ? say("draft-findings", { n }) : "",
          );
        })}
      </ul>
      ${
        chosen
          ? html`<ul class="ws-legend"><li>${swatch({ line: palette.changed, lineWidth: 2.2 })}<span>${say("legend-changed")}</span></li></ul>`
          : nothing
      }`,
  );
}
