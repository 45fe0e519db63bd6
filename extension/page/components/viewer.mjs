// A picture large, in a dialog; the arrow keys go on to the next.
import { h, fill } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { button } from "./ui.mjs";
import { dialog } from "./dialog.mjs";

/** @param pictures [{ src, title, text }] */
export function showPictures(parent, pictures, at = 0) {
  return dialog(parent, {
    title: t("viewer.title"),
    wide: true,
    body: () => {
      const stage = h("div", { class: "viewer", tabindex: 0, autofocus: true, "aria-label": t("viewer.title"), role: "group", onkeydown: event => {
        if (event.key === "ArrowRight") show(at + 1);
        if (event.key === "ArrowLeft") show(at - 1);
      } });
      function show(next) {
        at = (next + pictures.length) % pictures.length;
        const { src, title, text } = pictures[at];
        fill(stage, h("img", { src, alt: title }),
          h("div", { class: "viewer-line" },
            pictures.length > 1 && button("", { icon: "left", label: t("viewer.before"), onclick: () => { show(at - 1); stage.focus(); } }),
            h("div", { "aria-live": "polite" }, h("b", null, title), text && h("p", { class: "muted" }, text)),
            pictures.length > 1 && button("", { icon: "right", label: t("viewer.after"), onclick: () => { show(at + 1); stage.focus(); } })));
      }
      show(at);
      return stage;
    },
  });
}
