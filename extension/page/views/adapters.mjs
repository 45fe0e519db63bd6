// Adapters: the library of all that prompts may name. One of them opens on a page of its own (views/adapters/one.mjs).
import { h, fill, debounce } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { View, heading } from "../lib/view.mjs";
import { memory } from "../lib/store.mjs";
import { banner, badge, button, empty, linkButton, menu, select } from "../components/ui.mjs";
import { factsOf, families, thumb } from "../components/adapters.mjs";
import { Grid } from "../components/grid.mjs";
import { icon } from "../components/icons.mjs";

const page = 500;

export default class Adapters extends View {
  #asked = 0;
  #marked = new Set();

  async render() {
    this.filter = { search: "", sort: "name", family: "", ...memory.get("adapters", {}) };
    this.search = h("input", { type: "search", class: "input", value: this.filter.search, placeholder: t("adapters.search"), "aria-label": t("adapters.search"), oninput: debounce(() => this.set({ search: this.search.value.trim() }), 200) });
    const sort = select(["name", "newest", "largest"].map(name => [name, t(`adapters.sort.${name}`)]), { value: this.filter.sort, "aria-label": t("adapters.sort.label"), onchange: () => this.set({ sort: sort.value }) });
    const family = select([["", t("adapters.allFamilies")], ...Object.entries(families), ["Unknown", t("adapters.unknown")]], { value: this.filter.family, "aria-label": t("adapters.family"), onchange: () => {
      this.filter.family = family.value;
      this.keep();
      this.showList();
    } });
    this.count = h("p", { class: "muted small-text", role: "status" });
    this.grid = Grid.of({ label: t("adapters.title"), width: "9.6rem", key: one => `${one.name} ${one.path}`, create: one => this.cardOf(one), update: (element, one) => element.update(one) });
    this.place = h("div", { class: "stack" });
    this.bar = h("div", { class: "selection", hidden: true, role: "region", "aria-label": t("adapters.marked") });
    this.library = h("div", { class: "stack wide" }, heading(t("adapters.title"), t("adapters.lead"), menu(t("adapters.tools"), [
      { text: t("adapters.extract"), icon: "choose", onclick: () => this.tool("extract") },
      { text: t("adapters.refresh"), icon: "redo", onclick: () => this.doing(null, () => this.load()) },
    ], { icon: "settings", text: t("adapters.tools") })), h("div", { class: "row" }, h("div", { class: "searchbox" }, icon("search"), this.search), h("div", { class: "row filters" }, family, sort)), this.count, this.place, this.bar);
    fill(this, this.parameters[0] ? null : this.library);
    if (this.parameters[0]) await this.open(this.parameters[0]);
    await this.load();
  }

  route([name]) {
    if (this.library) this.open(name);
  }

  set(change) {
    Object.assign(this.filter, change);
    this.keep();
    this.load().catch(error => this.app?.fail(error));
  }

  keep() {
    memory.set("adapters", { sort: this.filter.sort, family: this.filter.family });
  }

