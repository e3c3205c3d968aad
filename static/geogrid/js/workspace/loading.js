/**
 * Loading what the page shows: schemes, one scheme, its findings and verdict at the chosen time.
 *
 * @import { Desk } from "./desk.js"
 * @import { Finding, Scheme, SchemeInList } from "./types.js"
 */

import { loadChanges, NO_CHANGES } from "./comparing.js";
import { boxOf, located } from "./grouping.js";
import { troubleOf } from "./requests.js";
import { chosenDraft, NO_FINDINGS } from "./state.js";

/** Findings a request. */
const PAGE_SIZE = 200;
/** Not nearer, so that the cells around a finding stay in sight. */
const FINDING_ZOOM = 14.5;

/** @param {Desk} desk */
export function loading(desk) {
  const { store, requests } = desk;

  /**
   * Load everything anew.
   *
   * @param {string | null} wanted a scheme's code; the first one that has an edition if there is none
   */
  async function loadAll(wanted) {
    store.set({ phase: "loading", trouble: null });
    try {
      const list = await requests.ask("schemes", "/api/v1/schemes", { page_size: 1000 });
      if (list === undefined) {
        return;
      }
      /** @type {SchemeInList[]} */
      const schemes = list.results;
      const first = schemes.find(({ edition }) => edition !== null) ?? schemes[0];
      const known = schemes.find(({ code }) => code === wanted);
      store.set({ schemes, ...(wanted && !known ? { notice: "unknown-scheme" } : {}) });
      const chosen = known ?? first;
      if (chosen === undefined) {
        store.set({ phase: "ready", scheme: null, schemeCode: null });
        return;
      }
      await loadScheme(chosen.code);
    } catch (error) {
      store.set({ phase: "failed", trouble: troubleOf(error) });
    }
  }

  /** @param {string} code */
  async function loadScheme(code) {
    try {
      /** @type {Scheme | undefined} */
      const scheme = await requests.ask("scheme", `/api/v1/schemes/${encodeURIComponent(code)}`);
      if (scheme === undefined) {
        return;
      }
      const { draft } = desk.state;
      const unknown =
        draft !== null && !scheme.drafts?.some(({ id, name }) => String(id) === draft || name === draft);
      const named = scheme.drafts?.find(({ name }) => name === draft);
      store.set({
        phase: "ready",
        trouble: null,
        scheme,
        schemeCode: code,
        ...(unknown ? { draft: null, notice: "unknown-draft" } : {}),
        ...(named ? { draft: String(named.id) } : {}),
      });
      await loadState();
    } catch (error) {
      store.set({ phase: "failed", trouble: troubleOf(error), schemeCode: code });
    }
  }

  /** Load what depends on the date and the draft. */
  async function loadState() {
    store.set({ audit: null, findings: NO_FINDINGS, vacant: [], changes: NO_CHANGES });
    await Promise.all([loadAudit(), loadFindings(), loadVacant(), loadDifference()]);
  }

  /** @returns {Record<string, string | number | null> | null} which state of the scheme; null if there is none */
  function stateQuery() {
    const draft = chosenDraft(desk.state);
    if (draft) {
      return { draft: draft.name };
    }
    return desk.edition ? { edition: desk.edition.number } : null;
  }

  async function loadAudit() {
    const query = stateQuery();
    if (query === null) {
      return;
    }
    const audit = await quietly(requests.ask("audit", `${base()}/audit`, query));
    if (audit) {
      store.set({ audit, ...(isPast() ? { findings: ofAudit(audit.findings) } : {}) });
    }
  }

  /** @returns {boolean} whether an edition is shown that is not the one in force now */
  function isPast() {
    return chosenDraft(desk.state) === null && desk.edition?.number !== desk.state.scheme?.edition?.number;
  }

  /** Load the first page of the findings. */
  async function loadFindings() {
    const query = stateQuery();
    if (query === null) {
      store.set({ findings: { ...NO_FINDINGS, phase: "ready" } });
      return;
    }
    if (!isPast()) {
      await loadPage(query, 1, []);
    }
  }

  async function moreFindings() {
    const { items, page } = desk.state.findings;
    const query = stateQuery();
    if (query !== null) {
      await loadPage(query, page + 1, items);
    }
  }

  /**
   * @param {Record<string, string | number | null>} query
   * @param {number} page
   * @param {Finding[]} before
   */
  async function loadPage(query, page, before) {
    try {
      const { rule } = desk.state;
      const found = await requests.ask("findings", `${base()}/findings`, {
        ...("draft" in query ? query : {}),
        rule,
        page,
        page_size: PAGE_SIZE,
      });
      if (found !== undefined) {
        const items = [...before, ...found.results];
        store.set({ findings: { phase: "ready", items, count: found.count, page } });
      }
    } catch (error) {
      store.set({ findings: { ...NO_FINDINGS, phase: "failed", trouble: troubleOf(error) } });
    }
  }

  async function loadVacant() {
    if (desk.edition === null) {
      return;
    }
    const query = { at: desk.state.at === null ? null : desk.moment.toISOString() };
    const states = await quietly(requests.ask("states", `${base()}/states`, query));
    if (states) {
      const codes = Object.entries(states).filter(([, state]) => state === "vacant");
      store.set({ vacant: codes.map(([code]) => code) });
    }
  }

  async function loadDifference() {
    const draft = chosenDraft(desk.state);
    const changes = draft ? await quietly(loadChanges(desk, draft)) : undefined;
    if (changes) {
      store.set({ changes });
    }
  }

  const base = () => `/api/v1/schemes/${encodeURIComponent(desk.state.schemeCode ?? "")}`;

  return {
    pageSize: PAGE_SIZE,
    loadAll,
    loadScheme,
    loadState,
    loadFindings,
    moreFindings,

    /** @param {string | null} rule only these findings; null for all */
    filterFindings(rule) {
      store.set({ rule, finding: null });
      return loadFindings();
    },

    /** @param {string} id go to a finding */
    openFinding(id) {
      const finding = desk.state.findings.items.find((one) => one.id === id);
      const box = finding ? boxOf(finding.geometry, finding.at) : null;
      store.set({ finding: id });
      if (box) {
        desk.stage?.fit(box, FINDING_ZOOM);
      } else if (finding?.cells[0]) {
        desk.actions.openCell(finding.cells[0], { go: true });
      }
    },

    /** Try again what the missing service left undone. */
    async retry() {
      await (desk.state.phase === "ready" && desk.state.schemeCode
        ? Promise.all([loadState(), desk.actions.again()])
        : loadAll(desk.state.schemeCode));
      if (!desk.state.offline) {
        desk.stage?.reload();
      }
    },
  };
}

/**
 * Let a part of the page be missing when the service does not give it; the banner tells if it is away.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T | undefined>}
 */
async function quietly(promise) {
  try {
    return await promise;
  } catch (error) {
    troubleOf(error);
    return undefined;
  }
}

/**
 * The findings of an older edition come with its audit, all at once.
 *
 * @param {Finding[]} findings
 * @returns {import("./state.js").FindingList}
 */
function ofAudit(findings) {
  const items = findings.map(located);
  return { phase: "ready", items, count: items.length, page: 1 };
}
