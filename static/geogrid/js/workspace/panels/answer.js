/**
 * The right panel: which cell, who answers for it, how sure that is.
 *
 * @import { Desk } from "../desk.js"
 * @import { Selection } from "../state.js"
 * @import { Cell, ChainLink, Located, Responsible } from "../types.js"
 */

import { html, nothing } from "lit-html";
import { icon } from "../icons.js";
import { leafOf, locatedIn } from "../state.js";
import { area, cellNames, count, length, nameOf, say } from "../words.js";
import { coordinates, edges, links, objectCard } from "./answer-parts.js";
import { hotlineButtons, responsible } from "./responsible.js";

/** @param {Desk} desk */
export function answerPanel(desk) {
  const { selection } = desk.state;
  if (selection === null) {
    return nothing;
  }
  return html`<header class="ws-panel-head">
      <h2 id="ws-answer-title">${say("answer")}</h2>
      <button class="ws-icon-button" type="button" aria-label=${say("answer-close")} title=${say("answer-close")} @click=${() => desk.actions.close()}>${icon("close")}</button>
    </header>
    <div class="ws-panel-body" tabindex="-1">${body(desk, selection)}</div>`;
}

/**
 * @param {Desk} desk
 * @param {Selection} selection
 */
function body(desk, selection) {
  if (selection.phase === "failed") {
    return html`<div class="callout" data-tone="bad"><p>${desk.troubleText(selection.trouble)}</p></div>
      <button class="button" type="button" @click=${() => desk.actions.again()}>${say("retry")}</button>`;
  }
  if (selection.phase === "loading" && !selection.answer && !selection.cell) {
    return html`<div class="ws-skeletons"><span class="visually-hidden">${say("answer-loading")}</span>
      ${["line", "title", "line", "block"].map((kind) => html`<div class="ws-skeleton" data-kind=${kind} aria-hidden="true"></div>`)}</div>`;
  }
  return selection.kind === "cell" ? cellBody(desk, selection) : placeBody(desk, selection);
}

/**
 * @param {Desk} desk
 * @param {Selection} selection
 */
function placeBody(desk, selection) {
  const answer = selection.answer;
  const located = locatedIn(selection, desk.state.schemeCode);
  const others = answer?.schemes.filter((one) => one !== located && leafOf(one) !== null) ?? [];
  const leaf = leafOf(located);
  return html`
    ${selection.feature ? objectCard(desk, selection.feature) : nothing}
    ${leaf && located ? found(desk, selection, located, leaf) : nobody(desk, located)}
    ${coordinates(desk, selection)}
    ${leaf && located ? links(desk, leaf.code, selection) : nothing}
    ${
      others.length > 0
        ? html`<section class="ws-part"><h3>${say("answer-elsewhere")}</h3><ul class="ws-plain">
            ${others.map(({ scheme, cells }) => html`<li><span class="ws-quiet">${desk.schemeName(scheme)}</span> ${cells.map(({ name, code }) => name || code).join(" › ")}</li>`)}
          </ul></section>`
        : nothing
    }`;
}

/**
 * @param {Desk} desk
 * @param {Selection} selection
 * @param {Located} located
 * @param {ChainLink} leaf
 */
function found(desk, selection, located, leaf) {
  const cell = selection.cell?.code === leaf.code ? selection.cell : undefined;
  return html`
    ${chain(desk, located.cells)}
    ${title(leaf.name, leaf.code)}
    ${edges(located, leaf)}
    ${desk.state.draft ? html`<p class="ws-quiet">${say("answer-draft")}</p>` : nothing}
    ${responsible(desk, located.responsible, cell?.vacancies ?? [], located.hotlines ?? cell?.hotlines ?? [])}
    ${cell ? facts(desk, cell) : nothing}`;
}

/**
 * @param {Desk} desk
 * @param {Located | undefined} located
 */
