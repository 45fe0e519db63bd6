// The parts that all views are made of. Each is a function that gives an element; looks are in style.css under the same names.
import { fill, h, newId } from "../lib/dom.mjs";
import { icon } from "./icons.mjs";

/**
 * button("Start", { icon: "play", kind: "primary", onclick })
 * kind: primary (one in a view), danger, quiet (no frame), or none; `label` is for buttons of which only the icon shows.
 */
export function button(text, { icon: name, kind = "", label, small, ...properties } = {}) {
  return h("button", { type: "button", class: ["button", kind, small && "small", !text && "only-icon"], "aria-label": label, title: text ? properties.title : label, ...properties }, name && icon(name), text && h("span", null, text));
}

/** A link that looks like a button. */
export const linkButton = (text, href, { icon: name, kind = "", ...properties } = {}) => h("a", { class: ["button", kind], href, ...properties }, name && icon(name), h("span", null, text));

/**
 * A control under its label, with a hint and a place for what is wrong.
 * field("Name", h("input", …), { hint: "…" }) -> an element with .fault(text | null)
 */
export function field(label, control, { hint, aside, wide } = {}) {
  control.id ||= newId("field");
  const hintId = hint && newId("hint"), faultId = newId("fault");
  const fault = h("p", { class: "fault", id: faultId, hidden: true });
  control.setAttribute("aria-describedby", [hintId, faultId].filter(Boolean).join(" "));
  const element = h("div", { class: ["field", wide && "wide"] },
    h("div", { class: "field-head" }, h("label", { for: control.id }, label), aside),
    control, hint && h("p", { class: "hint", id: hintId }, hint), fault);
  element.control = control;
  element.fault = text => {
    fill(fault, text);
    fault.hidden = !text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  return element;
}

export const input = properties => h("input", { type: "text", class: "input", autocomplete: "off", ...properties });

export const textarea = properties => h("textarea", { class: "input", rows: 3, spellcheck: "false", ...properties });

/** select([["value", "Text"], …], { value, onchange }) */
export const select = (choices, properties) => h("select", { class: "input", ...properties }, choices.map(([value, text]) => h("option", { value }, text)));

/** A switch with its label beside it. */
export function toggle(label, { checked = false, hint, ...properties } = {}) {
  const hintId = hint && newId("hint");
  const control = h("input", { type: "checkbox", role: "switch", class: "switch", checked, "aria-describedby": hintId, ...properties });
  const element = h("div", { class: "toggle" }, h("label", null, control, h("span", null, label)), hint && h("p", { class: "hint", id: hintId }, hint));
  element.control = control;
  return element;
}

/**
 * A slider with the number beside it, which can be typed as well.
 * slider("Weight", { value, min, max, step, oninput: number => … }) -> element with .value
 */
export function slider(label, { value, min = 0, max = 1, step = 0.05, hint, oninput, format = String } = {}) {
  const id = newId("slider");
  const range = h("input", { type: "range", id, class: "range", min, max, step, value, "aria-describedby": hint && `${id}-hint`, oninput: () => take(Number(range.value), true) });
  const box = h("input", { type: "number", class: "input number", min, max, step, value: format(value), "aria-label": label, onchange: () => take(Number(box.value), true) });
  function take(now, tell) {
    if (!Number.isFinite(now)) now = Number(range.value);
    range.value = now;
    box.value = format(now);
    range.style.setProperty("--part", `${100 * Math.min(1, Math.max(0, (now - min) / (max - min)))}%`);
    if (tell) oninput?.(now);
  }
  const element = h("div", { class: "slider" }, h("label", { for: id }, label), h("div", { class: "slider-row" }, range, box), hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
  Object.defineProperty(element, "value", { get: () => Number(box.value), set: now => take(now, false) });
  take(value, false);
  return element;
}

/** One of a few, all to be seen: choices("Purpose", [{ value, title, text }], { value, onchange }); `cards` shows the texts too. */
export function choices(label, all, { value, onchange, cards } = {}) {
  const name = newId("choice");
  return h("fieldset", { class: cards ? "choice-cards" : "segments" }, h("legend", { class: cards ? "" : "unseen" }, label), h("div", null, all.map(one =>
    h("label", null,
      h("input", { type: "radio", name, value: one.value, checked: one.value === value, onchange: () => onchange?.(one.value) }),
      h("span", null, h("b", null, one.title), cards && one.text && h("small", null, one.text))))));
}

/** kind: info, good, warning, error. It is read out when it appears if it is a warning or an error. */
export function banner(kind, text, { cure, action } = {}) {
  return h("div", { class: ["banner", kind], role: kind === "error" || kind === "warning" ? "alert" : "status" },
    icon(kind === "good" ? "check" : kind === "info" ? "info" : "warning"), h("div", null, h("p", null, text), cure && h("p", { class: "cure" }, cure)), action);
}

/** What stands where there is nothing yet: what it will be and what to do. */
export const empty = (name, title, text, ...actions) =>
  h("div", { class: "empty" }, h("div", { class: "empty-icon" }, icon(name)), h("h2", null, title), h("p", null, text), actions.length > 0 && h("div", { class: "actions" }, actions));

export const badge = (text, kind = "") => h("span", { class: ["badge", kind] }, text);

/** A bar; .set(fraction | null, text) moves it, null for "some time". */
export function progress(label, fraction = 0) {
  const bar = h("div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 }, h("div", { class: "bar-done" }));
  bar.set = (now, text) => {
    bar.classList.toggle("unknown", now === null);
    bar.firstChild.style.setProperty("width", `${100 * Math.min(1, now ?? 0)}%`);
    if (now === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", Math.round(100 * now));
    if (text) bar.setAttribute("aria-valuetext", text);
  };
  bar.set(fraction);
  return bar;
}

export const skeleton = lines => h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: lines }, () => h("div")));

export const card = (...children) => h("section", { class: "card" }, children);

/** A part that can be folded: fold("Memory", content, { open }) */
export const fold = (title, content, { open = false, ...properties } = {}) =>
  h("details", { class: "fold", open, ...properties }, h("summary", null, icon("right"), h("span", null, title)), h("div", { class: "fold-body" }, content));

/**
 * A button that opens a list of further actions: menu("More", [{ text, icon, onclick, kind }])
 * It is moved in with the arrow keys and left with Escape.
 */
export function menu(label, items, { icon: name = "more", text } = {}) {
  const list = h("div", { class: "menu-list", role: "menu", "aria-label": label, hidden: true });
  const opener = button(text ?? "", { icon: name, kind: "quiet", label: text ? undefined : label, "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => show(list.hidden) });
  const wrap = h("div", { class: "menu" }, opener, list);
  function show(open) {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) {
      const all = typeof items === "function" ? items() : items;
      list.replaceChildren(...all.filter(Boolean).map(item => h("button", { type: "button", role: "menuitem", class: item.kind ?? "", disabled: item.disabled, onclick: () => {
        show(false);
        opener.focus();
        item.onclick();
      } }, item.icon && icon(item.icon), h("span", null, item.text))));
      list.querySelector("button:not(:disabled)")?.focus();
    }
  }
  wrap.addEventListener("focusout", event => wrap.contains(event.relatedTarget) || show(false));
  wrap.addEventListener("keydown", event => {
    if (list.hidden) return;
    const all = [...list.querySelectorAll("button:not(:disabled)")], at = all.indexOf(event.target);
    if (event.key === "Escape") {
      event.stopPropagation();
      show(false);
      opener.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]?.focus();
    }
  });
  return wrap;
}
