// State that several parts look at: one object, replaced in parts, and an event when it changed.

export class Store extends EventTarget {
  #state;

  constructor(state = {}) {
    super();
    this.#state = state;
  }

  get state() {
    return this.#state;
  }

  /** Replaces some fields; nothing is told where nothing is different. */
  set(patch) {
    if (Object.entries(patch).every(([name, value]) => Object.is(this.#state[name], value))) return;
    this.#state = { ...this.#state, ...patch };
    this.dispatchEvent(new Event("change"));
  }

  /** Calls show(value) now and whenever the chosen part becomes another, until the signal is aborted. */
  watch(choose, show, signal) {
    let last = choose(this.#state);
    show(last);
    this.addEventListener("change", () => {
      const now = choose(this.#state);
      if (Object.is(now, last)) return;
      last = now;
      show(now);
    }, { signal });
  }
}

/** What this browser remembers for this page; where it may not, for this visit only. */
export const memory = {
  get(name, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(`lorabridge.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`lorabridge.${name}`, JSON.stringify(value));
    } catch {
      // a browser that keeps nothing
    }
  },
};
