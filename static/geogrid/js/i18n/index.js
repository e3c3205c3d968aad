/**
 * Messages in the language of the page, which the server chose: `<html lang>`.
 *
 * A part of the product has a table in each language; its keys begin with the part's name.
 */
import { common as enCommon } from "./en/common.js";
import { lookup as enLookup } from "./en/lookup.js";
import { workspace as enWorkspace } from "./en/workspace.js";
import { translator } from "./messages.js";
import { common as zhCommon } from "./zh/common.js";
import { lookup as zhLookup } from "./zh/lookup.js";
import { workspace as zhWorkspace } from "./zh/workspace.js";

/** @type {Record<"zh-Hans" | "en", import("./messages.js").Table>} */
export const TABLES = {
  "zh-Hans": { ...zhCommon, ...zhLookup, ...zhWorkspace },
  en: { ...enCommon, ...enLookup, ...enWorkspace },
};

/** The language of the page. @type {"zh-Hans" | "en"} */
export const lang = globalThis.document?.documentElement.lang === "en" ? "en" : "zh-Hans";

/** Give a message of the page's language. */
export const t = translator(TABLES[lang], lang);

/**
 * Choose the name in the page's language, whichever there is.
 *
 * @param {{zh?: string | null, en?: string | null} | null | undefined} name
 * @returns {string}
 */
export function named(name) {
  const both = lang === "en" ? [name?.en, name?.zh] : [name?.zh, name?.en];
  return both.find((text) => text) ?? "";
}

/**
 * Say what went wrong in a sentence: by its code, else in the server's words.
 *
 * @param {import("../api/problem.js").Problem} problem
 * @returns {string}
 */
export function problemText(problem) {
  const key = `problem.${problem.code}`;
  if (key in TABLES[lang]) {
    return t(key, /** @type {import("./messages.js").Values} */ (problem.context));
  }
  return problem.detail || t("problem.unknown", { code: problem.code });
}
