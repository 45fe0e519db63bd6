// Controls drawn from the server's schema of settings (GET training/schema): one field a setting, with its default, its range,
// its effect in a sentence and its consequence.
import { fill, h, newId } from "../lib/dom.mjs";
import { language, t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { badge, button, input, select, textarea } from "./ui.mjs";

/**
 * settingField(setting, { value, base: () => value, onchange: value | undefined => … })
 * `value` undefined is the base's (what a preset says) or else the default's; null is none, which clearing a control gives where none is allowed.
 * The element has .fault(text) and .show(value).
 */
export function settingField(setting, { value, base = () => undefined, onchange }) {
  const id = newId("setting"), control = controlOf(setting, id, now => {
    if (now === undefined) element.show(now);
    else mark(now);
    onchange(now);
  });
  const fault = h("p", { class: "fault", id: `${id}-fault`, hidden: true });
  const state = h("span");
  const back = button("", { icon: "undo", kind: "quiet", small: true, label: t("setting.reset", { name: setting.title }), onclick: () => {
    element.show(undefined);
    onchange(undefined);
    control.focus();
  } });
  const element = h("div", { class: ["setting", `level-${setting.level}`], dataset: { path: setting.path } },
    h("div", { class: "setting-head" }, h("label", { for: id }, setting.title), state, back),
    h("div", { class: "setting-control" }, control),
    h("p", { class: "hint", id: `${id}-hint` }, setting.effect, setting.consequence && h("span", { class: "consequence" }, " ", setting.consequence)),
    h("p", { class: "small-text muted" }, t("setting.default", { value: inWords(setting, setting.default) }), setting.range && ` · ${setting.range}`, " · ", h("code", null, setting.path)), fault);
  control.setAttribute("aria-describedby", `${id}-hint ${id}-fault`);
  function mark(now) {
    const own = now !== undefined;
    back.hidden = !own;
    state.replaceChildren(...own ? [badge(t("setting.changed"), "accent")] : base() !== undefined ? [badge(t("setting.preset"))] : []);
  }
  element.show = now => {
    control.put([now, base(), setting.default].find(one => one !== undefined));
    mark(now);
  };
  element.fault = text => {
    fill(fault, said(text));
    fault.hidden = !text;
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  };
  element.show(value);
  return element;
}

// each control has .put(value), which shows one, and calls tell(value | undefined) when the user changed it
function controlOf(setting, id, tell) {
  const { kind } = setting, nothing = setting.optional ? null : undefined;
  if (kind === "boolean") {
    const control = h("input", { type: "checkbox", role: "switch", class: "switch", id, onchange: () => tell(control.checked) });
    control.put = value => control.checked = value === true;
    return control;
  }
  const allowed = setting.choices?.map(choice => [choice.name, choice.title ?? choice.name]) ?? setting.allowed?.map(value => [String(value), String(value)]);
  if (allowed && kind !== "list") {
    const control = select([...setting.optional ? [["", t("setting.none")]] : [], ...allowed], { id, onchange: () => tell(control.value === "" ? nothing : fromText(control.value, kind)) });
    control.put = value => control.value = value ?? "";
    return control;
  }
  if (kind === "list" || kind === "table") {
    const isText = kind === "list";
    const control = textarea({ id, rows: 2, placeholder: isText ? t("setting.lines") : "{ }", class: ["input", !isText && "code"], onchange: () => {
      const text = control.value.trim();
      try {
        tell(text === "" ? nothing : isText ? text.split("\n").map(line => fromText(line.trim(), setting.element)).filter(line => line !== "") : JSON.parse(text));
      } catch {
        tell(text);                                                            // the server says what is wrong with it
      }
    } });
    control.put = value => control.value = value === null || value === undefined ? "" : isText && Array.isArray(value) ? value.join("\n") : Object.keys(value).length ? JSON.stringify(value) : "";
    return control;
  }
  const isNumber = kind === "integer" || kind === "number";
  const control = input({ id, type: "text", inputmode: isNumber ? "decimal" : null, placeholder: setting.optional ? t("setting.none") : null, onchange: () => tell(control.value.trim() === "" ? nothing : fromText(control.value.trim(), kind)) });
  control.put = value => control.value = value ?? "";
  return control;
}

/** A number where a number is wanted and can be read; else the text, about which the server says what is wrong. */
const fromText = (text, kind) => kind === "boolean" ? text === "true" : (kind === "integer" || kind === "number" || kind === "steps") && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

function inWords(setting, value) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return t("setting.none");
  if (typeof value === "boolean") return t(value ? "setting.on" : "setting.off");
  if (setting.choices) return setting.choices.find(choice => choice.name === value)?.title ?? String(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Whether a setting is meant by what was typed into a search box: its name, its words elsewhere, what it does. */
export function isFound(setting, search) {
  const text = `${setting.path} ${setting.title} ${setting.effect} ${setting.consequence ?? ""} ${(setting.words ?? []).join(" ")}`.toLocaleLowerCase(language);
  return search.toLocaleLowerCase(language).split(/\s+/).every(word => text.includes(word));
}
