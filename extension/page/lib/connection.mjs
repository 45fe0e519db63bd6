// Whether the server answers: told by every request, and asked for while it does not.
import { Store } from "./store.mjs";

export class Connection extends Store {
  #timer = 0;

  constructor() {
    super({ online: true, startedAt: null });
  }

  /** @param ask () -> Promise of the health report */
  start(ask, signal) {
    this.ask = ask;
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
    addEventListener("online", () => this.#look(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#look(), { signal });
    this.#look();
  }

  lost() {
    this.set({ online: false });
    this.#later(1000);
  }

  found() {
    this.set({ online: true });
  }

  #later(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  async #look() {
    clearTimeout(this.#timer);
    try {
      this.set({ startedAt: (await this.ask()).startedAt, online: true });
      this.#later(15000);
    } catch {
      this.#later(this.state.online ? 15000 : 1500);
    }
  }
}
