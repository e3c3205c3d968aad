/**
 * Who answers: the nearest level first, with the number to call; vacancies say so and give the hotline.
 *
 * @import { Desk } from "../desk.js"
 * @import { Named, Responsible } from "../types.js"
 */

import { html, nothing } from "lit-html";
import { icon } from "../icons.js";
import { nameOf, say } from "../words.js";

/**
 * @param {Desk} desk
 * @param {readonly Responsible[]} people top level first
 * @param {readonly {post: string, post_name?: Named | string}[]} vacancies
 * @param {readonly string[]} hotlines
 */
export function responsible(desk, people, vacancies, hotlines) {
  const filled = [...people].reverse();
  return html`<section class="ws-part">
    <h3>${say("answer-who")}</h3>
    <ul class="ws-people">
      ${filled.map((one) => person(desk, one))}
      ${vacancies.map(
        ({ post, post_name: name }) => html`<li class="ws-person" data-vacant>
          <span class="ws-person-name">${say("answer-vacant")}</span><span class="ws-quiet ws-person-post">${nameOf(name, post)}</span></li>`,
      )}
      ${filled.length + vacancies.length === 0 ? html`<li class="ws-quiet">${say("answer-nobody")}</li>` : nothing}
    </ul>
    ${hotlineButtons(hotlines)}
  </section>`;
}

/**
 * @param {Desk} desk
 * @param {Responsible} one
 */
function person(desk, { level, post, post_name: postName, person: name, phone, acting_for: acting }) {
  return html`<li class="ws-person" ?data-vacant=${!name}>
    <span class="ws-person-name">${name || say("answer-vacant")}</span>
    <span class="ws-quiet ws-person-post">${nameOf(postName, post)} · ${desk.levelName(level)}${acting ? html` · ${say("answer-acting", { post: acting })}` : nothing}</span>
    ${phone ? html`<a class="ws-call" href="tel:${phone}" aria-label=${say("answer-call", { phone })}>${icon("phone")}<span>${phone}</span></a>` : nothing}
  </li>`;
}

/** @param {readonly string[]} hotlines */
export function hotlineButtons(hotlines) {
  return hotlines.map(
    (number) =>
      html`<a class="button ws-hotline" href="tel:${number}">${icon("phone")}<span>${say("answer-hotline")}</span><strong>${number}</strong></a>`,
  );
}