  /** All pages one after another; the first is shown as soon as it is there. */
  async load() {
    const asked = ++this.#asked, { search, sort } = this.filter, all = [];
    let total = 1;
    while (all.length < total) {
      const part = await this.api.get("adapters", { query: { search, sort, offset: all.length, limit: all.length ? page : 100 }, signal: this.signal });
      if (asked !== this.#asked) return;
      ({ total } = part);
      if (!part.adapters.length) break;
      all.push(...part.adapters);
      this.problems = part.problems;
      this.all = [...all];
      this.showList();
    }
    this.all = all;
    this.showList();
  }

  showList() {
    const { family, search } = this.filter, found = (this.all ?? []).filter(one => !family || one.family === family);
    fill(this.count, found.length ? t("adapters.found", { n: found.length }) : "", (this.problems ?? []).map(text => banner("warning", said(text))));
    const nothing = found.length ? null : search || family ? empty("search", t("adapters.noneFound"), t("adapters.noneFoundText"), button(t("adapters.showAll"), { onclick: () => {
      this.search.value = "";
      this.library.querySelector(".filters select").value = "";
      this.set({ search: "", family: "" });
    } })) : empty("adapters", t("adapters.none"), t("adapters.noneText"), linkButton(t("choose.toTrain"), this.app.link("train"), { icon: "train", kind: "primary" }));
    const show = nothing ?? this.grid;
    if (this.place.firstElementChild !== show) fill(this.place, show);
    this.grid.items = found;
  }

  cardOf(one) {
    const box = h("input", { type: "checkbox", class: "check", onchange: () => {
      this.#marked[box.checked ? "add" : "delete"](element.one.name);
      this.showMarked();
    } });
    const link = h("a", { class: "adapter-link" }), facts = h("p", { class: "small-text muted" }), picture = h("div"), state = h("div", { class: "adapter-state" });
    const element = h("article", { class: "adapter-card" }, picture, h("div", { class: "adapter-words" }, link, facts), state, h("label", { class: "adapter-mark" }, box));
    element.update = now => {
      if (element.one === now) return;
      element.one = now;
      fill(link, now.name);
      link.href = this.app.link("adapters", now.name);
      link.title = now.path;
      box.checked = this.#marked.has(now.name);
      box.setAttribute("aria-label", t("adapters.mark", { name: now.name }));
      fill(picture, thumb(this.api, now));
      fill(facts, now.problem ? null : factsOf(now));
      fill(state, now.problem && badge(t("adapters.broken"), "bad"), now.card.preferredWeight && badge(String(now.card.preferredWeight), "accent"));
    };
    return element;
  }

  /** What can be done with those that were ticked. */
  showMarked() {
    const names = [...this.#marked];
    this.bar.hidden = !names.length;
    fill(this.bar, h("span", null, t("adapters.markedCount", { n: names.length })),
      button(t("choose.compare"), { icon: "choose", disabled: names.length !== 2, title: t("adapters.compareHint"), onclick: () => this.tool("compare", ...names) }),
      button(t("blend.title"), { icon: "blend", onclick: () => this.app.go("blend", ...names) }),
      button("", { icon: "close", kind: "quiet", label: t("adapters.unmark"), onclick: () => {
        this.#marked.clear();
        this.library.querySelectorAll(".adapter-mark input").forEach(box => box.checked = false);
        this.showMarked();
      } }));
  }

  /** One of views/adapters/tools.mjs. */
  tool(name, ...names) {
    return this.doing(null, async () => (await import("./adapters/tools.mjs"))[name](this, ...names));
  }

  /** Shows one on its own, or the library again, which kept its place. */
  async open(name) {
    if (!name) {
      if (this.contains(this.library)) return;
      fill(this, this.library);
      scrollTo({ top: this.scrolled ?? 0 });
      return this.querySelector("h1").focus({ preventScroll: true });
    }
    if (this.contains(this.library)) this.scrolled = scrollY;
    try {
      const [{ Adapter }, found] = await Promise.all([import("./adapters/one.mjs"), this.api.get(`adapters/${encodeURIComponent(name)}`, { signal: this.signal })]), one = new Adapter(this, found);
      if (this.parameters[0] === name) fill(this, one.element);
    } catch (error) {
      if (this.signal.aborted) return;
      fill(this, heading(t("adapters.title"), null, linkButton(t("do.back"), this.app.link("adapters"), { icon: "left" })), banner("error", said(error.reason ?? error.message), { cure: said(error.cure) }));
    }
    if (!this.app.hasAttribute("embedded")) scrollTo({ top: 0 });
    this.querySelector("h1").focus({ preventScroll: true });
  }

  /** What was changed on its own page shows in the library too. */
  changed(one) {
    this.all = (this.all ?? []).map(other => other.name === one.name && other.path === one.path ? one : other);
    this.showList();
  }
}
