/**
 * Parts of the answer: edge and border, coordinates, ways on, the object that was pointed at.
 *
 * @import { Desk } from "../desk.js"
 * @import { Selection } from "../state.js"
 * @import { ChainLink, Feature, Located } from "../types.js"
 */

import { html, nothing } from "lit-html";
import { placeText } from "../../core/format.js";
import { icon } from "../icons.js";
import { cellNames, length, nameOf, say } from "../words.js";

/** Nearer than this a phone's position may be on the other side. */
const NEAR_BORDER_M = 30;

/**
 * What makes the answer less simple than a name.
 *
 * @param {Located} located
 * @param {ChainLink} leaf
 */
export function edges(located, leaf) {
  const name = leaf.name || leaf.code;
  const others = cellNames(located.neighbours ?? []);
  const further = located.overlapping ?? [];
  return html`
    ${
      located.on_edge
        ? html`<div class="callout" data-tone="warn"><strong>${say("answer-edge")}</strong>
            <p>${others ? say("answer-edge-hint", { name, others }) : say("answer-edge-alone", { name })}</p></div>`
        : border(located.border_m)
    }
    ${further.length > 0 ? html`<p class="ws-quiet">${say("answer-also", { others: cellNames(further) })}</p>` : nothing}
    ${located.override ? html`<p class="ws-quiet">${say("answer-override", { reason: overrideReason(located) })}</p>` : nothing}`;
}

/** @param {number | null | undefined} distanceM */
function border(distanceM) {
  if (distanceM === null || distanceM === undefined) {
    return nothing;
  }
  const near = distanceM < NEAR_BORDER_M;
  return html`<p class="ws-border" ?data-near=${near}>${say("answer-border", { distance: length(distanceM) })}${near ? html` · ${say("answer-border-near")}` : nothing}</p>`;
}

/**
 * @param {Desk} desk
 * @param {Selection} selection
 */
export function coordinates(desk, selection) {
  const { lon, lat } = selection.answer ?? selection;
  if (lon === undefined || lat === undefined) {
    return nothing;
  }
  const text = placeText(lon, lat);
  const copied = desk.state.notice === "copied";
  return html`<section class="ws-part"><h3>${say("answer-coordinates")} <span class="ws-quiet">${say("basis")}</span></h3>
    <p class="ws-copy"><code>${text}</code>
      <button class="ws-icon-button" type="button" aria-label=${say("answer-copy")} title=${say("answer-copy")} @click=${() => desk.actions.copy(text)}>
        ${icon(copied ? "check" : "copy")}</button></p>
    ${selection.accuracyM ? html`<p class="ws-quiet">${say("answer-accuracy", { distance: length(selection.accuracyM) })}</p>` : nothing}
  </section>`;
}

/**
 * @param {Desk} desk
 * @param {string} code
 * @param {Selection} selection
 */
export function links(desk, code, selection) {
  const scheme = encodeURIComponent(desk.state.schemeCode ?? "");
  const { lon, lat } = selection.answer ?? selection;
  const point = lon === undefined || lat === undefined ? "" : `?lon=${lon}&lat=${lat}`;
  return html`<p class="ws-links">
    <a class="button" href="/c/${scheme}/${encodeURIComponent(code)}">${icon("link")}${say("answer-page")}</a>
    ${point ? html`<a class="button" href="/lookup/${point}">${icon("phone")}${say("answer-lookup")}</a>` : nothing}
  </p>`;
}

/**
 * @param {Desk} desk
 * @param {Feature} feature
 */
export function objectCard(desk, feature) {
  const layer = desk.state.scheme?.layers.find(({ code }) => code === feature.layer);
  const rows = Object.entries(feature.attributes ?? {}).filter(
    ([, value]) => value !== null && value !== "" && typeof value !== "object",
  );
  return html`<section class="ws-object">
    <h3>${nameOf(layer?.name, feature.layer)}<span class="ws-code">${feature.key}</span></h3>
    <dl>${rows.slice(0, 8).map(([name, value]) => html`<div><dt>${name}</dt><dd>${String(value)}</dd></div>`)}</dl>
  </section>`;
}

/** @param {Located} located @returns {string} why a person decided otherwise than the rule */
function overrideReason({ override, reason }) {
  const given =
    typeof override === "object" && override !== null && "reason" in override ? override.reason : reason;
  return String(given ?? "");
}
