/**
 * The way to the server.
 *
 * @typedef {{signal?: AbortSignal | undefined}} Options
 */
import { Problem } from "./problem.js";

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>} the parsed document
 * @throws {Problem} if the answer is an error, is no JSON, or does not come (`status` 0, code `unreachable`)
 * @throws {DOMException} `AbortError` if the signal said so
 */
export async function getJson(path, { signal } = {}) {
  return ask(path, { headers: { Accept: "application/json" }, ...(signal && { signal }) });
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {Options} [options]
 * @returns {Promise<any>} the parsed document; null if the answer has no content
 * @throws {Problem} as getJson
 */
export async function postJson(path, body, { signal } = {}) {
  return ask(path, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": csrfToken(),
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
}

/**
 * @param {string} path
 * @param {RequestInit} request
 */
async function ask(path, request) {
  let response;
  let text;
  try {
    response = await fetch(path, { credentials: "same-origin", ...request });
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") {
      throw error;
    }
    throw new Problem({ status: 0, code: "unreachable" });
  }
  const body = parsed(text);
  if (!response.ok) {
    throw problemOf(response, body);
  }
  if (body === undefined && text !== "") {
    throw new Problem({ status: response.status, code: "unexpected-answer" });
  }
  return body ?? null;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {Response} response
 * @param {any} body
 */
function problemOf(response, body) {
  const { status } = response;
  const wait = response.headers.get("Retry-After");
  const context = { ...(wait && { retryAfterS: Number(wait) }), ...body?.context };
  const code = typeof body?.code === "string" ? body.code : `http-${status}`;
  const detail = typeof body?.detail === "string" ? body.detail : "";
  return new Problem({ status, code, detail, context });
}
