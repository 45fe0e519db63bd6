// A table of pictures with heads on two sides, of which some can be picked to be looked at side by side.
import { h, fill } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { Compare } from "./compare.mjs";
import { showPictures } from "./viewer.mjs";

/**
 * pictureTable({ label, columns: ["0.6", …], rows: ["cat-000002", …], corner, cells: [{ src, label, text }] row by row; null where there is none yet,
 * onpick: cells => … }) -> an element with .picked, the cells that were picked, two at most; the last one that was picked stands last.
 * Arrow keys move between pictures.
 */
export function pictureTable({ label, columns, rows, corner = "", cells, picked = [], onpick }) {
  const buttons = cells.map((cell, i) => cell && h("button", { type: "button", class: "cell", tabindex: i ? -1 : 0, "aria-pressed": "false", "aria-label": cell.label, onclick: () => pick(cell), onfocus: () => rove(i) },
    h("img", { src: cell.src, alt: "", loading: "lazy", decoding: "async" })));
  const rove = to => buttons.forEach((button, i) => button && (button.tabIndex = i === to ? 0 : -1));
  const element = h("div", { class: "sheet", role: "group", "aria-label": label, onkeydown: event => {
    const at = buttons.indexOf(event.target), step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns.length, ArrowUp: -columns.length }[event.key];
    if (at < 0 || !step || !buttons[at + step]) return;
    event.preventDefault();
    buttons[at + step].focus();
  } }, h("table", null,
    h("thead", null, h("tr", null, h("th", { scope: "col" }, h("span", { class: corner ? "" : "unseen" }, corner || label)), columns.map(text => h("th", { scope: "col" }, text)))),
    h("tbody", null, rows.map((row, y) => h("tr", null, h("th", { scope: "row" }, row), columns.map((_, x) => h("td", null, buttons[y * columns.length + x] ?? h("div", { class: "cell" }))))))));
  element.picked = picked.filter(cell => cells.includes(cell));
  function mark() {
    cells.forEach((cell, i) => {
      if (cell) buttons[i].setAttribute("aria-pressed", String(element.picked.includes(cell)));
    });
  }
  function pick(cell) {
    element.picked = element.picked.includes(cell) ? element.picked.filter(one => one !== cell) : [...element.picked.slice(-1), cell];
    mark();
    onpick?.(element.picked);
  }
  mark();
  return element;
}

/** What is picked, large: nothing, one picture, or two under a handle. */
export function pickedPictures(app, element, picked, hint) {
  if (!picked.length) return fill(element, h("p", { class: "muted" }, hint));
  if (picked.length === 1) {
    const [one] = picked;
    return fill(element, h("button", { type: "button", class: "cell large", "aria-label": t("picture.enlarge", { name: one.label }), onclick: () => showPictures(app.layer, [{ src: one.src, title: one.label, text: one.text }]) }, h("img", { src: one.src, alt: "" })),
      h("p", { class: "small-text muted" }, one.label));
  }
  const [left, right] = picked;
  return fill(element, Compare.of({ left: { src: left.src, label: left.label }, right: { src: right.src, label: right.label } }));
}
