// Adapters in forms: a search that adds one, the small picture of one, the tag by which a prompt names it.
import { h, fill, newId, debounce } from "../lib/dom.mjs";
import { t, number } from "../lib/i18n.mjs";
import { icon } from "./icons.mjs";

/** `<lora:name:0.8>` */
export const tagOf = (name, weight = 1) => `<lora:${name}:${Math.round(weight * 1000) / 1000}>`;

/** The weight to begin with: what its owner noted, or 1. */
export const startWeight = adapter => adapter.card?.preferredWeight || 1;

/** The picture beside an adapter, or its first letter. */
export const thumb = (api, adapter, { large } = {}) => h("div", { class: ["thumb", large && "large"] }, adapter.preview
  ? h("img", { src: api.url(adapter.preview, { at: Date.parse(adapter.modifiedAt) + (adapter.shown ?? 0) }), alt: "", loading: "lazy", decoding: "async" })
  : letter(adapter.name));

/** What stands for one without a picture: its first letter, in a colour that its name always has. */
export const letter = name => h("span", { "aria-hidden": "true", style: { "--tint": `var(--series-${1 + [...name].reduce((sum, sign) => sum + sign.codePointAt(0), 0) % 5})` } }, [...name][0]?.toUpperCase());

/** What a list says of one: "SD 1.5 · rank 16" */
export const factsOf = adapter => [families[adapter.family] ?? null, adapter.maxRank > 0 && t("adapters.rank", { n: adapter.minRank === adapter.maxRank ? number(adapter.maxRank) : `${adapter.minRank}–${adapter.maxRank}` })].filter(Boolean).join(" · ");

export const families = { StableDiffusion1: "SD 1.5", StableDiffusion2: "SD 2", StableDiffusionXL: "SDXL" };

/**
 * A box to search adapters in, with what is found below it: adapterSearch(view, { label, onpick: adapter => … })
 * Arrow keys move in the list, Enter takes one, Escape closes it.
 */
export function adapterSearch(view, { label, onpick, exclude = () => false }) {
  const list = h("ul", { class: "found", role: "listbox", id: newId("found"), "aria-label": t("adapters.title"), hidden: true });
  const box = h("input", { type: "text", class: "input", id: newId("search"), role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: label, "aria-label": label, "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" });
  const words = h("span", { class: "unseen", role: "status" });
  const element = h("div", { class: "searchbox finder" }, icon("search"), box, list, words);
  let found = [], at = -1;

  const close = () => {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const take = adapter => {
    box.value = "";
    close();
    onpick(adapter);
  };
  const move = to => {
    at = found.length ? (to + found.length) % found.length : -1;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    const item = list.children[at];
    if (item) box.setAttribute("aria-activedescendant", item.id);
    item?.scrollIntoView({ block: "nearest" });
  };
  const look = async () => {
    try {
      const { adapters } = await view.api.get("adapters", { query: { search: box.value.trim(), limit: 30 }, signal: view.signal });
      if (element.getRootNode().activeElement !== box) return;
      found = adapters.filter(adapter => !adapter.problem && !exclude(adapter)).slice(0, 12);
      fill(list, found.map((adapter, i) => h("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false", onpointerdown: event => event.preventDefault(), onclick: () => take(adapter) },
        thumb(view.api, adapter), h("div", null, h("b", null, adapter.name), h("small", null, factsOf(adapter))))));
      if (!found.length) fill(list, h("li", { class: "nothing", role: "option", "aria-disabled": "true" }, t("adapters.noneFound")));
      fill(words, t("adapters.found", { n: found.length }));
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      move(box.value.trim() && found.length ? 0 : -1);
    } catch (error) {
      view.app?.fail(error);
    }
  };
  const later = debounce(look, 150);
  box.addEventListener("input", later);
  box.addEventListener("focus", look);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", async event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) await look();
      else move(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      await later.flush();
      if (found[at]) take(found[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  });
  element.control = box;
  return element;
}
