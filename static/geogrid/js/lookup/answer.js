/**
 * The answer as it is shown: a card for each scheme.
 *
 * @typedef {import("./reading.js").SchemeAnswer} SchemeAnswer
 * @typedef {import("./reading.js").Holder} Holder
 * @typedef {{code: string, name: {zh: string, en: string}, levels: Record<string, {zh: string, en: string}>}} SchemeWords
 */
import { html, nothing } from "lit-html";
import { lengthText } from "../core/format.js";
import { lang, named, t } from "../i18n/index.js";
import { mapIcon, phoneIcon } from "../ui/icons.js";
import { borderOf, holdersByLevel, leafOf, neighboursOf, telephoneLink } from "./reading.js";

/**
 * @param {SchemeAnswer} answer
 * @param {SchemeWords | undefined} words
 * @param {{accuracyM: number | null, at: string}} asked
 */
export function schemeCard(answer, words, asked) {
  const leaf = leafOf(answer);
  return html`<article class="card lookup-card" data-scheme=${answer.scheme}>
    <p class="lookup-scheme">${named(words?.name) || answer.scheme}</p>
    ${leaf ? cellPart(answer, leaf, words) : nobodyPart(answer)}
    ${leaf ? borderPart(answer, leaf, asked.accuracyM) : nothing}
    ${leaf ? peoplePart(answer, words) : nothing}
    ${hotlinePart(answer)}
    ${leaf ? linksPart(answer, leaf, asked.at) : nothing}
  </article>`;
}

/**
 * @param {SchemeAnswer} answer
 * @param {import("./reading.js").Cell} leaf
 * @param {SchemeWords | undefined} words
 */
function cellPart(answer, leaf, words) {
  return html`<h2 class="lookup-cell">${leaf.name || leaf.code}</h2>
    <p class="lookup-code"><code>${leaf.code}</code></p>
    ${chainPart(answer, words)}`;
}

/**
 * @param {SchemeAnswer} answer
 * @param {SchemeWords | undefined} words
 */
function chainPart(answer, words) {
  return html`<ol class="breadcrumb lookup-chain" aria-label=${t("lookup.chain")}>
    ${answer.cells.map(
      (cell) => html`<li title=${named(words?.levels[cell.level])}>
        <a href=${cellAddress(answer.scheme, cell.code)}>${cell.name || cell.code}</a>
      </li>`,
    )}
  </ol>`;
}

/** @param {SchemeAnswer} answer */
function nobodyPart(answer) {
  const inGap = answer.method === "gap";
  const { nearest } = answer;
  return html`<h2 class="lookup-cell" data-tone=${inGap ? "bad" : "quiet"}>
      ${t(inGap ? "lookup.gap" : "lookup.outside")}
    </h2>
    <p>${t(inGap ? "lookup.gap-means" : "lookup.outside-means")}</p>
    ${answer.cells.length > 0 ? chainPart(answer, undefined) : nothing}
    ${
      nearest
        ? html`<p class="callout" data-tone=${inGap ? "bad" : "info"}>
            ${t("lookup.nearest", { distance: lengthText(nearest.distance_m, lang) })}
            <a href=${cellAddress(answer.scheme, nearest.code)}>${nearest.name || nearest.code}</a>
          </p>`
        : nothing
    }`;
}

/**
 * @param {SchemeAnswer} answer
 * @param {import("./reading.js").Cell} leaf
 * @param {number | null} accuracyM
 */
function borderPart(answer, leaf, accuracyM) {
  const border = borderOf(answer, accuracyM);
  const distance = lengthText(answer.border_m ?? 0, lang);
  if (border === "on-border") {
    const neighbours = neighboursOf(answer).map(({ code, name }) => name || code);
    const key = neighbours.length > 0 ? "lookup.on-border" : "lookup.on-rim";
    return html`<p class="callout" data-tone="warn">
      ${t(key, { neighbours: neighbours.join(t("lookup.and")), cell: leaf.name || leaf.code })}
    </p>`;
  }
  if (border === "perhaps-neighbour") {
    const accuracy = lengthText(accuracyM ?? 0, lang);
    return html`<p class="callout" data-tone="warn">${t("lookup.perhaps-neighbour", { accuracy, distance })}</p>`;
  }
  return border === "near-border"
    ? html`<p class="callout" data-tone="info">${t("lookup.near-border", { distance })}</p>`
    : nothing;
}

/**
 * @param {SchemeAnswer} answer
 * @param {SchemeWords | undefined} words
 */
function peoplePart(answer, words) {
  const levels = holdersByLevel(answer);
  const leaf = answer.cells.at(-1);
  const vacant = levels[0]?.cell.code !== leaf?.code;
  return html`<section class="lookup-people" aria-label=${t("lookup.people")}>
    ${vacant ? html`<p class="callout" data-tone="warn">${t("lookup.vacant", { cell: leaf?.name || leaf?.code || "" })}</p>` : nothing}
    ${levels.map(
      (
        { cell, holders },
        index,
      ) => html`<div class="lookup-level" data-rank=${index === 0 ? "first" : "above"}>
        <h3>${cell.name || cell.code}<span class="badge">${named(words?.levels[cell.level]) || cell.level}</span></h3>
        <ul class="lookup-holders">${holders.map((holder) => holderPart(holder, index === 0))}</ul>
      </div>`,
    )}
  </section>`;
}

/**
 * @param {Holder} holder
 * @param {boolean} isFirst
 */
function holderPart(holder, isFirst) {
  return html`<li class="lookup-holder">
    <div>
      <span class="lookup-person">${holder.person}</span>
      <span class="lookup-post">${named(holder.post_name) || holder.post}</span>
      ${
        holder.acting_for
          ? html`<span class="badge" data-tone="info">${t("lookup.acting-for", { person: holder.acting_for })}</span>`
          : nothing
      }
    </div>
    ${holder.phone ? callButton(holder.phone, t("lookup.call", { who: holder.person }), isFirst) : nothing}
  </li>`;
}

/** @param {SchemeAnswer} answer */
function hotlinePart(answer) {
  const hotlines = answer.hotlines ?? [];
  const alone = answer.responsible.every((holder) => !holder.phone);
  return hotlines.length === 0
    ? nothing
    : html`<div class="lookup-hotlines">
        <span>${t("lookup.hotline")}</span>
        ${hotlines.map((line) => callButton(line, t("lookup.call", { who: t("lookup.hotline") }), alone))}
      </div>`;
}

/**
 * @param {string} phone
 * @param {string} label
 * @param {boolean} isPrimary
 */
function callButton(phone, label, isPrimary) {
  const address = telephoneLink(phone);
  return address
    ? html`<a class="button lookup-call" data-kind=${isPrimary ? "primary" : "plain"} href=${address}
        aria-label="${label} ${phone}">${phoneIcon}<span>${phone}</span></a>`
    : html`<span>${phone}</span>`;
}

/**
 * @param {SchemeAnswer} answer
 * @param {import("./reading.js").Cell} leaf
 * @param {string} at
 */
function linksPart(answer, leaf, at) {
  const query = new URLSearchParams({ scheme: answer.scheme, cell: leaf.code, ...(at && { at }) });
  return html`<p class="lookup-links no-print">
    <a href=${cellAddress(answer.scheme, leaf.code)}>${t("lookup.about-cell")}</a>
    <a href="/?${query}">${mapIcon}${t("lookup.on-map")}</a>
  </p>`;
}

/**
 * @param {string} scheme
 * @param {string} code
 */
function cellAddress(scheme, code) {
  return `/c/${encodeURIComponent(scheme)}/${encodeURIComponent(code)}`;
}
