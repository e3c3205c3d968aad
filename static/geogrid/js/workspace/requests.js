/**
 * Questions to the service, one at a time for each purpose: a newer one calls the older one off.
 *
 * @import { Trouble } from "./types.js"
 */

import { getJson } from "../api/client.js";
import { Problem } from "../api/problem.js";

/** Asks, and tells when the service goes away or comes back. */
export class Requests {
  /** @type {Map<string, AbortController>} */
  #running = new Map();

  /** @param {(reachable: boolean) => void} onReach */
  constructor(onReach) {
    this.onReach = onReach;
  }

  /**
   * @param {string} purpose
   * @param {string} path
   * @param {Record<string, string | number | null | undefined>} [query] null is left out
   * @returns {Promise<any>} undefined if a newer question for the same purpose was asked meanwhile
   * @throws {Problem}
   */
  async ask(purpose, path, query = {}) {
    this.stop(purpose);
    const controller = new AbortController();
    this.#running.set(purpose, controller);
    try {
      const answer = await getJson(addressOf(path, query), { signal: controller.signal });
      this.onReach(true);
      return controller.signal.aborted ? undefined : answer;
    } catch (error) {
      if (controller.signal.aborted) {
        return undefined;
      }
      if (error instanceof Problem) {
        this.onReach(error.status !== 0);
      }
      throw error;
    } finally {
      if (this.#running.get(purpose) === controller) {
        this.#running.delete(purpose);
      }
    }
  }

  /** @param {string} purpose */
  stop(purpose) {
    this.#running.get(purpose)?.abort();
    this.#running.delete(purpose);
  }
}

/**
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} query
 * @returns {string}
 */
export function addressOf(path, query) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") {
      params.set(name, String(value));
    }
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/**
 * Keep of an error what the page tells about it.
 *
 * @param {unknown} error
 * @returns {Trouble}
 * @throws {unknown} what is no answer of the service but a fault of ours
 */
export function troubleOf(error) {
  if (error instanceof Problem) {
    const { status, code, detail, context } = error;
    return { status, code, detail, context };
  }
  throw error;
}
