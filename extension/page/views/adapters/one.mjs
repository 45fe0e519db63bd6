// One adapter on its own: what it is, the notes beside it, what its file says of itself, and what can be made of it.
import { h, fill } from "../../lib/dom.mjs";
import { bytes, moment, t } from "../../lib/i18n.mjs";
import { said } from "../../lib/said.mjs";
import { heading } from "../../lib/view.mjs";
import { catchDrops } from "../../components/drop.mjs";
import { badge, banner, button, card, field, fold, input, linkButton, menu, select, textarea } from "../../components/ui.mjs";
import { adapterSearch, families, startWeight, tagOf, thumb } from "../../components/adapters.mjs";
import { icon } from "../../components/icons.mjs";
import { compare, convert, resize } from "./tools.mjs";

export class Adapter {
  constructor(view, one) {
    Object.assign(this, { view, one, path: `adapters/${encodeURIComponent(one.name)}` });
    const { app } = view;
    this.element = h("div", { class: "stack wide" },
      heading(one.name, [families[one.family], one.path].filter(Boolean).join(" · "), linkButton(t("do.back"), app.link("adapters"), { icon: "left", kind: "quiet" }),
        button(t("adapters.try"), { icon: "generate", kind: "primary", disabled: Boolean(one.problem), onclick: () => this.send() }),
        linkButton(t("blend.title"), app.link("blend", one.name), { icon: "blend" }),
        menu(t("adapters.tools"), [
          { text: t("adapters.resize"), icon: "settings", onclick: () => resize(view, this.one) },
          { text: t("adapters.convert"), icon: "swap", onclick: () => convert(view, this.one) },
          { text: t("adapters.compareWith"), icon: "choose", onclick: () => this.compareWith() },
          { text: t("adapters.copyTag"), icon: "copy", onclick: () => this.copy() },
        ], { icon: "more" })),
      one.problem && banner("error", said(one.problem)),
      h("div", { class: "columns" }, h("div", { class: "stack" }, this.cardForm(), this.metadataCard()), h("aside", { class: "stack" }, this.pictureCard(), this.factsCard())));
  }

  get api() {
    return this.view.api;
  }

  get app() {
    return this.view.app;
  }

