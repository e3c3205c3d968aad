/**
 * The verdict of the audit: one sentence, and the numbers behind it.
 *
 * @import { Desk } from "../desk.js"
 */

import { html, nothing } from "lit-html";
import { verdictNumbers } from "../grouping.js";
import { icon } from "../icons.js";
import { chosenDraft } from "../state.js";
import { area, count, say } from "../words.js";

/** @param {Desk} desk */
export function verdictCard(desk) {
  const { state } = desk;
  const { audit } = state;
  if (audit === null) {
    return desk.edition ? html`<div class="ws-verdict ws-skeleton" aria-hidden="true"></div>` : nothing;
  }
  const full = audit.verdict === "full";
  const numbers = verdictNumbers(audit);
  const draft = chosenDraft(state);
  const title = full ? say(draft ? "verdict-full-draft" : "verdict-full") : say("verdict-blind");
  const cells = /** @type {const} */ ([
    ["cells", count(numbers.cells), false],
    ["area", area(numbers.areaM2), false],
    ["gaps", count(numbers.gaps), numbers.gaps > 0],
    ["overlaps", count(numbers.overlaps), numbers.overlaps > 0],
    ["vacancies", count(numbers.vacancies), numbers.vacancies > 0],
    ["in-gap", count(numbers.inGap), numbers.inGap > 0],
  ]);
  return html`<section class="ws-verdict" data-tone=${full ? "good" : "warn"}>
    <h2>${icon(full ? "check" : "findings")}<span>${title}</span></h2>
    <p class="ws-quiet">${subtitle(desk)}</p>
    <dl>
      ${cells.map(
        ([key, value, bad]) =>
          html`<div ?data-bad=${bad}><dt>${say(`verdict-${key}`)}</dt><dd>${value}</dd></div>`,
      )}
    </dl>
    ${
      audit.reassigning
        ? html`<p class="ws-quiet" role="status">${say("verdict-reassigning", { count: count(audit.reassigning) })}</p>`
        : nothing
    }
  </section>`;
}

/** @param {Desk} desk @returns {string} which edition or draft it is about */
function subtitle({ state, edition }) {
  const draft = chosenDraft(state);
  if (draft) {
    return say("side-draft", { name: draft.name });
  }
  return edition
    ? say("edition-since", { number: String(edition.number), date: edition.effective.slice(0, 10) })
    : "";
}
