// The shell: <lorabridge-app base="…/lorabridge/v1" theme="auto" language="en" embedded>.
// It has the seven steps, the language, the theme, the connection and messages; a step is a view, loaded when it is first shown.
//   base      the address of the API, relative to the document; it may lead through a proxy
//   theme     dark, light, or auto (the system's, until the user chooses)
//   language  what the WebUI speaks; the user's own choice goes before it
//   embedded  in a WebUI's tab: its background and font show
// Events that it gives out, for what stands around it: lorabridge-send { text, target }, lorabridge-saved { name }.
import { h, fill } from "./lib/dom.mjs";
import { Api } from "./lib/api.mjs";
import { Connection } from "./lib/connection.mjs";
import { Store, memory } from "./lib/store.mjs";
import { language, languages, late, nearest, t, useLanguage, wanted } from "./lib/i18n.mjs";
import { said } from "./lib/said.mjs";
import { banner, menu } from "./components/ui.mjs";
import { icon } from "./components/icons.mjs";
import { Toasts } from "./components/toasts.mjs";
import { ask, confirm, dialog } from "./components/dialog.mjs";
import { partsOf, routeNow, steps } from "./lib/steps.mjs";

const dark = matchMedia("(prefers-color-scheme: dark)");
const styles = new CSSStyleSheet();
const ready = fetch(new URL("style.css", import.meta.url)).then(answer => answer.text()).then(text => styles.replaceSync(text));

class LoraBridgeApp extends HTMLElement {
  static observedAttributes = ["theme", "language"];

  #abort;
  #main;
  #view;
  #route = "";

