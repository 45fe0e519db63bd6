// What all views are: elements that live while they are shown.
import { h, fill } from "./dom.mjs";
import { banner, skeleton } from "../components/ui.mjs";
import { said } from "./said.mjs";

/**
 * class Pictures extends View { async render() { … } }
 * `render` is called once the view is in the page; `signal` is aborted when it leaves. `app` is the shell: api, store, connection,
 * toast(text, options), dialogs (confirm, dialog), go(route), fail(error). `parameters` is what follows the view's name in the
 * address: ["job-1"].
 */
export class View extends HTMLElement {
  #abort = new AbortController();

  get app() {
    return this.getRootNode().host;
  }

  get api() {
    return this.app.api;
  }

  get signal() {
    return this.#abort.signal;
  }

  async connectedCallback() {
    this.#abort = new AbortController();
    this.className = "view";
    const { signal } = this;
    try {
      await this.render();
    } catch (error) {
      if (!signal.aborted) this.failed(error);
    }
    // a view that could not be drawn for want of a server is drawn when that is back
    let online = this.app?.connection.state.online;
    this.app?.connection.watch(state => state.online, now => {
      if (now && !online) this.returned?.();
      online = now;
    }, signal);
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.left?.();
  }

  /** Draws the view anew, because it could not be drawn or because what it shows is another. */
  async again() {
    this.disconnectedCallback();
    fill(this);
    await this.connectedCallback();
  }

  failed(error) {
    fill(this, banner("error", said(error.reason ?? error.message), { cure: said(error.cure) }));
    this.returned = () => this.again();
    if (error.isAway) this.#lookAgain(this.signal);
  }

  // the server may have been back before anybody knew that it was away
  #lookAgain(signal) {
    setTimeout(() => {
      if (signal.aborted) return;
      if (this.app?.connection.state.online) this.again();
      else this.#lookAgain(signal);
    }, 2000);
  }

  /** Shows grey lines until something is there. */
  wait() {
    fill(this, skeleton(5));
  }

  /** Does something for a control that is switched off meanwhile; a failure is told. */
  async doing(control, action) {
    control?.setAttribute("aria-busy", "true");
    if (control) control.disabled = true;
    try {
      return await action();
    } catch (error) {
      this.app.fail(error);
      return undefined;
    } finally {
      control?.removeAttribute("aria-busy");
      if (control) control.disabled = false;
    }
  }
}

/** The head of a view: its name, a sentence, and what can be done on the right. */
export const heading = (title, text, ...actions) =>
  h("header", { class: "heading" }, h("div", null, h("h1", { tabindex: "-1" }, title), text && h("p", { class: "lead" }, text)), actions.length > 0 && h("div", { class: "actions" }, actions));
