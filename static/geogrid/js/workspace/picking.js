/**
 * Pointing at a place or a cell: the question, the answer, and what is left of an older answer.
 *
 * @import { Desk } from "./desk.js"
 * @import { Selection } from "./state.js"
 */

import { troubleOf } from "./requests.js";
import { leafOf, locatedIn, momentOf } from "./state.js";

/** Zoom in at least so far when a cell or a place is gone to. */
const CLOSE = 11;

/** @param {Desk} desk */
export function picking(desk) {
  const { store, requests } = desk;

  /**
   * Ask who answers for a place.
   *
   * @param {number} lon degrees in `crs`
   * @param {number} lat
   * @param {{crs?: string, go?: boolean, accuracyM?: number, feature?: {layer: string, key: string} | null}} [options]
   */
  async function locate(lon, lat, { crs = "wgs84", go = false, accuracyM, feature = null } = {}) {
    requests.stop("cell");
    requests.stop("feature");
    if (desk.edition === null) {
      store.set({ selection: null });
      return;
    }
    /** @type {Selection} */
    const asked = { kind: "place", phase: "loading", lon, lat, crs, ...(accuracyM && { accuracyM }) };
    store.set({ selection: asked, finding: null });
    try {
      const [answer, object] = await Promise.all([
        requests.ask("locate", "/api/v1/locate", {
          lon,
          lat,
          crs: crs === "wgs84" ? null : crs,
          ...momentOf(desk.state),
        }),
        feature?.key ? objectOf(feature) : undefined,
      ]);
      if (answer === undefined) {
        return;
      }
      /** @type {Selection} */
      const ready = { ...asked, phase: "ready", answer, ...(object && { feature: object }) };
      store.set({ selection: ready });
      desk.stage?.reveal(answer.lon ?? lon, answer.lat ?? lat, go && !answer.outside ? CLOSE : undefined);
      await completed(ready);
    } catch (error) {
      store.set({ selection: { ...asked, phase: "failed", trouble: troubleOf(error) } });
    }
  }

  /** @param {{layer: string, key: string}} feature */
  async function objectOf({ layer, key }) {
    const path = `/api/v1/layers/${encodeURIComponent(layer)}/features/${encodeURIComponent(key)}`;
    try {
      return await requests.ask("feature", path, { scheme: desk.state.schemeCode });
    } catch (error) {
      troubleOf(error);
      return undefined;
    }
  }

  /**
   * Add what the page of the answering cell says: area, objects, vacancies.
   *
   * @param {Selection} selection
   */
  async function completed(selection) {
    const leaf = leafOf(locatedIn(selection, desk.state.schemeCode));
    if (!leaf) {
      return;
    }
    try {
      const cell = await requests.ask("cell", cellPath(leaf.code), momentOf(desk.state));
      if (cell !== undefined && desk.state.selection === selection) {
        store.set({ selection: { ...selection, cell } });
      }
    } catch (error) {
      troubleOf(error);
    }
  }

  /** @param {string} code */
  const cellPath = (code) =>
    `/api/v1/schemes/${encodeURIComponent(desk.state.schemeCode ?? "")}/cells/${encodeURIComponent(code)}`;

  /**
   * Show a cell.
   *
   * @param {string} code
   * @param {{go?: boolean}} [options] `go` brings it into sight
   */
  async function openCell(code, { go = false } = {}) {
    requests.stop("locate");
    /** @type {Selection} */
    const asked = { kind: "cell", phase: "loading", code };
    store.set({ selection: asked });
    try {
      const cell = await requests.ask("cell", cellPath(code), momentOf(desk.state));
      if (cell === undefined) {
        return;
      }
      store.set({ selection: { ...asked, phase: "ready", cell } });
      if (go && cell.bbox) {
        desk.stage?.fit(cell.bbox);
      }
    } catch (error) {
      store.set({ selection: { ...asked, phase: "failed", trouble: troubleOf(error) } });
    }
  }

  return {
    locate,
    openCell,

    /** Ask the last question again: another date, another scheme, the service is back. */
    async again() {
      const { selection } = desk.state;
      if (selection?.kind === "cell" && selection.code) {
        await openCell(selection.code);
      } else if (selection?.kind === "place" && selection.lon !== undefined && selection.lat !== undefined) {
        const { lon, lat, crs = "wgs84", accuracyM } = selection;
        await locate(lon, lat, { crs, ...(accuracyM && { accuracyM }) });
      }
    },

    close() {
      requests.stop("locate");
      requests.stop("cell");
      store.set({ selection: null, finding: null });
    },

    /** Ask the device where it is. */
    locateMe() {
      store.set({ notice: "locate-me-asking" });
      const refused = (/** @type {GeolocationPositionError} */ error) =>
        store.set({
          notice: error.code === error.PERMISSION_DENIED ? "position-refused" : "position-unavailable",
        });
      const found = (/** @type {GeolocationPosition} */ { coords }) => {
        store.set({ notice: null });
        locate(coords.longitude, coords.latitude, { go: true, accuracyM: coords.accuracy });
      };
      if (navigator.geolocation) {
        navigator.geolocation.getCurrentPosition(found, refused, {
          enableHighAccuracy: true,
          timeout: 15_000,
        });
      } else {
        store.set({ notice: "position-unavailable" });
      }
    },

    /** @param {string} text */
    async copy(text) {
      try {
        await navigator.clipboard.writeText(text);
        store.set({ notice: "copied" });
      } catch {
        store.set({ notice: "copy-failed" });
      }
    },
  };
}