  pictureCard() {
    const place = h("div"), pick = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp", hidden: true, onchange: () => {
      if (pick.files.length) set(pick.files[0]);
      pick.value = "";
    } });
    const change = button(t("adapters.setPicture"), { icon: "pictures", onclick: () => pick.click() });
    const show = () => fill(place, thumb(this.api, this.one, { large: true }));
    const set = file => this.view.doing(change, async () => {
      await this.api.put(`${this.path}/preview`, file);
      await this.reload();
      show();
      this.app.toast(t("adapters.pictureSet"));
    });
    show();
    const element = card(place, h("div", { class: "row" }, change, pick), h("p", { class: "hint" }, t("adapters.pictureHint")));
    catchDrops(element, ([first]) => first && set(first.file), { signal: this.view.signal });
    return element;
  }

  async reload() {
    this.one = { ...await this.api.get(this.path), shown: Date.now() };
    this.view.changed(this.one);
  }

  factsCard() {
    const { one } = this, hash = h("dd", { class: "hash" });
    const showHash = (value, state) => fill(hash, value ? h("code", null, value.slice(0, 12)) : "–", " ", state !== "missing" && badge(t(`adapters.hash.${state}`), { verified: "good", mismatched: "bad" }[state] ?? ""));
    showHash(one.hash, one.hashState);
    const verify = button(t("adapters.verify"), { small: true, onclick: () => this.view.doing(verify, async () => {
      const answer = await this.api.post(`${this.path}/hash`);
      showHash(answer.hash, answer.state);
    }) });
    const fact = (name, ...value) => value[0] || value[0] === 0 ? [h("dt", null, t(`adapters.${name}`)), h("dd", null, value)] : [];
    return card(h("h2", null, t("adapters.facts")), h("dl", { class: "facts-list" }, fact("family", families[one.family] ?? t("adapters.unknown")), fact("algorithm", one.algorithms.join(", ")), fact("rankFact", one.maxRank && (one.minRank === one.maxRank ? String(one.maxRank) : `${one.minRank}–${one.maxRank}`)),
      fact("layers", t("adapters.layersText", { unet: one.unetModules ?? one.uNetModules ?? 0, text: one.textModules })), fact("size", bytes(one.bytes)), fact("written", moment(one.modifiedAt)), fact("alias", one.alias !== one.name && one.alias), h("dt", null, t("adapters.hashFact")), hash), h("div", null, verify));
  }

  // the notes beside it

  cardForm() {
    const { card: notes } = this.one, known = { ...notes };
    const description = textarea({ rows: 2, value: notes.description }), activation = input({ value: notes.activationText }), weight = input({ type: "number", step: 0.05, min: -5, max: 5, value: notes.preferredWeight ?? "", placeholder: "1" }), negative = input({ value: notes.negativeText }), more = textarea({ rows: 2, value: notes.notes });
    const version = select([["", t("adapters.unknown")], ["SD1", "SD 1.5"], ["SD2", "SD 2"], ["SDXL", "SDXL"]], { value: notes.sdVersion });
    const fields = { description: field(t("adapters.description"), description), activationText: field(t("adapters.activation"), activation, { hint: t("adapters.activationHint") }), preferredWeight: field(t("adapters.preferred"), weight), sdVersion: field(t("adapters.family"), version), negativeText: field(t("adapters.negative"), negative), notes: field(t("adapters.notes"), more) };
    const save = button(t("do.save"), { icon: "save", disabled: true, onclick: () => this.view.doing(save, async () => {
      Object.values(fields).forEach(one => one.fault(null));
      try {
        const saved = await this.api.put(`${this.path}/card`, now());
        Object.assign(known, saved);
        await this.reload();
        this.app.toast(t("adapters.saved"));
        setTimeout(look);
      } catch (error) {
        const field = Object.keys(error.errors ?? {})[0];
        if (!fields[field]) throw error;
        fields[field].fault(said(error.errors[field][0]));
      }
    }) });
    const now = () => ({ ...known, problem: undefined, description: description.value, activationText: activation.value.trim(), preferredWeight: weight.value === "" ? null : Number(weight.value), negativeText: negative.value.trim(), notes: more.value, sdVersion: version.value });
    const look = () => save.disabled = Object.entries(now()).every(([name, value]) => (value ?? "") === (known[name] ?? ""));
    const tags = this.one.tags.slice(0, 24);
    return h("section", { class: "card", oninput: look, onchange: look }, h("h2", null, t("adapters.card")), notes.problem && banner("warning", notes.problem),
      fields.activationText, tags.length > 0 && h("div", { class: "stack tight" }, h("p", { class: "label" }, t("adapters.tags")), h("div", { class: "chips" }, tags.map(({ tag, count }) => h("button", { type: "button", class: "chip", title: t("adapters.addTag"), onclick: () => {
        const words = activation.value.split(",").map(word => word.trim()).filter(Boolean);
        if (!words.includes(tag)) activation.value = [...words, tag].join(", ");
        look();
      } }, tag, h("small", null, String(count)))))),
      h("div", { class: "pair" }, fields.preferredWeight, fields.sdVersion), fields.description, fields.negativeText, fields.notes, h("div", { class: "actions" }, save));
  }

  // what the file says of itself

  metadataCard() {
    const place = h("div", { class: "stack" });
    const element = card(fold(t("adapters.metadata"), place));
    element.querySelector("details").addEventListener("toggle", event => {
      if (event.target.open && !place.childElementCount) this.loadMetadata(place);
    });
    return element;
  }

  async loadMetadata(place) {
    let metadata;
    try {
      metadata = await this.api.get(`${this.path}/metadata`);
    } catch (error) {
      return fill(place, banner("error", said(error.reason ?? error.message), { cure: said(error.cure) }));
    }
    const set = {}, removed = new Set(), list = h("dl", { class: "metadata" });
    const search = h("input", { type: "search", class: "input", placeholder: t("do.search"), "aria-label": t("adapters.metadataSearch"), oninput: () => draw() });
    const save = button(t("adapters.writeMetadata"), { icon: "save", disabled: true, onclick: () => this.view.doing(save, async () => {
      metadata = await this.api.patch(`${this.path}/metadata`, { set, remove: [...removed] });
      Object.keys(set).forEach(key => delete set[key]);
      removed.clear();
      draw();
      await this.reload();
      this.app.toast(t("adapters.metadataSaved"));
      setTimeout(() => save.disabled = true);
    }) });
    const look = () => save.disabled = !Object.keys(set).length && !removed.size;
    const add = button(t("adapters.addKey"), { icon: "plus", onclick: async () => {
      const key = await this.app.ask({ title: t("adapters.addKey"), label: t("adapters.key"), yes: t("do.create"), value: "ssmd_", check: text => text.startsWith("sshs_") ? t("adapters.hashKey") : null });
      if (!key) return;
      set[key] ??= metadata[key] ?? "";
      removed.delete(key);
      search.value = "";
      draw();
      look();
      [...list.querySelectorAll("textarea")].find(box => box.dataset.key === key)?.focus();
    } });
    const draw = () => {
      const words = search.value.toLowerCase(), keys = [...new Set([...Object.keys(set), ...Object.keys(metadata)])].filter(key => !removed.has(key) && `${key} ${set[key] ?? metadata[key]}`.toLowerCase().includes(words));
      keys.sort((a, b) => (b in set) - (a in set) || a.localeCompare(b));
      fill(list, keys.slice(0, 300).map(key => {
        const value = set[key] ?? metadata[key], fixed = key.startsWith("sshs_") || value.length > 4000;
        return h("div", null, h("dt", null, h("code", null, key), key in set && badge(t("setting.changed"), "accent")),
          h("dd", null, fixed ? h("p", { class: "small-text" }, value.length > 300 ? `${value.slice(0, 300)}…` : value) : textarea({ rows: Math.min(6, Math.ceil(value.length / 60) || 1), value, dataset: { key }, "aria-label": key, oninput: event => {
            if (event.target.value === metadata[key]) delete set[key];
            else set[key] = event.target.value;
            look();
          } }), !key.startsWith("sshs_") && button("", { icon: "trash", kind: "quiet", small: true, label: t("adapters.removeKey", { key }), onclick: () => {
            if (key in metadata) removed.add(key);
            delete set[key];
            draw();
            look();
          } })));
      }));
      if (!keys.length) fill(list, h("p", { class: "muted" }, t("adapters.noMetadata")));
    };
    draw();
    fill(place, h("p", { class: "hint" }, t("adapters.metadataHint")), h("div", { class: "row" }, h("div", { class: "searchbox" }, icon("search"), search), add, save), list);
  }

  // what can be made of it

  get tag() {
    return tagOf(this.one.name, startWeight(this.one));
  }

  send() {
    const text = [this.one.card.activationText, this.tag].filter(Boolean).join(" ");
    if (this.app.send({ text, target: "txt2img" })) return this.app.toast(t("blend.sent"));
    this.app.carried = { prompt: text };
    this.app.go("generate");
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.tag);
      this.app.toast(t("blend.copied", { tags: this.tag }));
    } catch (error) {
      this.app.fail(error);
    }
  }

  async compareWith() {
    const other = await this.app.dialog({ title: t("adapters.compareWith"), body: close => adapterSearch(this.view, { label: t("adapters.another"), exclude: one => one.name === this.one.name, onpick: one => close(one) }), actions: close => [button(t("do.cancel"), { onclick: () => close(null) })] });
    if (other) compare(this.view, this.one.name, other.name);
  }
}
