// Short messages at the edge; they are read out, and stay as long as a pointer or the focus is on them.
import { h } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { button } from "./ui.mjs";
import { icon } from "./icons.mjs";

export class Toasts {
  // two live regions that are there before anything is said: politely, and at once
  element = h("div", { class: "toasts" }, h("div", { role: "status", "aria-live": "polite" }), h("div", { role: "alert", "aria-live": "assertive" }));

  /** @param options { kind: good | info | warning | error, cure, action: { text, onclick } } */
  show(text, { kind = "good", cure, action } = {}) {
    const urgent = kind === "error" || kind === "warning";
    const close = () => toast.remove();
    let timer;
    const wait = () => timer = setTimeout(close, urgent || action ? 12000 : 5000);
    const stay = () => clearTimeout(timer);
    const toast = h("div", { class: ["toast", kind], onpointerenter: stay, onpointerleave: wait, onfocusin: stay, onfocusout: wait },
      icon(kind === "good" ? "check" : kind === "info" ? "info" : "warning"),
      h("div", null, h("p", null, text), cure && h("p", { class: "cure" }, cure)),
      action && button(action.text, { small: true, onclick: () => { close(); action.onclick(); } }),
      button("", { icon: "close", kind: "quiet", small: true, label: t("do.close"), onclick: close }));
    const region = this.element.children[urgent ? 1 : 0];
    while (region.childElementCount > 3) region.firstChild.remove();
    region.append(toast);
    wait();
    return close;
  }
}
