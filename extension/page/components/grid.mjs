// <lb-grid>: cards of many things, all of one height. Only those in sight and near it are elements; the others have their place and nothing else.
import { h, keyed } from "../lib/dom.mjs";

/** Pixels above and below what is in sight for which cards are made, and how many of those in one frame. */
const beyond = 700, portion = 3;

/** So many stay whole, for the browser's own search and for printing. */
const whole = 60;

/**
 * Grid.of({ label, width: "280px", key: item => item.name, create: item => element, update: (element, item) => {}, keeps: element => false })
 * grid.items = […];  those that are shown already (by key) stay the same elements. A card stays as long as the focus is in it, or `keeps` says so.
 */
export class Grid extends HTMLElement {
  #items = [];
  #places = new Map();
  #list;
  #shown = "";
  #asked = 0;
  #columns = 1;
  #row = 0;
  #abort;
  #size;

  static of({ label, width = "16rem", ...rest }) {
    return Object.assign(h("lb-grid", { style: { "--card-width": width } }), { label, ...rest });
  }

  connectedCallback() {
    if (!this.#list) this.append(this.#list = h("ul", { class: "grid", role: "list", "aria-label": this.label }));
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    // whatever it is that scrolls, the window or a WebUI's column
    addEventListener("scroll", () => this.#ask(), { capture: true, passive: true, signal });
    addEventListener("resize", () => this.#ask(), { signal });
    let width = 0;
    this.#size = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === width) return;
      width = contentRect.width;
      this.#row = 0;
      this.#draw(true);
    });
    this.#size.observe(this);
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#size.disconnect();
  }

  get items() {
    return this.#items;
  }

  set items(items) {
    this.#items = items;
    this.#places = new Map(items.map((item, i) => [String(this.key(item)), i]));
    this.#draw(true);
  }

  #ask() {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#draw(false);
    });
  }

  /** Puts the cards there that are in sight; `all` of them are told their items anew. */
  #draw(all) {
    if (!this.#list || !this.clientWidth) return;
    if (!this.#row && this.#items.length) this.#measure();
    const { top } = this.#list.getBoundingClientRect(), row = this.#row || 1, count = this.#items.length;
    const first = count <= whole ? 0 : Math.max(0, Math.floor((-top - beyond) / row) * this.#columns), end = count <= whole ? count : Math.min(count, Math.ceil((innerHeight - top + beyond) / row) * this.#columns);
    if (!all && this.#shown === `${first} ${end}`) return;
    const places = new Set(), there = new Set(), active = this.getRootNode().activeElement;
    for (const item of this.#list.children) {
      const place = this.#places.get(item.dataset.key);
      there.add(place);
      if (place !== undefined && (item.contains(active) || this.keeps?.(item.firstElementChild))) places.add(place);
    }
    // what is in sight is made now, what is beyond a few at each frame, so that none is late
    let spare = portion;
    for (let place = first; place < end; place++) {
      const y = top + Math.floor(place / this.#columns) * row;
      if (there.has(place) || (y < innerHeight && y + row > 0) || spare-- > 0) places.add(place);
    }
    this.#shown = spare < 0 ? "" : `${first} ${end}`;
    if (spare < 0) this.#ask();
    this.#list.style.height = count ? `${Math.ceil(count / this.#columns) * row - this.gap}px` : "";
    keyed(this.#list, [...places].sort((a, b) => a - b), place => this.key(this.#items[place]), place => this.#make(this.#items[place]), (element, place) => {
      if (!all && !element.isNew) return;
      element.isNew = false;
      element.style.gridArea = `${1 + Math.floor(place / this.#columns)} / ${1 + place % this.#columns}`;
      element.setAttribute("aria-posinset", place + 1);
      element.setAttribute("aria-setsize", count);
      this.update?.(element.firstElementChild, this.#items[place]);
    });
  }

  #make(item) {
    return Object.assign(h("li", null, this.create(item)), { isNew: true });
  }

  // the columns that fit, and the height that all cards have, taken from the first
  #measure() {
    const list = this.#list, probe = list.firstElementChild ?? list.appendChild(this.#make(this.#items[0]));
    probe.dataset.key ??= this.key(this.#items[0]);
    if (probe.isNew) this.update?.(probe.firstElementChild, this.#items[0]);
    list.classList.remove("measured");
    Object.assign(list.style, { gridAutoRows: "auto", height: "" });
    const style = getComputedStyle(list);
    this.gap = parseFloat(style.rowGap) || 0;
    this.#columns = style.gridTemplateColumns.split(" ").length;
    this.#row = probe.offsetHeight + this.gap;
    list.style.gridAutoRows = `${probe.offsetHeight}px`;
    list.classList.add("measured");
  }
}

if (!customElements.get("lb-grid")) customElements.define("lb-grid", Grid);
