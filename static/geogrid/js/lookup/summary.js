/** The answer as a text that is sent to somebody. */
import { placeText } from "../core/format.js";
import { named, t } from "../i18n/index.js";
import { holdersByLevel, leafOf } from "./reading.js";

/**
 * @param {import("./reading.js").Answer} answer
 * @param {import("./states.js").Words} words
 * @param {string} address where the same is asked again
 * @returns {string}
 */
export function summaryText(answer, words, address) {
  const parts = answer.schemes.map((one) => schemeLines(one, words[one.scheme]).join("\n"));
  return [placeText(answer.lon, answer.lat), ...parts, address].join("\n\n");
}

/**
 * @param {import("./reading.js").SchemeAnswer} answer
 * @param {import("./answer.js").SchemeWords | undefined} words
 */
function schemeLines(answer, words) {
  const name = named(words?.name) || answer.scheme;
  const leaf = leafOf(answer);
  if (!leaf) {
    return [`${name}: ${t(answer.method === "gap" ? "lookup.gap" : "lookup.outside")}`];
  }
  const chain = answer.cells.map((cell) => cell.name || cell.code).join(" › ");
  const people = holdersByLevel(answer).flatMap(({ holders }) => holders.map(holderLine));
  const hotlines = (answer.hotlines ?? []).map((line) => `${t("lookup.hotline")}: ${line}`);
  return [name, `${chain} (${leaf.code})`, ...people, ...hotlines];
}

/** @param {import("./reading.js").Holder} holder */
function holderLine(holder) {
  return [named(holder.post_name) || holder.post, holder.person, holder.phone].filter(Boolean).join(" ");
}
