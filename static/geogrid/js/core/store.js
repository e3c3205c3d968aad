/**
 * The state of a page: one object that is replaced, never changed, and says when.
 *
 * @template {object} State
 * @example
 * const store = new Store({ scheme: "", at: null });
 * store.addEventListener("change", () => draw(store.state));
 * store.set({ scheme: "plain" });
 */
export class Store extends EventTarget {
  /** @type {State} */
  #state;

  /** @param {State} initial */
  constructor(initial) {
    super();
    this.#state = Object.freeze({ ...initial });
  }

  /** @returns {Readonly<State>} */
  get state() {
    return this.#state;
  }

  /**
   * Take over some values. A `change` event follows if any of them is another one than before; its `detail`
   * has the names of those that are, and the state before.
   *
   * @param {Partial<State>} patch
   * @returns {boolean} whether anything changed
   */
  set(patch) {
    const before = this.#state;
    const names = /** @type {(keyof State)[]} */ (Object.keys(patch)).filter(
      (name) => !Object.is(before[name], patch[name]),
    );
    if (names.length === 0) {
      return false;
    }
    this.#state = Object.freeze({ ...before, ...patch });
    this.dispatchEvent(new CustomEvent("change", { detail: { names, before } }));
    return true;
  }
}
