/**
 * The search box: what is typed, what is found, what is chosen.
 *
 * @import { Desk } from "./desk.js"
 * @import { Option } from "./search-options.js"
 * @import { Searching } from "./state.js"
 */

import { troubleOf } from "./requests.js";
import { nextOption, optionsOf } from "./search-options.js";
import { momentOf, NO_SEARCH } from "./state.js";

/** Wait for a pause in the typing, milliseconds. */
const PAUSE_MS = 120;
const LIMIT = 20;
/** The service refuses longer questions. */
const LONGEST = 200;

/** @param {Desk} desk */
export function searching(desk) {
  const { store, requests } = desk;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  /** Whether Enter was pressed before there was anything to choose. */
  let impatient = false;

  /** @returns {Option[]} what the box offers now, drawn or not yet */
  const offered = () => {
    const { search, scheme } = desk.state;
    return optionsOf(search.text, search.results, scheme?.bbox ?? null);
  };

  /** @param {Partial<Searching>} patch */
  const patch = (patch) => store.set({ search: { ...desk.state.search, ...patch } });

  /** @param {string} text */
  async function ask(text) {
    try {
      const query = {
        q: text.trim().slice(0, LONGEST),
        scheme: desk.state.schemeCode,
        limit: LIMIT,
        ...momentOf(desk.state),
      };
      const found = await requests.ask("search", "/api/v1/search", query);
      if (found !== undefined) {
        const results = found.results.filter(
          (/** @type {import("./types.js").Result} */ { scheme }) =>
            !scheme || scheme === desk.state.schemeCode,
        );
        patch({ results, busy: false, trouble: undefined });
        const [first] = offered();
        if (impatient && first) {
          choose(first);
        }
      }
    } catch (error) {
      patch({ results: [], busy: false, trouble: troubleOf(error) });
    }
  }

  /** @param {Option} option */
  function choose(option) {
    patch({
      open: false,
      active: -1,
      text: option.kind === "point" ? option.text : option.result.name || option.result.code,
    });
    desk.wantsFocus = true;
    if (option.kind === "point") {
      desk.actions.locate(option.lon, option.lat, { crs: option.crs, go: true });
      return;
    }
    const { kind, code, centre, layer } = option.result;
    if (kind === "cell") {
      desk.actions.openCell(code, { go: true });
    } else if (centre) {
      desk.actions.locate(centre[0], centre[1], { go: true, feature: { layer: layer ?? "", key: code } });
    }
  }

  return {
    /** @param {string} text */
    search(text) {
      clearTimeout(pause);
      impatient = false;
      requests.stop("search");
      if (text.trim() === "") {
        store.set({ search: { ...NO_SEARCH, text, open: true } });
        return;
      }
      patch({ text, open: true, busy: true, active: -1, results: [], trouble: undefined });
      pause = setTimeout(() => ask(text), PAUSE_MS);
    },

    /** @param {boolean} open */
    openSearch(open) {
      patch({ open, active: -1 });
    },

    choose,

    /** @param {KeyboardEvent} event */
    searchKey(event) {
      const { search } = desk.state;
      const options = offered();
      if (event.isComposing) {
        return;
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        patch({ open: true, active: nextOption(search.active, step, options.length) });
      } else if (event.key === "Enter") {
        const option = options[Math.max(search.active, 0)];
        if (search.open && option) {
          choose(option);
        } else {
          impatient = search.busy;
        }
      } else if (event.key === "Escape") {
        event.stopPropagation();
        if (search.open && search.text !== "") {
          patch({ open: false, active: -1 });
        } else {
          store.set({ search: NO_SEARCH });
        }
      }
    },
  };
}
