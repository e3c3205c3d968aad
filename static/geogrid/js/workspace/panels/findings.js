/**
 * The left panel's second tab: what is wrong, by rule; a click goes to the place.
 *
 * @import { Desk } from "../desk.js"
 * @import { Finding } from "../types.js"
 */

import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { lang } from "../../i18n/index.js";
import { groupByRule } from "../grouping.js";
import { icon } from "../icons.js";
import { chosenDraft } from "../state.js";
import { area, COMMA, count, known, length, say } from "../words.js";
import { ruleSwatch } from "./legend.js";
import { verdictCard } from "./verdict.js";

/** @param {Desk} desk */
export function findingsTab(desk) {
  const { state } = desk;
  const draft = chosenDraft(state);
  const title = draft
    ? say("findings-of-draft", { name: draft.name })
    : desk.edition
      ? say("findings-of-edition", { number: String(desk.edition.number) })
      : say("findings");
  return html`<section class="ws-section">
    <h2>${title}</h2>
    ${state.findings.phase === "ready" ? list(desk) : state.findings.phase === "failed" ? failed(desk) : skeleton()}
  </section>`;
}

function skeleton() {
  return html`<div class="ws-skeletons" role="status"><span class="visually-hidden">${say("answer-loading")}</span>
    ${[1, 2, 3, 4].map(() => html`<div class="ws-skeleton" aria-hidden="true"></div>`)}</div>`;
}

/** @param {Desk} desk */
function failed({ actions }) {
  return html`<p>${say("findings-failed")}</p>
    <button class="button" type="button" @click=${() => actions.loadFindings()}>${say("retry")}</button>`;
}

/** @param {Desk} desk */
function list(desk) {
  const { state, actions } = desk;
  const { items, count: total } = state.findings;
  if (total === 0 && state.rule === null) {
    return html`<p class="ws-none">${icon("check")}${say("findings-none")}</p>${verdictCard(desk)}`;
  }
  const groups = groupByRule(items, null);
  const left = total - items.length;
  return html`
    <p class="ws-quiet" role="status">
      ${say("findings-count", { n: total })}${left > 0 ? html` · ${say("findings-shown", { shown: items.length, n: total })}` : nothing}
    </p>
    ${chips(desk)}
    ${groups.map(
      (group) => html`<section class="ws-group">
        <h3>${ruleSwatch(desk.palette, group.rule)}<span>${known("rule", group.rule)}</span><span class="ws-row-end">${count(group.count)}</span></h3>
        <ul>${repeat(
          group.items,
          ({ id }) => id,
          (finding) => item(desk, finding),
        )}</ul>
      </section>`,
    )}
    ${
      left > 0
        ? html`<button class="button ws-more" type="button" @click=${() => actions.moreFindings()}>${say("findings-more", { n: Math.min(left, actions.pageSize) })}</button>`
        : nothing
    }`;
}

/** @param {Desk} desk */
function chips({ state, actions }) {
  const counts = chosenDraft(state)?.findings ?? null;
  const rules = groupByRule(state.findings.items, counts).map(({ rule }) => rule);
  const all = [...new Set([...rules, ...(state.rule ? [state.rule] : [])])];
  if (all.length < 2 && state.rule === null) {
    return nothing;
  }
  const chip = (/** @type {string | null} */ rule, /** @type {string} */ text) => html`<button
    class="ws-chip" type="button" aria-pressed=${state.rule === rule} @click=${() => actions.filterFindings(rule)}>${text}</button>`;
  return html`<div class="ws-chips">${chip(null, say("findings-all"))}${all.map((rule) => chip(rule, known("rule", rule)))}</div>`;
}

/**
 * @param {Desk} desk
 * @param {Finding} finding
 */
function item({ state, actions }, finding) {
  const { id, cells, severity, message, names = {} } = finding;
  const size = sizeOf(finding);
  return html`<li>
    <button class="ws-finding" type="button" aria-current=${state.finding === id ? "true" : "false"} @click=${() => actions.openFinding(id)}>
      <span class="ws-finding-cells">${cells.length > 0 ? cells.map((code) => names[code] ?? code).join(COMMA) : known("rule", finding.rule)}</span>
      ${cells.some((code) => names[code]) ? html`<span class="ws-finding-size">${cells.join(COMMA)}</span>` : nothing}
      ${size ? html`<span class="ws-finding-size">${size}</span>` : nothing}
      ${message && lang === "en" ? html`<span class="ws-finding-text">${message}</span>` : nothing}
      <span class="ws-finding-foot">
        <span class="badge" data-tone=${severity === "major" ? "bad" : "warn"}>${known("severity", severity)}</span>
        ${finding.state === "accepted" ? html`<span>${say("accepted", { reason: finding.reason ?? "" })}</span>` : nothing}
      </span>
    </button>
  </li>`;
}

/** @param {Finding} finding @returns {string} */
function sizeOf({ area_m2: areaM2, width_m: widthM }) {
  if (areaM2 === null || areaM2 === undefined) {
    return widthM ? length(widthM) : "";
  }
  return widthM ? say("finding-size", { area: area(areaM2), width: length(widthM) }) : area(areaM2);
}