function nobody(desk, located) {
  const gap = located?.method === "gap";
  const nearest = located?.nearest;
  return html`
    ${gap && located.cells.length > 0 ? chain(desk, located.cells) : nothing}
    <div class="ws-nobody" data-kind=${gap ? "gap" : "outside"}>
      <p class="ws-leaf">${say(gap ? "answer-gap" : "answer-outside")}</p>
      <p>${gap ? say("answer-gap-hint") : say("answer-outside-hint", { scheme: desk.schemeName(desk.state.schemeCode) })}</p>
    </div>
    ${
      nearest
        ? html`<section class="ws-part"><h3>${say("answer-nearest")}</h3>
            <button class="ws-link-row" type="button" @click=${() => desk.actions.openCell(nearest.code, { go: true })}>
              ${icon("cell")}<span>${say("answer-nearest-at", { name: nearest.name || nearest.code, distance: length(nearest.distance_m) })}</span>${icon("chevron")}
            </button></section>`
        : nothing
    }
    ${hotlineButtons(located?.hotlines ?? desk.state.scheme?.hotlines ?? [])}`;
}

/**
 * @param {Desk} desk
 * @param {Selection} selection
 */
function cellBody(desk, selection) {
  const { cell } = selection;
  if (!cell) {
    return nothing;
  }
  const retired = cell.valid?.to && Date.parse(cell.valid.to) <= desk.moment.getTime();
  return html`
    ${chain(desk, cell.chain)}
    ${title(cell.name, cell.code)}
    ${
      retired
        ? html`<div class="callout" data-tone="warn"><p>${say("answer-retired", { date: String(cell.valid.to).slice(0, 10) })}</p>
            ${cell.heirs.length > 0 ? html`<p>${say("answer-heirs", { heirs: cellNames(cell.heirs) })}</p>` : nothing}</div>`
        : nothing
    }
    ${responsible(desk, cell.responsible, cell.vacancies, cell.hotlines)}
    ${facts(desk, cell)}
    ${children(desk, cell)}
    ${links(desk, cell.code, selection)}`;
}

/**
 * @param {string} name
 * @param {string} code
 */
function title(name, code) {
  return html`<p class="ws-leaf">${name || code}</p><p class="ws-code">${code}</p>`;
}

/**
 * @param {Desk} desk
 * @param {ChainLink[]} cells top first
 */
function chain(desk, cells) {
  return html`<nav aria-label=${say("answer-chain")}><ol class="breadcrumb ws-chain">
    ${cells.map(
      ({ code, name, level }, index) => html`<li>
        <button type="button" title=${desk.levelName(level)} aria-current=${index === cells.length - 1 ? "location" : nothing}
          @click=${() => desk.actions.openCell(code, { go: true })}>${name || code}</button>
      </li>`,
    )}
  </ol></nav>`;
}

/**
 * @param {Desk} desk
 * @param {Cell} cell
 */
function facts(desk, cell) {
  const layers = desk.state.scheme?.layers ?? [];
  const counts = Object.entries(cell.counts ?? {});
  const kind = desk.kindName(cell.kind);
  return html`<dl class="ws-facts">
    <div><dt>${say("answer-area")}</dt><dd>${area(cell.area_m2)}</dd></div>
    ${kind ? html`<div><dt>${say("answer-kind")}</dt><dd>${kind}</dd></div>` : nothing}
    ${counts.map(
      ([code, n]) =>
        html`<div><dt>${nameOf(layers.find((layer) => layer.code === code)?.name, code)}</dt><dd>${count(n)}</dd></div>`,
    )}
  </dl>`;
}

/**
 * @param {Desk} desk
 * @param {Cell} cell
 */
function children(desk, cell) {
  if (!cell.children?.length) {
    return nothing;
  }
  return html`<details class="ws-part ws-children" ?open=${cell.children.length <= 12}>
    <summary>${say("answer-children")} <span class="badge">${count(cell.children.length)}</span></summary>
    <ul>
      ${cell.children.map(
        (
          child,
        ) => html`<li><button class="ws-link-row" type="button" @click=${() => desk.actions.openCell(child.code, { go: true })}>
          <span>${child.name || child.code}</span><span class="ws-row-end">${area(child.area_m2)}</span></button></li>`,
      )}
    </ul>
  </details>`;
}

/** @param {readonly Responsible[]} list @returns {string} the first who answers, for the announcement */
export function firstAnswer(list) {
  const last = list.at(-1);
  return last?.person
    ? say("announce-who", { post: nameOf(last.post_name, last.post), person: last.person })
    : "";
}
