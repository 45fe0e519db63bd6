// Blend: several adapters under sliders, a small picture of them that becomes sharp while one looks at it, and what can be made of the blend.
import { h, fill, append, debounce } from "../lib/dom.mjs";
import { ago, duration, number, t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { View, heading } from "../lib/view.mjs";
import { addressOf, download, finished, keepWhenDone, numbersIn } from "../lib/work.mjs";
import { inPath } from "../lib/api.mjs";
import { banner, button, card, empty, field, fold, input, linkButton, menu, progress, select, textarea, toggle } from "../components/ui.mjs";
import { adapterSearch, letter, startWeight, thumb } from "../components/adapters.mjs";
import { blendRow, newBlendAdapter } from "../components/blend.mjs";
import { choicesOf, pictureFields, sizeOf, usual, workLine } from "../components/picture.mjs";
import { pickedPictures, pictureTable } from "../components/table.mjs";
import { Compare } from "../components/compare.mjs";
import { icon } from "../components/icons.mjs";

const draft = "draft.blend", few = 6;
/** Previews of this tab take the place of one another, those of other tabs do not. */
const client = `page-${Math.random().toString(36).slice(2, 10)}`;
/** What is no part of the recipe but of its being looked at: the seed stays, so that only the blend changes. */
const fresh = offered => ({ recipe: { ...usual, ...sizeOf(offered), sampler: "DPM++ 2M", seed: 1, name: "", notes: "", adapters: [] }, id: null, version: null, side: 256, auto: true });

export default class Blend extends View {
  #asked;                                                                      // the picture that is on its way
  #pinned = null;

  async render() {
    const { app } = this;
    this.wait();
    const [known, offered, { total }] = await Promise.all([this.app.recall(draft), choicesOf(this.app), this.api.get("adapters", { query: { limit: 1 }, signal: this.signal })]);
    this.offered = offered;
    this.state = { ...fresh(offered), ...known };
    this.total = total;
    this.keepDraft = debounce(() => app.remember(draft, this.state).catch(error => app.fail(error)), 400);
    addEventListener("pagehide", () => this.keepDraft.flush(), { signal: this.signal });
    this.preview = debounce(() => this.draw(), 250);
    this.takeNames(this.parameters);
    this.show();
  }

  route(names) {
    if (!this.state) return;
    if (this.takeNames(names)) this.show();
  }

  left() {
    this.#asked?.abort();
    this.keepDraft?.flush();
  }

  /** Adapters that another view hands over: #/blend/name/name. */
  takeNames(names) {
    if (!names.length) return false;
    for (const name of names) if (!this.recipe.adapters.some(one => one.name === name)) this.recipe.adapters.push(newBlendAdapter(name));
    history.replaceState(null, "", this.app.link("blend"));
    this.keepDraft();
    return true;
  }

  get recipe() {
    return this.state.recipe;
  }

  show() {
    const { recipe } = this;
    this.nameBadge = h("span", { class: "badge accent", hidden: true });
    const search = adapterSearch(this, { label: t("blend.add"), exclude: adapter => recipe.adapters.some(one => one.name === adapter.name), onpick: adapter => this.add(adapter) });
    this.list = h("ul", { class: "stack blend-rows", "aria-label": t("blend.adapters") });
    this.fields = pictureFields({ value: recipe, choices: this.offered, rows: 2, onchange: (name, value) => {
      recipe[name] = value;
      this.changed();
    } });
    fill(this, heading(t("blend.title"), t("blend.lead"), this.nameBadge, button(t("blend.send"), { icon: "send", kind: "primary", onclick: event => this.send(event.currentTarget) }), button(t("do.save"), { icon: "save", onclick: event => this.save(event.currentTarget) }),
      menu(t("do.more"), () => [
        { text: t("blend.recipes"), icon: "folder", onclick: () => this.openRecipes() },
        { text: t("blend.copyTags"), icon: "copy", disabled: !recipe.adapters.length, onclick: () => this.copy() },
        { text: t("blend.bake"), icon: "adapters", disabled: !recipe.adapters.length, onclick: () => this.bake() },
        { text: t("blend.fromText"), icon: "edit", onclick: () => this.fromText() },
        { text: t("blend.empty"), icon: "trash", onclick: () => this.load(fresh(this.offered)) },
      ])),
    h("div", { class: "blend" },
      h("div", { class: "blend-picture" }, this.pictureCard()),
      h("div", { class: "stack" }, card(h("h2", null, t("blend.adapters")), this.list, this.total ? search : empty("adapters", t("blend.none"), t("blend.noneText"), linkButton(t("choose.toTrain"), this.app.link("train"), { icon: "train" }))),
        card(this.fields.prompts.firstElementChild, fold(t("picture.settings"), h("div", { class: "stack" }, this.fields.prompts.lastElementChild, this.fields.more))), this.gridCard())));
    this.showRows();
    this.named();
    if (this.state.auto && (recipe.adapters.length || recipe.prompt)) this.preview();
  }

  showRows() {
    const { recipe } = this;
    fill(this.list, recipe.adapters.map(adapter => {
      const picture = h("div", { class: "thumb" }, letter(adapter.name));
      this.api.get(`adapters/${inPath(adapter.name)}`, { signal: this.signal }).then(known => picture.replaceWith(thumb(this.api, known)), error => {
        // one that is being trained is no file yet; one that is gone is said
        if (error.status === 404) picture.title = t("blend.noFile");
      });
      return blendRow(adapter, { picture, onchange: () => this.changed(), onremove: () => {
        recipe.adapters = recipe.adapters.filter(one => one !== adapter);
        this.showRows();
        this.changed();
        this.querySelector(".finder input")?.focus();
      } });
    }));
    this.list.hidden = !recipe.adapters.length;
    this.showAxes?.();
  }

  add(adapter) {
    this.recipe.adapters.push(newBlendAdapter(adapter.name, startWeight(adapter)));
    const { activationText } = adapter.card, { prompt } = this.recipe;
    if (activationText && !prompt.toLowerCase().includes(activationText.toLowerCase())) {
      this.recipe.prompt = [prompt, activationText].filter(Boolean).join(", ");
      this.fields.show({ prompt: this.recipe.prompt });
    }
    this.showRows();
    this.changed();
    this.list.lastElementChild.querySelector("input[type=range]").focus();
  }

  changed() {
    this.keepDraft();
    if (this.state.auto) this.preview();
  }

  // the picture

  pictureCard() {
    this.frame = h("div", { class: "frame" }, h("div", { class: "frame-empty" }, icon("blend"), h("p", null, t("blend.noPicture"))));
    this.line = workLine(progress(t("picture.drawing")));
    this.words = h("p", { class: "small-text muted", role: "status" });
    const side = select([192, 256, 384, 512].map(value => [value, t("blend.side", { n: String(value) })]), { value: this.state.side, "aria-label": t("blend.previewSize"), onchange: () => {
      this.state.side = Number(side.value);
      this.changed();
    } });
    this.pin = button(t("blend.pin"), { icon: "pin", small: true, "aria-pressed": "false", title: t("blend.pinHint"), onclick: () => {
      this.#pinned = this.#pinned ? null : this.drawn;
      this.pin.setAttribute("aria-pressed", String(Boolean(this.#pinned)));
      this.showPicture();
    } });
    this.saveButton = button("", { icon: "download", kind: "quiet", small: true, label: t("picture.download"), onclick: () => download(this.drawn.src, `${this.recipe.name || "blend"}-${this.drawn.seed}.png`) });
    this.pin.disabled = this.saveButton.disabled = !this.drawn;
    this.full = button(t("blend.full"), { icon: "generate", small: true, title: t("blend.fullHint"), onclick: () => this.draw(true) });
    return card(this.frame, this.words, this.line, h("div", { class: "row between" }, h("div", { class: "actions" }, this.full, this.pin, this.saveButton), h("div", { class: "preset" }, side)),
      toggle(t("blend.auto"), { checked: this.state.auto, onchange: event => {
        this.state.auto = event.target.checked;
        this.changed();
      } }));
  }

  /** First a few steps, then all of them at the same size and seed, so that it is the same picture that becomes clear. What was asked before is given up. */
  async draw(whole = false) {
    this.#asked?.abort();
    const asked = this.#asked = new AbortController(), { recipe, state } = this, scale = state.side / Math.max(recipe.width, recipe.height);
    const size = whole || scale >= 1 ? { width: recipe.width, height: recipe.height } : { width: cells(recipe.width * scale), height: cells(recipe.height * scale) };
    const stages = !whole && recipe.steps > few * 1.5 ? [few, recipe.steps] : [recipe.steps];
    this.signal.addEventListener("abort", () => asked.abort(), { once: true });
    this.frame.setAttribute("aria-busy", "true");
    try {
      for (const [i, steps] of stages.entries()) {
        this.line.say(null, t(i ? "blend.sharpening" : "picture.drawing"));
        const seed = this.drawn && i ? this.drawn.seed : recipe.seed ?? undefined;
        const drawn = await this.api.post("blends/preview", { blend: recipe, client, steps, ...size, seed }, { signal: asked.signal });
        if (this.#asked !== asked) return;
        this.drawn = { ...drawn, src: addressOf(drawn.image), image: null, sharp: i === stages.length - 1 };
        this.showPicture();
      }
      this.told = null;
    } catch (error) {
      if (this.#asked !== asked || error.name === "AbortError" || error.status === 409) return;
      // the same fault is not told at every move of a slider
      if (this.told !== error.message) this.app.fail(error);
      this.told = error.message;
      fill(this.words, said(error.reason ?? error.message));
    } finally {
      if (this.#asked === asked) {
        this.line.hidden = true;
        this.frame.setAttribute("aria-busy", "false");
      }
    }
  }

  showPicture() {
    const { drawn } = this;
    if (!drawn) return;
    this.pin.disabled = this.saveButton.disabled = false;
    const name = t("blend.now");
    fill(this.frame, this.#pinned && this.#pinned !== drawn ? Compare.of({ left: { src: this.#pinned.src, label: t("blend.before") }, right: { src: drawn.src, label: name } }) : h("img", { class: drawn.sharp ? "" : "rough", src: drawn.src, alt: t("blend.pictureOf", { names: this.recipe.adapters.filter(one => one.enabled !== false).map(one => `${one.name} ${number(one.weight)}`).join(", ") || t("blend.base") }) }));
    for (const name of ["aspect-ratio", "--shape"]) this.frame.style.setProperty(name, `${drawn.width} / ${drawn.height}`);
    fill(this.words, t("blend.drawn", { size: `${drawn.width} × ${drawn.height}`, n: drawn.steps, seed: String(drawn.seed), time: drawn.seconds < 10 ? t("picture.seconds", { n: Math.round(drawn.seconds * 10) / 10 }) : duration(drawn.seconds) }), drawn.warnings.map(text => h("span", { class: "fault" }, ` ${text}`)));
  }

  // the grid

  gridCard() {
    const across = this.axis("across"), down = this.axis("down", true), button1 = button(t("blend.drawGrid"), { icon: "grid", onclick: event => this.drawGrid(event.currentTarget, across, down) });
    this.gridPlace = h("div", { class: "stack" });
    this.gridLine = workLine(progress(t("picture.drawing")));
    this.showAxes = () => {
      across.show();
      down.show();
      button1.disabled = !this.recipe.adapters.length;
    };
    return card(fold(t("blend.grid"), h("div", { class: "stack" }, h("p", { class: "hint" }, t("blend.gridHint")), h("div", { class: "pair" }, across, down), h("div", { class: "actions" }, button1), this.gridLine, this.gridPlace)));
  }

  axis(name, optional) {
    const which = select([], {}), values = input({ value: name === "across" ? "0, 0.5, 1" : "0, 0.5, 1" }), of = select(["weight", "unetWeight", "textWeight", "start", "stop"].map(value => [value, t(`blend.of.${value}`)]), { "aria-label": t("blend.ofLabel", { axis: t(`blend.${name}`) }) });
    const valueField = field(t("blend.values"), values);
    const element = h("div", { class: "stack tight" }, field(t(`blend.${name}`), which), of, valueField);
    element.show = () => {
      const before = which.value, names = this.recipe.adapters.map(one => one.name);
      fill(which, [...optional ? [["", t("blend.noAxis")]] : [], ...names.map(one => [one, one])].map(([value, text]) => h("option", { value }, text)));
      which.value = names.includes(before) ? before : optional ? names[1] ?? "" : names[0] ?? "";
    };
    element.read = () => {
      const all = numbersIn(values.value);
      valueField.fault(all?.length ? null : t("choose.notNumbers"));
      return which.value ? { adapter: which.value, values: all ?? [], of: of.value } : null;
    };
    return element;
  }

  async drawGrid(control, across, down) {
    const axes = { across: across.read(), down: down.read() };
    if ([axes.across, axes.down].some(axis => axis && !axis.values.length)) return;
    if (axes.down?.adapter === axes.across.adapter && axes.down.of === axes.across.of) axes.down = null;
    await this.doing(control, async () => {
      this.gridLine.say(null, t("picture.drawing"));
      try {
        const scale = Math.min(1, this.state.side / Math.max(this.recipe.width, this.recipe.height));
        const answer = await this.api.post("blends/grid", { blend: this.recipe, ...axes, down: axes.down ?? undefined, steps: this.recipe.steps, width: cells(this.recipe.width * scale), height: cells(this.recipe.height * scale), client: `${client}-grid` }, { signal: this.signal });
        let pictures = answer.pictures?.map(one => ({ src: addressOf(one.image), infotext: one.infotext }));
        if (!pictures) {
          // a large one is a job, which goes on when this page is closed
          this.app.countJobs?.();
          const job = await finished(this.app, answer.jobs[0].id, { signal: this.signal, onprogress: (fraction, words) => this.gridLine.say(fraction, words) });
          pictures = job?.result?.pictures.map(one => ({ src: this.api.url(`jobs/${job.id}/files/${inPath(one.file)}`), infotext: one.infotext }));
        }
        if (pictures) this.showGrid(axes, pictures);
      } finally {
        this.gridLine.hidden = true;
      }
    });
  }

  showGrid({ across, down }, pictures) {
    const columns = across.values, rows = down?.values ?? [null], large = h("div", { class: "stack tight" });
    const cellsOf = pictures.map((picture, i) => ({ ...picture, text: picture.infotext, label: [`${across.adapter} ${number(columns[i % columns.length])}`, down && `${down.adapter} ${number(rows[Math.floor(i / columns.length)])}`].filter(Boolean).join(", "), x: columns[i % columns.length], y: rows[Math.floor(i / columns.length)] }));
    const use = h("div", { class: "actions" });
    const show = picked => {
      pickedPictures(this.app, large, picked, t("choose.pick"));
      const last = picked.at(-1);
      fill(use, last && button(t("blend.take", { name: last.label }), { icon: "check", onclick: () => {
        this.set(across, last.x);
        if (down) this.set(down, last.y);
        this.showRows();
        this.changed();
      } }));
    };
    fill(this.gridPlace, pictureTable({ label: t("blend.grid"), corner: down ? `${down.adapter} ↓  ${across.adapter} →` : across.adapter, columns: columns.map(value => number(value)), rows: rows.map(value => value === null ? "" : number(value)), cells: cellsOf, onpick: show }), large, use);
    show([]);
  }

  set(axis, value) {
    const adapter = this.recipe.adapters.find(one => one.name === axis.adapter);
    if (!adapter) return;
    if (axis.of === "weight") Object.assign(adapter, { weight: value, textWeight: null });
    else if (axis.of === "unetWeight") Object.assign(adapter, { textWeight: adapter.textWeight ?? adapter.weight, weight: value });
    else adapter[axis.of] = value;
  }

  // what can be made of it

  send(control) {
    return this.doing(control, async () => {
      const { tags, prompt } = await this.api.post("blends/format", { blend: this.recipe });
      if (this.app.send({ text: tags, target: "txt2img" })) return this.app.toast(t("blend.sent"));
      this.app.carried = { ...this.recipe, prompt, seed: null };
      this.app.go("generate");
    });
  }

  async copy() {
    try {
      const { tags } = await this.api.post("blends/format", { blend: this.recipe });
      await navigator.clipboard.writeText(tags);
      this.app.toast(t("blend.copied", { tags }));
    } catch (error) {
      this.app.fail(error);
    }
  }

  async save(control) {
    const { state, recipe } = this, name = recipe.name || await this.app.ask({ title: t("blend.saveTitle"), label: t("blend.name"), yes: t("do.save"), value: recipe.adapters.map(one => one.name).join(" + ") });
    if (!name) return;
    recipe.name = name;
    await this.doing(control, async () => {
      let saved;
      try {
        saved = state.id ? await this.api.put(`blends/${state.id}`, recipe, { headers: { "If-Match": `"${state.version}"` } }) : await this.api.post("blends", recipe);
      } catch (error) {
        if (error.status === 404) saved = await this.api.post("blends", recipe);          // deleted meanwhile
        else if (error.status === 412 && await this.app.confirm({ title: t("blend.elsewhere"), text: t("blend.elsewhereText"), yes: t("work.overwrite") })) saved = await this.api.put(`blends/${state.id}`, recipe, { headers: { "If-Match": "*" } });
        else if (error.status === 412) return;
        else throw error;
      }
      Object.assign(state, { id: saved.id, version: saved.version });
      this.keepDraft();
      this.named();
      this.app.toast(t("blend.saved", { name }));
    });
  }

  named() {
    this.nameBadge.hidden = !this.state.id;
    fill(this.nameBadge, this.recipe.name);
  }

  load(state) {
    this.state = { ...this.state, ...state };
    this.drawn = null;
    this.#pinned = null;
    this.keepDraft();
    this.show();
  }

  async openRecipes() {
    let { blends } = await this.api.get("blends", { query: { limit: 500 } }).catch(error => {
      this.app.fail(error);
      return { blends: null };
    });
    if (!blends) return;
    const chosen = await this.app.dialog({ title: t("blend.recipes"), body: close => {
      const list = h("ul", { class: "recipes" });
      const show = () => fill(list, blends.length ? blends.map(one => h("li", null, h("button", { type: "button", class: "recipe", onclick: () => close(one) }, h("b", null, one.recipe.name), h("small", null, [one.recipe.adapters.map(adapter => `${adapter.name} ${number(adapter.weight)}`).join(" + "), ago(one.updatedAt)].join(" · "))),
        button("", { icon: "trash", kind: "quiet", small: true, label: t("blend.deleteOne", { name: one.recipe.name }), onclick: async () => {
          if (!await this.app.confirm({ title: t("blend.deleteOne", { name: one.recipe.name }), text: t("blend.deleteText"), yes: t("do.delete") })) return;
          try {
            await this.api.delete(`blends/${one.id}`, { headers: { "If-Match": `"${one.version}"` } });
            blends = blends.filter(other => other !== one);
            if (this.state.id === one.id) Object.assign(this.state, { id: null, version: null });
            show();
          } catch (error) {
            this.app.fail(error);
          }
        } }))) : h("li", { class: "muted" }, t("blend.noRecipes")));
      show();
      return list;
    } });
    if (chosen) this.load({ recipe: { ...fresh(this.offered).recipe, ...chosen.recipe }, id: chosen.id, version: chosen.version });
  }

  async fromText() {
    const box = textarea({ rows: 6, autofocus: true });
    const text = await this.app.dialog({ title: t("blend.fromText"), body: () => field(t("blend.text"), box, { hint: t("blend.textHint") }), actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(t("do.apply"), { kind: "primary", onclick: () => close(box.value.trim()) })] });
    if (!text) return;
    try {
      const { recipe, warnings, unknown } = await this.api.post("blends/parse", { text });
      const known = text.includes("Steps:") ? recipe : { ...this.recipe, prompt: recipe.prompt, adapters: recipe.adapters };
      this.load({ recipe: { ...fresh(this.offered).recipe, ...known, adapters: known.adapters.map(one => ({ ...newBlendAdapter(one.name), ...one })) }, id: null, version: null });
      for (const one of unknown) this.app.toast(t("blend.unknown", { name: one.name }), { kind: "warning", cure: one.nearest.length ? t("blend.nearest", { names: one.nearest.join(", ") }) : null });
      for (const warning of warnings.slice(0, 3)) this.app.toast(warning, { kind: "warning" });
    } catch (error) {
      this.app.fail(error);
    }
  }

  async bake() {
    const name = input({ value: this.recipe.name || this.recipe.adapters.map(one => one.name).join("-"), autofocus: true }), rank = input({ type: "number", min: 1, max: 1024, placeholder: t("blend.allRanks") }), type = select([["f16", "float16"], ["bf16", "bfloat16"], ["f32", "float32"]], {});
    const isTimed = this.recipe.adapters.some(one => one.enabled !== false && (one.start > 0 || one.stop < 1)), nameField = field(t("blend.bakeName"), name, { hint: t("choose.nameHint") });
    const answer = await this.app.dialog({
      title: t("blend.bake"),
      body: () => [h("p", { class: "muted" }, t("blend.bakeText")), isTimed && banner("warning", t("blend.bakeTimed")), nameField, h("div", { class: "pair" }, field(t("adapters.newRank"), rank, { hint: t("blend.rankHint") }), field(t("adapters.type"), type))],
      actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(t("blend.bakeDo"), { kind: "primary", onclick: event => this.doing(event.currentTarget, async () => {
        if (!name.value.trim()) return nameField.fault(t("errors.saySomething"));
        // what is baked is what is saved: the recipe says afterwards what the file was made of
        const kept = { ...this.recipe, name: this.recipe.name || name.value.trim() }, { state } = this;
        const saved = state.id ? await this.api.put(`blends/${state.id}`, kept, { headers: { "If-Match": "*" } }) : await this.api.post("blends", kept);
        Object.assign(state, { id: saved.id, version: saved.version, recipe: kept });
        const { jobs } = await this.api.post(`blends/${saved.id}/bake`, { name: name.value.trim(), rank: Number(rank.value) || undefined, saveType: type.value, ignoreSchedules: isTimed });
        close({ job: jobs[0], name: name.value.trim() });
      }) })],
    });
    if (!answer) return;
    this.keepDraft();
    this.named();
    keepWhenDone(this.app, answer.job, answer.name);
  }
}

const cells = pixels => Math.max(64, Math.round(pixels / 8) * 8);
