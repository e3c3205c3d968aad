/**
 * What lies over the map: banners, passing messages, and the states in which there is no map to see.
 *
 * @import { Desk } from "../desk.js"
 */

import { html, nothing } from "lit-html";
import { t } from "../../i18n/index.js";
import { icon } from "../icons.js";
import { chosenDraft, firstEdition } from "../state.js";
import { nameOf, say } from "../words.js";

/** @param {Desk} desk banners, most important first */
export function banners(desk) {
  const { state, actions } = desk;
  return html`
    ${
      state.offline && state.phase !== "failed"
        ? html`<div class="ws-banner" data-tone="bad" role="alert"><span>${say("offline")}</span>
            <button class="button" type="button" @click=${() => actions.retry()}>${say("retry")}</button></div>`
        : nothing
    }
    ${
      state.at !== null
        ? html`<div class="ws-banner" data-tone="warn" role="status">${icon("calendar")}<span>${say("as-of", { date: state.at })}
            ${desk.edition ? html`<strong>${say("edition", { number: String(desk.edition.number) })}</strong>` : nothing}</span>
            <button class="button" type="button" @click=${() => actions.chooseDate("")}>${say("back-to-today")}</button></div>`
        : nothing
    }
    ${notice(desk)}`;
}

/** @param {Desk} desk */
function notice({ state, actions }) {
  const { notice: key } = state;
  if (key === null || key === "copied") {
    return html`<p class="visually-hidden" role="status">${key === "copied" ? say("answer-copied") : ""}</p>`;
  }
  const text = key === "copy-failed" ? t("common.copy-failed") : say(key);
  return html`<div class="ws-banner" data-tone="info" role="status"><span>${text}</span>
    <button class="ws-icon-button" type="button" aria-label=${say("dismiss")} @click=${() => actions.dismiss()}>${icon("close")}</button></div>`;
}

/** @param {Desk} desk what is shown instead of the map, if there is nothing to draw */
export function emptyState(desk) {
  const { state, actions } = desk;
  if (state.phase === "loading" && state.scheme === null) {
    return html`<div class="ws-loading" role="status"><span class="ws-spinner" aria-hidden="true"></span>${say("loading")}</div>`;
  }
  if (state.phase === "failed") {
    return card(
      say("failed"),
      state.trouble?.status === 0 ? say("failed-hint") : desk.troubleText(state.trouble ?? undefined),
      retryButton(desk),
    );
  }
  if (state.scheme === null) {
    return card(
      say("empty"),
      say("empty-hint"),
      commands(["script/manage load_demo", "script/manage load_scheme environment"]),
    );
  }
  const name = nameOf(state.scheme.name, state.scheme.code);
  const first = firstEdition(state.scheme.editions ?? []);
  if (first === null) {
    const levels = state.scheme.levels.at(-1)?.code ?? "LEVEL";
    const steps = [
      `script/manage import_cells ${state.scheme.code} FILE --level ${levels}`,
      `script/manage audit ${state.scheme.code} --draft import`,
      `script/manage publish ${state.scheme.code}`,
    ];
    return chosenDraft(state)
      ? nothing
      : card(say("empty-scheme", { scheme: name }), say("empty-scheme-hint"), commands(steps));
  }
  if (desk.edition === null) {
    const date = first.effective.slice(0, 10);
    return card(
      say("before-first", { date: state.at ?? desk.today }),
      say("before-first-hint", { first: date }),
      html`<p class="ws-card-actions">
        <button class="button" data-kind="primary" type="button" @click=${() => actions.chooseDate(date)}>${say("go-to-first")}</button>
        <button class="button" type="button" @click=${() => actions.chooseDate("")}>${say("back-to-today")}</button></p>`,
    );
  }
  return state.map ? nothing : card(say("no-webgl"), say("no-webgl-hint"), nothing);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {unknown} more
 */
function card(title, text, more) {
  return html`<div class="ws-card"><img src=${document.querySelector(".brand img")?.getAttribute("src") ?? nothing} width="56" height="56" alt="" />
    <h2>${title}</h2><p>${text}</p>${more}</div>`;
}

/** @param {Desk} desk */
function retryButton({ actions }) {
  return html`<p class="ws-card-actions"><button class="button" data-kind="primary" type="button" @click=${() => actions.retry()}>${say("retry")}</button></p>`;
}

/** @param {readonly string[]} lines */
function commands(lines) {
  return html`<pre class="ws-commands" tabindex="0"><code>${lines.join("\n")}</code></pre>`;
}

/** @param {Desk} desk the buttons of the map */
export function mapTools({ state, actions, stage }) {
  if (!state.map || state.scheme === null) {
    return html`${tool("me", say("locate-me"), () => actions.locateMe())}`;
  }
  return html`<div class="ws-tool-group">
      ${tool("plus", say("zoom-in"), () => stage?.zoomBy(1))} ${tool("minus", say("zoom-out"), () => stage?.zoomBy(-1))}
    </div>
    <div class="ws-tool-group">
      ${tool("fit", say("fit"), () => stage?.fitLand())} ${tool("me", say("locate-me"), () => actions.locateMe())}
    </div>`;
}

/**
 * @param {Parameters<typeof icon>[0]} picture
 * @param {string} label
 * @param {() => void} action
 */
function tool(picture, label, action) {
  return html`<button class="ws-tool" type="button" aria-label=${label} title=${label} @click=${action}>${icon(picture)}</button>`;
}
