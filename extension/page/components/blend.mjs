// One adapter of a blend: its weight, and on demand the split between text and picture, its blocks, its part of the run.
import { h, fill } from "../lib/dom.mjs";
import { number, t } from "../lib/i18n.mjs";
import { button, choices, fold, select, slider, textarea, toggle } from "./ui.mjs";

/** BASE (the text encoder), IN00 to IN11, M00, OUT00 to OUT11: what a list of 26 block weights stands for. */
const blockNames = ["BASE", ...Array.from({ length: 12 }, (_, i) => `IN${String(i).padStart(2, "0")}`), "M00", ...Array.from({ length: 12 }, (_, i) => `OUT${String(i).padStart(2, "0")}`)];
const parts = [["blend.blockText", 0, 1], ["blend.blockIn", 1, 13], ["blend.blockMiddle", 13, 14], ["blend.blockOut", 14, 26]];
const presets = ["ALL", "INS", "IND", "INALL", "MIDD", "OUTD", "OUTS", "OUTALL"];

/** Block weights as 26 numbers; null where the text is something else (a preset, names). */
function numbersOf(text) {
  if (!text) return blockNames.map(() => 1);
  const all = text.split(",").map(Number);
  return all.length === 26 && all.every(Number.isFinite) ? all : null;
}

/**
 * blendRow(adapter, { title, picture, onchange, onremove }) -> element; `adapter` is that of the recipe and is changed in place.
 * What is not the usual is open at the beginning.
 */
export function blendRow(adapter, { picture, onchange, onremove }) {
  const weight = slider(t("blend.weight"), { value: adapter.weight, min: -1, max: 2, step: 0.05, oninput: now => {
    adapter.weight = now;
    onchange();
  } });
  const split = toggle(t("blend.split"), { checked: adapter.textWeight !== null && adapter.textWeight !== undefined, hint: t("blend.splitHint"), onchange: event => {
    adapter.textWeight = event.target.checked ? adapter.weight : null;
    text.value = adapter.weight;
    text.hidden = !event.target.checked;
    onchange();
  } });
  const text = slider(t("blend.textWeight"), { value: adapter.textWeight ?? adapter.weight, min: -1, max: 2, step: 0.05, oninput: now => {
    adapter.textWeight = now;
    onchange();
  } });
  text.hidden = adapter.textWeight === null || adapter.textWeight === undefined;
  const run = name => slider(t(`blend.${name}`), { value: adapter[name] ?? (name === "stop" ? 1 : 0), min: 0, max: 1, step: 0.05, oninput: now => {
    adapter[name] = now;
    const other = name === "start" ? "stop" : "start";
    if (adapter.start >= adapter.stop) {
      adapter[other] = name === "start" ? Math.min(1, now + 0.05) : Math.max(0, now - 0.05);
      if (adapter.start >= adapter.stop) adapter[name] = name === "start" ? 0.95 : 0.05;
      times.start.value = adapter.start;
      times.stop.value = adapter.stop;
    }
    onchange();
  } });
  const times = { start: run("start"), stop: run("stop") };
  const on = h("input", { type: "checkbox", role: "switch", class: "switch", checked: adapter.enabled !== false, "aria-label": t("blend.enabled", { name: adapter.name }), onchange: () => {
    adapter.enabled = on.checked;
    element.classList.toggle("off", !on.checked);
    onchange();
  } });
  const isUnusual = !text.hidden || adapter.blocks || adapter.start > 0 || adapter.stop < 1;
  const element = h("li", { class: ["blend-row", adapter.enabled === false && "off"] },
    h("div", { class: "blend-head" }, picture, h("b", null, adapter.name), on, button("", { icon: "close", kind: "quiet", small: true, label: t("blend.remove", { name: adapter.name }), onclick: onremove })),
    weight, fold(t("blend.more"), h("div", { class: "stack" }, split, text, h("div", { class: "pair" }, times.start, times.stop), blockPart(adapter, onchange)), { open: Boolean(isUnusual) }));
  return element;
}

/** Sliders for the parts of the network, then for every block, then the text that says the same. */
function blockPart(adapter, onchange) {
  const box = textarea({ rows: 2, class: ["input", "code"], value: adapter.blocks ?? "", "aria-label": t("blend.blocksText"), placeholder: "in*0.5,mid*0", onchange: () => put(box.value.trim() || null, "box") });
  const chosen = select([["", t("blend.blocksOwn")], ...presets.map(name => [name, t(`blend.preset${name}`)])], { "aria-label": t("blend.blocksPreset"), onchange: () => chosen.value && put(chosen.value === "ALL" ? null : chosen.value) });
  const wide = h("div", { class: "stack tight" }), single = h("div", { class: "blocks" });
  let each = false;
  const kinds = choices(t("blend.blocksWhich"), [{ value: "parts", title: t("blend.blocksParts") }, { value: "each", title: t("blend.blocksEach") }], { value: "parts", onchange: value => {
    each = value === "each";
    wide.hidden = each;
    single.hidden = !each;
    draw();
  } });
  single.hidden = true;
  function put(text, from) {
    adapter.blocks = text;
    if (from !== "box") box.value = text ?? "";
    if (from !== "slider") draw();
    chosen.value = !text ? "ALL" : presets.includes(text) ? text : "";
    onchange();
  }
  const set = (all, first, last, now) => {
    for (let i = first; i < last; i++) all[i] = now;
    put(all.every(one => one === 1) ? null : all.map(one => Math.round(one * 100) / 100).join(","), "slider");
  };
  function draw() {
    const all = numbersOf(adapter.blocks);
    if (!all) return [wide, single].forEach(place => fill(place, h("p", { class: "hint" }, t("blend.blocksElsewhere"))));
    if (each) fill(single, blockNames.map((name, i) => {
      const words = h("output", { class: "number" }, number(all[i]));
      return h("label", { title: name }, h("input", { type: "range", min: 0, max: 1.5, step: 0.05, value: all[i], "aria-label": t("blend.block", { name }), oninput: event => {
        fill(words, number(Number(event.target.value)));
        set(all, i, i + 1, Number(event.target.value));
      } }), words, h("span", null, name));
    }));
    else fill(wide, parts.map(([key, first, last]) => slider(t(key), { value: all.slice(first, last).reduce((sum, one) => sum + one, 0) / (last - first), min: 0, max: 1.5, step: 0.05, format: value => String(Math.round(value * 100) / 100), oninput: now => set(all, first, last, now) })));
  }
  draw();
  chosen.value = !adapter.blocks ? "ALL" : presets.includes(adapter.blocks) ? adapter.blocks : "";
  return fold(t("blend.blocks"), h("div", { class: "stack" }, h("p", { class: "hint" }, t("blend.blocksHint")), h("div", { class: "row between" }, kinds, h("div", { class: "preset" }, chosen)), wide, single, box), { open: Boolean(adapter.blocks) });
}

/** An adapter as recipes have it. */
export const newBlendAdapter = (name, weight = 1) => ({ name, weight, textWeight: null, enabled: true, blocks: null, start: 0, stop: 1 });