  async connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.connection ??= new Connection();
    this.api ??= new Api(this.getAttribute("base") ?? "lorabridge/v1", this.connection);
    this.api.isEmbedded = this.hasAttribute("embedded");
    /** What several views share: the jobs that are active. */
    this.store ??= new Store({ active: 0 });
    /** What one view hands to the next; whoever takes it puts null in its place. */
    this.carried ??= null;
    this.toasts = new Toasts();
    this.#useTheme();
    dark.addEventListener("change", () => this.#useTheme(), { signal });
    await Promise.all([ready, this.#useLanguage()]);
    if (signal.aborted) return;
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles];
    addEventListener("hashchange", () => this.#show(), { signal });
    late.addEventListener("change", () => this.#draw(), { signal });
    this.#draw();
    this.connection.start(() => this.api.get("health"), signal);
    this.#countJobs(signal);
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  async attributeChangedCallback(name, before, now) {
    if (!this.shadowRoot || before === now) return;
    if (name === "theme" && now !== this.theme) {
      this.asked = now;                                                        // what stands around the page has changed its own
      this.#useTheme();
    }
    if (name === "language") await this.setLanguage(memory.get("language") ?? nearest([now]));
  }

  /** An element's place for dialogs, inside of the styles. */
  get layer() {
    return this.shadowRoot.querySelector(".layer");
  }

  toast(text, options) {
    return this.toasts.show(text, options);
  }

  /** Tells of a failure; the server's being away is told by the shell already. */
  fail(error) {
    if (error?.name === "AbortError" || (error?.isAway && !this.connection.state.online)) return;
    if (!("status" in (error ?? {}))) console.error(error);
    this.toast(said(error.reason ?? error.message), { kind: "error", cure: said(error.cure) });
  }

  confirm(options) {
    return confirm(this.layer, options);
  }

  ask(options) {
    return ask(this.layer, options);
  }

  dialog(options) {
    return dialog(this.layer, options);
  }

  /** Goes to a view: go("watch", "job-1"). */
  go(...parts) {
    location.hash = this.link(...parts);
  }

  link(...parts) {
    return `#/${parts.map(encodeURIComponent).join("/")}`;
  }

  /** Hands text to what stands around the page, as the WebUI's prompt; false where nobody takes it. */
  send(detail) {
    return !this.dispatchEvent(new CustomEvent("lorabridge-send", { detail, bubbles: true, composed: true, cancelable: true }));
  }

  #newest = new Map();
  #sending = new Map();

  /**
   * Keeps something on the server under a name, so that it is there after a reload and on another machine; until it has arrived, in this
   * browser too. Of a name's values the last wins, however long each is on its way.
   */
  remember(key, value) {
    const text = JSON.stringify(value);
    memory.set(`unsent.${key}`, text);
    this.#newest.set(key, text);
    const send = async () => {
      if (this.#newest.get(key) !== text) return;
      await this.api.put(`page-state/${key}`, value);
      if (this.#newest.get(key) === text) memory.set(`unsent.${key}`, null);
    };
    const sent = (this.#sending.get(key) ?? Promise.resolve()).then(send, send);
    this.#sending.set(key, sent);
    return sent;
  }

  async recall(key, otherwise = null) {
    const unsent = memory.get(`unsent.${key}`);
    if (unsent) return JSON.parse(unsent);
    const { entries } = await this.api.get("page-state");
    return entries.some(entry => entry.key === key) ? this.api.get(`page-state/${key}`) : otherwise;
  }

  setTheme(theme) {
    memory.set("theme", theme);
    this.#useTheme();
  }

  async setLanguage(name) {
    await useLanguage(name);
    this.#draw();
  }

  // the user's choice, the attribute, the system's
  #useTheme() {
    this.asked ??= this.getAttribute("theme");
    const asked = memory.get("theme") ?? this.asked ?? "auto";
    this.theme = asked === "auto" ? dark.matches ? "dark" : "light" : asked;
    this.setAttribute("theme", this.theme);
    if (!this.hasAttribute("embedded")) document.documentElement.dataset.theme = this.theme;
    this.shadowRoot?.querySelectorAll("lb-chart").forEach(chart => chart.redraw());
  }

  #useLanguage() {
    return useLanguage(wanted(this.getAttribute("language")));
  }

  #draw() {
    this.lang = language;
    if (!this.hasAttribute("embedded")) document.documentElement.lang = language;
    const offline = h("div", { class: "offline", hidden: true }, banner("warning", t("errors.away"), { cure: t("shell.offlineCure") }));
    this.#main = h("main", { tabindex: "-1" });
    const tools = () => [
      menu(t("shell.language"), Object.entries(languages).map(([name, text]) => ({ text, icon: name === language ? "check" : "language", onclick: () => {
        memory.set("language", name);
        this.setLanguage(name);
      } })), { icon: "language" }),
      menu(t("shell.theme"), [["auto", "auto"], ["light", "sun"], ["dark", "moon"]].map(([name, picture]) => ({ text: t(`shell.${name}`), icon: picture, onclick: () => this.setTheme(name) })), { icon: "sun" }),
    ];
    const nav = h("nav", { class: "nav", "aria-label": t("shell.steps") },
      h("div", { class: "brand" }, icon("bridge"), "LoraBridge"),
      h("ul", null, steps.map(name => h("li", null, h("a", { href: this.link(name), dataset: { step: name } }, icon(name), h("span", null, t(`${name}.title`)), name === "watch" && h("span", { class: "count", hidden: true }))))),
      h("div", { class: "tools" }, tools()));
    fill(this.shadowRoot,
      h("a", { class: "skip", href: "#main", onclick: event => {
        event.preventDefault();
        this.#main.focus();
      } }, t("shell.skip")),
      h("div", { class: "shell" }, nav, this.#main), h("div", { class: "layer" }), this.toasts.element);
    this.#main.append(h("div", { class: "top-tools" }, h("span", { class: "name" }, "LoraBridge"), tools()), offline);
    this.connection.watch(state => state.online, online => offline.hidden = online, this.#abort.signal);
    this.store.watch(state => state.active, active => {
      const count = nav.querySelector(".count");
      count.hidden = active === 0;
      fill(count, String(active), h("span", { class: "unseen" }, ` ${t("shell.active")}`));
    }, this.#abort.signal);
    this.#route = "";
    this.#view = null;                                                          // it left with what was here before
    this.#show();
  }

  async #show() {
    if (!location.hash.startsWith("#/") && this.#view && location.hash) return;   // another's anchor
    const { name, parameters } = routeNow(), route = [name, ...parameters].join("/");
    if (route === this.#route) return;
    const isFirst = !this.#route;
    this.#route = route;
    memory.set("step", name);
    for (const link of this.shadowRoot.querySelectorAll(".nav a")) {
      if (link.dataset.step === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (!this.hasAttribute("embedded")) document.title = `${t(`${name}.title`)} – LoraBridge`;
    if (this.#view?.localName === `lb-${name}` && this.#view.route) {
      this.#view.parameters = parameters;
      this.#view.route(parameters);
      return;
    }
    try {
      partsOf({ name, parameters });
      const { default: View } = await import(`./views/${name}.mjs`);
      if (!customElements.get(`lb-${name}`)) customElements.define(`lb-${name}`, View);
      if (route !== this.#route) return;
      const view = Object.assign(document.createElement(`lb-${name}`), { parameters });
      this.#view?.remove();
      this.#main.append(this.#view = view);
    } catch (error) {
      console.error(error);
      this.#view?.remove();
      this.#main.append(this.#view = h("div", { class: "view" }, banner("error", t("shell.viewFailed"), { cure: t("shell.viewFailedCure") })));
    }
    // what was clicked is gone or elsewhere: a screen reader goes on at the new head
    if (!isFirst) {
      scrollTo({ top: this.hasAttribute("embedded") ? scrollY : 0 });
      this.#view.querySelector("h1")?.focus({ preventScroll: true });
    }
  }

  /** How many jobs are in work or wait, for the mark on Watch. */
  async #countJobs(signal) {
    const look = async () => {
      try {
        if (!document.hidden) this.store.set({ active: (await this.api.get("jobs", { query: { state: "queued,running,stopping" }, signal })).jobs.length });
      } catch {
        // the connection is told of elsewhere
      }
    };
    this.countJobs = look;
    await look();
    const timer = setInterval(look, 5000);
    signal.addEventListener("abort", () => clearInterval(timer));
  }
}

if (!customElements.get("lorabridge-app")) customElements.define("lorabridge-app", LoraBridgeApp);
export default LoraBridgeApp;
