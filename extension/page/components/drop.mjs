// A place to drop files and folders on, which is a button too.
import { h } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { button } from "./ui.mjs";
import { icon } from "./icons.mjs";

/**
 * dropZone({ title, text, accept, onfiles: [{ name, file }] => …, folders: true, small }) -> element
 * Names are paths below what was dropped, with forward slashes.
 */
export function dropZone({ title, text, accept, onfiles, folders = false, small = false }) {
  const take = files => files.length && onfiles(files);
  const picker = more => h("input", { type: "file", multiple: true, accept, hidden: true, ...more, onchange: event => {
    take([...event.target.files].map(file => ({ name: file.webkitRelativePath || file.name, file })));
    event.target.value = "";
  } });
  const files = picker({ class: "pick-files" }), folder = folders && picker({ webkitdirectory: true, accept: null, class: "pick-folder" });
  const zone = h("div", { class: ["drop", small && "small"] }, h("div", { class: "empty-icon" }, icon("upload")), h("div", null, h("b", null, title), text && h("p", { class: "muted small-text" }, text)),
    h("div", { class: "actions" }, button(t("drop.files"), { icon: "plus", kind: small ? "" : "primary", onclick: () => files.click() }), folder && button(t("drop.folder"), { icon: "folder", onclick: () => folder.click() })), files, folder);
  catchDrops(zone, take);
  return zone;
}

/** Lets an element take what is dropped anywhere on it. */
export function catchDrops(element, take, { signal } = {}) {
  let inside = 0;
  const has = event => event.dataTransfer?.types.includes("Files");
  const over = on => element.classList.toggle("over", on);
  element.addEventListener("dragenter", event => has(event) && (event.preventDefault(), inside++, over(true)), { signal });
  element.addEventListener("dragleave", event => has(event) && --inside <= 0 && (inside = 0, over(false)), { signal });
  element.addEventListener("dragover", event => has(event) && event.preventDefault(), { signal });
  element.addEventListener("drop", async event => {
    if (!has(event)) return;
    event.preventDefault();
    event.stopPropagation();
    inside = 0;
    over(false);
    take(await filesOf(event.dataTransfer));
  }, { signal });
}

/** All files of a drop, those in folders too. */
async function filesOf(transfer) {
  // asked for at once: a drop's list is empty after the first wait
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map(file => ({ name: file.name, file }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  // a reader gives some hundred at a time
  for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length;) for (const one of some) await walk(one, found);
}
