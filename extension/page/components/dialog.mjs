// Dialogs, in the browser's own element: it keeps the focus, closes with Escape and gives the focus back.
import { h, newId } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { button } from "./ui.mjs";

/**
 * Shows a dialog and gives what it was closed with; null where it was only closed.
 * dialog(parent, { title, body: close => element, actions: close => [buttons], wide })
 */
export function dialog(parent, { title, body, actions, wide }) {
  return new Promise(resolve => {
    const id = newId("dialog");
    let result = null;
    const close = value => {
      result = value ?? null;
      element.close();
    };
    const element = h("dialog", { class: ["dialog", wide && "wide"], "aria-labelledby": id, onclose: () => {
      element.remove();
      resolve(result);
    }, onclick: event => event.target === element && close(null) },
    h("form", { method: "dialog", novalidate: true, onsubmit: event => {
      event.preventDefault();
      event.target.querySelector(".primary, .danger")?.click();
    } },
    h("header", null, h("h2", { id }, title), button("", { icon: "close", kind: "quiet", label: t("do.close"), onclick: () => close(null) })),
    h("div", { class: "dialog-body" }, body(close)), actions && h("footer", null, actions(close))));
    parent.append(element);
    element.showModal();
    (element.querySelector("[autofocus]") ?? element.querySelector(".dialog-body :is(input, select, textarea)") ?? element.querySelector("footer button"))?.focus();
  });
}

/** Asks before something that cannot be taken back. */
export const confirm = async (parent, { title, text, yes, kind = "danger" }) => await dialog(parent, {
  title,
  body: () => h("p", null, text),
  actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(yes, { kind, onclick: () => close(true) })],
}) === true;

/** Asks for one line. */
export const ask = (parent, { title, label, value = "", yes, hint, check = () => null }) => dialog(parent, {
  title,
  body: () => {
    const line = h("input", { type: "text", class: "input", id: newId("ask"), value, autofocus: true, autocomplete: "off" });
    return h("div", { class: "field" }, h("label", { for: line.id }, label), line, hint && h("p", { class: "hint" }, hint), h("p", { class: "fault", role: "alert", hidden: true }));
  },
  actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(yes, { kind: "primary", onclick: event => {
    const form = event.target.closest("form"), text = form.querySelector("input").value.trim(), fault = text ? check(text) : t("errors.saySomething");
    form.querySelector(".fault").hidden = !fault;
    form.querySelector(".fault").textContent = fault ?? "";
    if (!fault) close(text);
  } })],
});
