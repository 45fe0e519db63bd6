// The fields of a picture that is to be drawn: prompts, size, sampler and the rest, by the names of the server's recipes.
import { h, fill } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { button, field, fold, input, select, slider, textarea } from "./ui.mjs";

/** What is drawn where nothing else was said; its size is that of the model (`sizeOf`). */
export const usual = { prompt: "", negativePrompt: "", width: 512, height: 512, steps: 20, sampler: "Euler a", scheduler: null, guidanceScale: 7, seed: null, clipSkip: 1, model: null };

/** The choices that forms offer, asked for once. */
export const choicesOf = app => app.choices ??= app.api.get("choices").catch(error => {
  app.choices = null;
  throw error;
});

/** The size that a model was made for, by its title or its path; without one that of the model in use. */
export const sizeOf = ({ checkpoints }, model = null) => (checkpoints.find(one => model ? one.title === model || one.path === model : one.isChosen) ?? checkpoints[0])?.defaultSize ?? { width: 512, height: 512 };

/**
 * pictureFields({ value, choices, onchange: (name, value) => …, without: ["seed"] }) -> { prompts, more, show(values), prompt }
 * `prompts` are the two prompts, `more` all else; both are to be put into the page.
 */
export function pictureFields({ value, choices, onchange, without = [], rows = 3 }) {
  const shows = {};
  let model = value.model;
  const tell = (name, now) => {
    onchange(name, now);
    if (name !== "model") return;
    // a size that nobody chose goes with the model
    const [before, after] = [sizeOf(choices, model), sizeOf(choices, now)];
    model = now;
    if (Number(element("width")) !== before.width || Number(element("height")) !== before.height) return;
    for (const side of ["width", "height"]) {
      shows[side](after[side]);
      onchange(side, after[side]);
    }
  };
  const text = (name, lines) => {
    const control = textarea({ rows: lines, value: value[name], oninput: () => tell(name, control.value) });
    shows[name] = now => control.value = now ?? "";
    return field(t(`picture.${name}`), control);
  };
  const list = (name, all) => {
    const control = select(all, { value: value[name] ?? "", onchange: () => tell(name, control.value || null) });
    shows[name] = now => {
      if (now && ![...control.options].some(option => option.value === now)) control.append(h("option", { value: now }, now));
      control.value = now ?? "";
    };
    shows[name](value[name]);
    return field(t(`picture.${name}`), control);
  };
  const bar = (name, options) => {
    const control = slider(t(`picture.${name}`), { value: value[name], oninput: now => tell(name, now), ...options });
    shows[name] = now => control.value = now;
    return control;
  };
  const pixels = name => {
    const control = input({ type: "number", min: 64, max: 4096, step: 8, inputmode: "numeric", value: value[name], onchange: () => {
      control.value = Math.min(4096, Math.max(64, Math.round(Number(control.value || sizeOf(choices, model)[name]) / 8) * 8));
      tell(name, Number(control.value));
    } });
    shows[name] = now => control.value = now;
    return field(t(`picture.${name}`), control);
  };
  const size = () => h("div", { class: "size" }, pixels("width"), button("", { icon: "swap", kind: "quiet", label: t("picture.swap"), onclick: () => {
    const [width, height] = [Number(element("height")), Number(element("width"))];
    for (const [name, now] of [["width", width], ["height", height]]) {
      shows[name](now);
      tell(name, now);
    }
  } }), pixels("height"));
  const element = name => sizes.querySelectorAll("input")[name === "width" ? 0 : 1].value;
  const sizes = size();
  const seed = () => {
    const control = input({ inputmode: "numeric", value: value.seed ?? "", placeholder: t("picture.random"), onchange: () => {
      const number = Number(control.value.trim()), good = control.value.trim() !== "" && Number.isInteger(number) && number >= 0 && number <= 4294967295;
      if (!good) control.value = "";
      tell("seed", good ? number : null);
    } });
    shows.seed = now => control.value = now ?? "";
    return field(t("picture.seed"), h("div", { class: "with-button" }, control, button("", { icon: "dice", kind: "quiet", label: t("picture.random"), onclick: () => {
      control.value = "";
      tell("seed", null);
    } })), {});
  };
  const seedField = without.includes("seed") ? null : seed();
  if (seedField) {
    // the label belongs to the box, not to what holds it
    const box = seedField.querySelector("input");
    box.id = seedField.control.id;
    box.setAttribute("aria-describedby", seedField.control.getAttribute("aria-describedby"));
    seedField.control.removeAttribute("id");
    seedField.control.removeAttribute("aria-describedby");
  }
  const prompts = h("div", { class: "stack" }, text("prompt", rows), text("negativePrompt", 2));
  const checkpoints = choices.checkpoints ?? [];
  const more = h("div", { class: "stack" }, sizes, bar("steps", { min: 1, max: 60, step: 1 }), bar("guidanceScale", { min: 1, max: 20, step: 0.5 }),
    h("div", { class: "pair" }, seedField, list("sampler", choices.samplers.map(name => [name, name]))),
    fold(t("picture.more"), h("div", { class: "stack" },
      h("div", { class: "pair" }, list("scheduler", [["", t("picture.automatic")], ...choices.schedulers.filter(name => name !== "Automatic").map(name => [name, name])]), bar("clipSkip", { min: 1, max: 12, step: 1 })),
      !without.includes("model") && list("model", [["", t("picture.modelInUse", { name: checkpoints.find(one => one.isChosen)?.name ?? "–" })], ...checkpoints.map(one => [one.title, one.name])]))));
  return {
    prompts, more,
    prompt: prompts.querySelector("textarea"),
    show: values => Object.entries(values).forEach(([name, now]) => shows[name]?.(now)),
  };
}

/** A line that says what is being done, with a bar; .say(fraction | null, words) */
export function workLine(bar) {
  const words = h("p", { class: "small-text muted", role: "status" });
  const element = h("div", { class: "work", hidden: true }, words, bar);
  element.say = (fraction, text) => {
    element.hidden = false;
    bar.set(fraction, text);
    if (words.textContent !== text) fill(words, text);
  };
  return element;
}
