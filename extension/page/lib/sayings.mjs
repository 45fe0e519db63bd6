// The server's English in the page's language: texts/server/<language>.json leads from its sentences to ours ({} stands for a value, {1} is the first of
// them), texts/settings/<language>.json says what the settings do. A file is fetched once something of it is shown; what it lacks stays English.
import { language } from "./i18n.mjs";

const folder = new URL("../texts/", import.meta.url), files = new Map();

function file(kind) {
  const name = `${kind}/${language}.json`;
  if (!files.has(name)) files.set(name, fetch(new URL(name, folder)).then(answer => answer.ok ? answer.json() : {}).catch(() => {
    files.delete(name);                                                        // the server may be away; the next asks again
    return {};
  }));
  return files.get(name);
}

const books = new Map();

async function book(kind) {
  const entries = await file(kind);
  if (!books.has(entries)) books.set(entries, read(entries));
  return books.get(entries);
}

/** A sentence of the server's in this language. */
export const inOurs = async text => (await book("server"))(text);

/** The server's schema of settings in this language. */
export async function worded(schema) {
  const { groups = {}, settings = {}, ranges = {} } = await file("settings"), range = read(ranges);
  return { ...schema, groups: schema.groups.map(group => ({
    ...group, meaning: groups[group.name] ?? group.meaning,
    settings: group.settings.map(setting => {
      const { choices = {}, ...words } = settings[setting.path] ?? {};
      return { ...setting, ...words, range: setting.range && range(setting.range), choices: setting.choices?.map(choice => {
        const [title = choice.title, meaning = choice.meaning] = choices[choice.name] ?? [];
        return { ...choice, title, meaning };
      }) };
    }),
  })) };
}

// { "There is no '{}'.": "没有“{1}”。" } -> text => text: the whole if it is known, else its sentences one by one
function read(entries) {
  // a value does not go on into the next sentence; in the file's order, where the narrower stands first
  const patterns = Object.entries(entries).filter(([key]) => key.includes("{}")).map(([key, ours]) => [new RegExp(`^${key.split("{}").map(escape).join("((?:(?![.!?] [A-Z]).)+?)")}$`, "s"), ours]);
  const one = text => {
    if (Object.hasOwn(entries, text)) return entries[text];
    for (const [pattern, ours] of patterns) {
      const values = pattern.exec(text);
      if (values) return ours.replace(/\{(\d)\}/g, (all, n) => whole(values[n]));
    }
    return undefined;
  };
  const join = parts => parts.reduce((all, part) => `${all}${!all || /[。！？：]$/.test(all) ? "" : " "}${part}`, "");
  const whole = text => text.split("\n").map(line => one(line) ?? join(line.split(/(?<=[.!?])\s+(?=[A-Z'"\d])/).map(part => one(part) ?? part))).join("\n");
  return whole;
}

const escape = text => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
