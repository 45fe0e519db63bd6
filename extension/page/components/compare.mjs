// <lb-compare>: two pictures over one another, and a handle that shows more of the one or of the other.
import { h, fill } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";

/** Compare.of({ left: { src, label }, right: { src, label } }) */
export class Compare extends HTMLElement {
  static of(pictures) {
    return Object.assign(h("lb-compare"), { pictures });
  }

  connectedCallback() {
    const { left, right } = this.pictures;
    const handle = h("input", { type: "range", min: 0, max: 100, value: 50, class: "compare-handle", "aria-label": t("compare.handle", { left: left.label, right: right.label }), oninput: () => this.style.setProperty("--at", `${handle.value}%`) });
    fill(this, h("img", { src: right.src, alt: right.label }), h("img", { class: "compare-left", src: left.src, alt: left.label }), h("span", { class: "compare-line" }),
      h("span", { class: "compare-label left" }, left.label), h("span", { class: "compare-label right" }, right.label), handle);
  }
}

if (!customElements.get("lb-compare")) customElements.define("lb-compare", Compare);
