// <lb-grid>: cards of many things. They are made as one scrolls towards them, and the browser draws only those in sight.
import { h, keyed } from "../lib/dom.mjs";

const portion = 96;

/**
 * const grid = cards({ label: "Pictures", width: "280px", height: "160px", key: item => item.name, create: item => element, update: (element, item) => {} });
 * grid.items = […];  those that are there already (by key) stay the same elements.
 */
export class Grid extends HTMLElement {
  #items = [];
  #shown = portion;
  #list;
  #end;
  #watch;

  static of({ label, width = "16rem", height = "10rem", ...rest }) {
    return Object.assign(h("lb-grid", { style: { "--card-width": width, "--card-height": height } }), { label, ...rest });
  }

  connectedCallback() {
    if (!this.#list) {
      this.#list = h("ul", { class: "grid", role: "list", "aria-label": this.label });
      this.#end = h("div", { class: "grid-end" });
      this.append(this.#list, this.#end);
    }
    this.#watch = new IntersectionObserver(seen => seen.some(one => one.isIntersecting) && this.#more(), { rootMargin: "1500px" });
    this.#watch.observe(this.#end);
    this.#draw();
  }

  disconnectedCallback() {
    this.#watch?.disconnect();
  }

  get items() {
    return this.#items;
  }

  set items(items) {
    this.#items = items;
    this.#draw();
  }

  /** The element of an item that is shown; undefined where it is not. */
  find(key) {
    return [...this.#list.children].find(child => child.dataset.key === key)?.firstElementChild;
  }

  #more() {
    if (this.#shown >= this.#items.length) return;
    this.#shown += portion;
    this.#draw();
    // in sight still? then the observer says nothing more by itself
    this.#watch.unobserve(this.#end);
    this.#watch.observe(this.#end);
  }

  #draw() {
    if (!this.#list) return;
    keyed(this.#list, this.#items.slice(0, this.#shown), this.key, item => h("li", null, this.create(item)), (element, item) => this.update?.(element.firstElementChild, item));
  }
}

export const registerGrid = () => customElements.get("lb-grid") || customElements.define("lb-grid", Grid);
