// The tags of a data set, to filter by; and changes of many captions at once.
import { fill, h, newId } from "../../lib/dom.mjs";
import { t } from "../../lib/i18n.mjs";
import { button, card, choices, field, input } from "../../components/ui.mjs";

export function tagsPanel(editor) {
  const most = 40, list = h("div", { class: "chips" }), line = h("p", { class: "muted small-text" });
  let all = false;
  const element = card(h("div", { class: "row between" }, h("h2", null, t("tags.title")), button(t("tags.clear"), { small: true, kind: "quiet", onclick: () => {
    editor.wanted.clear();
    editor.filter();
    show();
  } })), line, list);

  function show() {
    line.textContent = editor.tags.length ? t("tags.hint") : t("tags.none");
    element.querySelector("button").hidden = !editor.wanted.size;
    const shown = all ? editor.tags : editor.tags.slice(0, most);
    fill(list, shown.map(({ tag, count }) => {
      const name = tag.toLocaleLowerCase();
      return h("button", { type: "button", class: "chip", "aria-pressed": String(editor.wanted.has(name)), onclick: () => {
        editor.wanted[editor.wanted.has(name) ? "delete" : "add"](name);
        editor.filter();
        show();
        list.querySelectorAll("button")[shown.findIndex(one => one.tag === tag)]?.focus();
      } }, h("span", null, tag), h("small", null, String(count)));
    }), !all && editor.tags.length > most && h("button", { type: "button", class: "chip", onclick: () => {
      all = true;
      show();
    } }, t("tags.all", { n: editor.tags.length })));
  }

  show();
  return { element, show };
}

export function bulkPanel(editor) {
  const id = newId("bulk");
  let action = "add";
  const text = field(t("bulk.add"), input({ placeholder: t("bulk.addHint") })), replacement = field(t("bulk.by"), input());
  const front = h("input", { type: "checkbox", class: "check", checked: true }), anywhere = h("input", { type: "checkbox", class: "check" });
  const frontLine = h("label", { class: "row" }, front, h("span", null, t("bulk.front"))), anywhereLine = h("label", { class: "row" }, anywhere, h("span", null, t("bulk.anywhere")));
  const go = button(t("do.apply"), { kind: "primary", onclick: () => apply() }), unmark = button(t("bulk.unmark"), { kind: "quiet", small: true, onclick: () => {
    editor.marked.clear();
    editor.filter();
  } });
  const meant = h("p", { class: "muted small-text", role: "status" });
  const element = h("form", { class: "card bulk", id, hidden: true, "aria-label": t("bulk.title"), onsubmit: event => {
    event.preventDefault();
    apply();
  } },
  choices(t("bulk.title"), ["add", "remove", "replace"].map(value => ({ value, title: t(`bulk.do.${value}`) })), { value: action, onchange: value => {
    action = value;
    show();
  } }),
  h("div", { class: "bulk-fields" }, text, replacement), h("div", { class: "row" }, frontLine, anywhereLine), h("div", { class: "row between" }, meant, h("div", { class: "actions" }, unmark, go)));
  const opener = button(t("bulk.open"), { icon: "edit", "aria-expanded": "false", "aria-controls": id, onclick: () => {
    element.hidden = !element.hidden;
    opener.setAttribute("aria-expanded", String(!element.hidden));
    if (!element.hidden) text.control.focus();
  } });

  function show() {
    text.querySelector("label").textContent = t(`bulk.${action}`);
    text.control.placeholder = t(`bulk.${action}Hint`);
    replacement.hidden = action !== "replace";
    frontLine.hidden = action !== "add";
    anywhereLine.hidden = action === "add";
    unmark.hidden = !editor.marked.size;
    const names = editor.meant;
    meant.textContent = names ? t(editor.marked.size ? "bulk.marked" : "bulk.found", { n: names.length }) : t("bulk.everything", { n: editor.pictures.length });
  }

  async function apply() {
    text.fault(text.control.value.trim() ? null : t("errors.saySomething"));
    if (!text.control.value.trim()) return text.control.focus();
    await editor.saveAll();
    const report = await editor.view.doing(go, () => editor.api.post(`datasets/${editor.id}/caption-edits`, {
      action, text: text.control.value, pictures: editor.meant, position: front.checked ? "front" : "back", match: action !== "add" && anywhere.checked ? "text" : "tag", replacement: action === "replace" ? replacement.control.value : null,
    }));
    if (!report) return undefined;
    editor.app.toast(t("bulk.done", { n: report.changed }), { kind: report.changed ? "good" : "info", action: report.changed ? { text: t("do.undo"), onclick: () => editor.step("undo") } : undefined });
    await editor.refresh();
    return editor.doctor.again();
  }

  return { element, opener, show };
}
