/**
 * What is shown where the answer will be: nothing yet, waiting, the answer, or why there is none.
 *
 * @typedef {{kind: "idle"} | {kind: "locating"} | {kind: "loading"}
 *   | {kind: "no-position", reason: import("../ui/position.js").Reason}
 *   | {kind: "failed", problem: import("../api/problem.js").Problem}
 *   | {kind: "answered", answer: import("./reading.js").Answer}} Stage
 * @typedef {{retry: () => void, swap: () => void, copy: () => void, copied: string, share: (() => void) | null}} Actions
 * @typedef {Record<string, import("./answer.js").SchemeWords>} Words
 */
import { html, nothing } from "lit-html";
import { dateText, lengthText, placeText } from "../core/format.js";
import { lang, problemText, t } from "../i18n/index.js";
import { copyIcon, shareIcon, swapIcon } from "../ui/icons.js";
import { schemeCard } from "./answer.js";
import { BAD_ACCURACY_M } from "./reading.js";

/**
 * @param {Stage} stage
 * @param {import("./question.js").Question | null} question
 * @param {Words} words
 * @param {Actions} actions
 */
export function stagePart(stage, question, words, actions) {
  switch (stage.kind) {
    case "idle":
      return nothing;
    case "locating":
    case "loading":
      return waiting(t(stage.kind === "locating" ? "lookup.locating" : "common.loading"));
    case "no-position":
      return notice(
        "warn",
        t(`lookup.position-${stage.reason}`),
        t(`lookup.position-${stage.reason}-help`),
        null,
      );
    case "failed":
      return failure(stage.problem, actions);
    case "answered":
      return question ? answered(stage.answer, question, words, actions) : nothing;
  }
}

/** @param {string} words */
function waiting(words) {
  return html`<div class="card lookup-waiting" aria-busy="true">
    <p>${words}</p>
    <div class="skeleton" data-size="title"></div>
    <div class="skeleton"></div>
    <div class="skeleton" data-size="half"></div>
  </div>`;
}

/**
 * @param {string} tone
 * @param {string} title
 * @param {string} help
 * @param {(() => void) | null} retry
 */
function notice(tone, title, help, retry) {
  return html`<div class="card lookup-notice" data-tone=${tone}>
    <h2>${title}</h2>
    ${help ? html`<p>${help}</p>` : nothing}
    ${
      retry
        ? html`<button type="button" class="button" data-kind="primary" @click=${retry}>${t("common.retry")}</button>`
        : nothing
    }
  </div>`;
}

/**
 * @param {import("../api/problem.js").Problem} problem
 * @param {Actions} actions
 */
function failure(problem, { retry }) {
  if (problem.code === "unreachable") {
    return notice("bad", t("lookup.unreachable"), t("lookup.unreachable-help"), retry);
  }
  if (problem.code === "nothing-in-force") {
    return notice("info", t("lookup.nothing-in-force"), t("lookup.nothing-in-force-help"), null);
  }
  return notice("bad", problemText(problem), "", problem.isPassing ? retry : null);
}

/**
 * @param {import("./reading.js").Answer} answer
 * @param {import("./question.js").Question} question
 * @param {Words} words
 * @param {Actions} actions
 */
function answered(answer, question, words, actions) {
  return html`${placePart(answer, question, actions)}
    ${
      answer.outside && answer.schemes.length > 1
        ? html`<div class="card lookup-notice" data-tone="info">
            <h2>${t("lookup.nobody")}</h2>
            <p>${t("lookup.nobody-help")}</p>
          </div>`
        : nothing
    }
    ${answer.schemes.map((one) => schemeCard(one, words[one.scheme], question))}
    <div class="lookup-actions no-print">
      <button type="button" class="button" @click=${actions.copy}>${copyIcon}${actions.copied || t("common.copy")}</button>
      ${
        actions.share
          ? html`<button type="button" class="button" @click=${actions.share}>${shareIcon}${t("common.share")}</button>`
          : nothing
      }
    </div>`;
}

/**
 * @param {import("./reading.js").Answer} answer
 * @param {import("./question.js").Question} question
 * @param {Actions} actions
 */
function placePart(answer, question, { swap }) {
  const { accuracyM, at, sure } = question;
  return html`<div class="lookup-place">
    <p>
      <span class="visually-hidden">${t("lookup.place")}</span>
      <code>${placeText(answer.lon, answer.lat)}</code>
      <span class="badge">WGS 84</span>
      ${accuracyM === null ? nothing : accuracyPart(accuracyM)}
      ${at ? html`<span class="badge" data-tone="warn">${t("lookup.as-of", { day: dateText(answer.at) })}</span>` : nothing}
    </p>
    ${
      sure
        ? nothing
        : html`<p class="lookup-unsure">
            ${t("lookup.unsure")}
            <button type="button" class="button" data-kind="quiet" @click=${swap}>${swapIcon}${t("lookup.swap")}</button>
          </p>`
    }
  </div>`;
}

/** @param {number} accuracyM */
function accuracyPart(accuracyM) {
  const isBad = accuracyM > BAD_ACCURACY_M;
  const accuracy = lengthText(accuracyM, lang);
  return html`<span class="badge" data-tone=${isBad ? "warn" : "good"}>
    ${t(isBad ? "lookup.accuracy-bad" : "lookup.accuracy", { accuracy })}
  </span>`;
}
