// Texts by their keys. A language is a file in texts/; what it lacks is said in English.
import { memory } from "./store.mjs";

/** The languages there are: add a file to texts/ and a line here. */
export const languages = { en: "English", "zh-CN": "简体中文" };

const folder = new URL("../texts/", import.meta.url);
let texts = {}, english = null, plural = new Intl.PluralRules("en");

/** Tells "change" when texts have come that were missing before. */
export const late = new EventTarget();

/** The language in use, as in the lang attribute. */
export let language = "en";

/** The language that a browser or a WebUI asks for, among those there are. */
export function nearest(wanted) {
  for (const tag of wanted.filter(Boolean)) {
    const short = tag.toLowerCase().split(/[-_]/)[0];
    const found = Object.keys(languages).find(one => one.toLowerCase() === tag.toLowerCase().replace("_", "-")) ?? Object.keys(languages).find(one => one.split("-")[0] === short);
    if (found) return found;
  }
  return "en";
}

/** The user's own choice, what the page is asked for, the browser's languages. */
export const wanted = asked => memory.get("language") ?? nearest([asked, ...navigator.languages]);

export async function useLanguage(name) {
  texts = await read(name);
  english = name === "en" ? texts : null;
  language = name;
  plural = new Intl.PluralRules(name);
}

const known = new Map();

/** A language's texts by their keys; asked for once, unless that failed. */
export function read(name) {
  if (!known.has(name)) known.set(name, fetch(new URL(`${name}.json`, folder)).then(async answer => flat(await answer.json())).catch(error => {
    known.delete(name);
    throw error;
  }));
  return known.get(name);
}

// { train: { title: "…", pictures: { one: "…", other: "…" } } } -> "train.title", "train.pictures"
function flat(tree, prefix = "", into = {}) {
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === "string" || value.other) into[prefix + name] = value;
    else flat(value, `${prefix}${name}.`, into);
  }
  return into;
}

/** t("pictures.count", { n: 3 }): the text with its {names} filled in; a text with forms is chosen by n. */
export function t(key, values = {}) {
  let text = texts[key] ?? english?.[key];
  if (text === undefined) {
    lack();
    return key;
  }
  if (typeof text !== "string") text = text[plural.select(values.n ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] === undefined ? all : typeof values[name] === "number" ? number(values[name]) : values[name]);
}

// a language that is not whole: English is fetched once, and the page is drawn again
async function lack() {
  if (english) return;
  english = {};
  english = await read("en");
  late.dispatchEvent(new Event("change"));
}

/** Whether there is a text. */
export const has = key => texts[key] !== undefined || english?.[key] !== undefined;

/** What an engine's stage ("sampling", "step 3 of 60") is called here, or its own words. */
export function stageIn(stage) {
  const [, step, steps] = /^step (\d+) of (\d+)$/.exec(stage) ?? [];
  if (steps) return t("stage.step", { step: Number(step), steps: Number(steps) });
  const key = `stage.${stage.replace(/ (\w)/g, (_, sign) => sign.toUpperCase())}`;
  return has(key) ? t(key) : stage;
}

/** A number as this language writes it. */
export const number = (value, options = { maximumFractionDigits: 2 }) => new Intl.NumberFormat(language, options).format(value);

/** "7 min", "1 h 20 min": seconds for people, to two parts. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !isFinite(seconds)) return "–";
  const all = Math.max(0, Math.round(seconds)), parts = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const first = parts.findIndex(([, size]) => all >= size);
  if (first < 0) return unit(0, "second");
  const [name, size] = parts[first], [next, nextSize] = parts[first + 1] ?? [];
  const rest = next && all < size * 10 ? Math.floor((all % size) / nextSize) : 0;
  return rest ? `${unit(Math.floor(all / size), name)} ${unit(rest, next)}` : unit(Math.floor(all / size), name);
}

const unit = (value, name) => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: 0 }).format(value);

/** "3.4 GB" */
export function bytes(value) {
  if (value === null || value === undefined) return "–";
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return new Intl.NumberFormat(language, { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: value / 1000 ** power < 10 && power ? 1 : 0 }).format(value / 1000 ** power);
}

/** "5 minutes ago" */
export function ago(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const [name, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(name === "second" ? 0 : Math.round(seconds / size), name);
}

/** "22 Nov, 19:04" */
export const moment = time => new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }).format(new Date(time));
