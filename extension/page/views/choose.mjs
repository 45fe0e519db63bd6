// Choose: all that a training saved, drawn at several weights from the same seeds; and the one that is kept.
import { h, fill, append } from "../lib/dom.mjs";
import { number, t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { View, heading } from "../lib/view.mjs";
import { bytesOf, finished, keep, numbersIn } from "../lib/work.mjs";
import { inPath } from "../lib/api.mjs";
import { banner, button, card, choices, empty, field, fold, input, linkButton, progress, select, textarea, toggle } from "../components/ui.mjs";
import { choicesOf, pictureFields, sizeOf, usual, workLine } from "../components/picture.mjs";
import { pickedPictures, pictureTable } from "../components/table.mjs";
import { Chart } from "../components/chart.mjs";

const isAdapter = name => name.endsWith(".safetensors") && !name.endsWith(".state.safetensors") && !name.includes("/");
const stem = name => name.replace(/\.safetensors$/, "");

export default class Choose extends View {
  async render() {
    this.wait();
    const { jobs } = await this.api.get("jobs", { query: { kind: "train", limit: 500 }, signal: this.signal });
    this.jobs = jobs.filter(job => job.startedAt);
    fill(this);
    if (!this.jobs.length) return append(this, [heading(t("choose.title"), t("choose.lead")), empty("choose", t("choose.none"), t("choose.noneText"), linkButton(t("choose.toTrain"), this.app.link("train"), { icon: "train", kind: "primary" }))]);
    this.which = select(this.jobs.map(job => [job.id, job.name || job.id]), { "aria-label": t("choose.training"), onchange: () => this.app.go("choose", this.which.value) });
    this.body = h("div", { class: "stack wide" });
    append(this, [heading(t("choose.title"), t("choose.lead"), this.which), this.body]);
    await this.show(this.parameters[0]);
  }

  async route([id]) {
    try {
      if (!this.jobs?.some(job => job.id === id) && id) await this.again();
      else await this.show(id);
    } catch (error) {
      this.failed(error);
    }
  }

  async show(id) {
    this.job = this.jobs.find(job => job.id === id) ?? this.jobs[0];
    this.which.value = this.job.id;
    const { signal } = this, path = `jobs/${this.job.id}`;
    const [{ files }, { entries }, known, offered] = await Promise.all([this.api.get(`${path}/files`, { signal }), this.api.get(`${path}/history`, { signal }), this.app.recall(`choose.${this.job.id}`, {}), choicesOf(this.app)]);
    const { settings } = this.job.request, trained = Math.round((parseInt(settingOf(settings, "buckets.width", "resolution"), 10) || 0) / 8) * 8;
    this.checkpoints = marks(files.filter(file => isAdapter(file.name)), entries);
    this.picture = { ...usual, ...trained ? { width: trained, height: trained } : sizeOf(offered, settingOf(settings, "model.path")), prompt: firstPrompt(settings), ...known.picture };
    this.weights = known.weights ?? "0.6, 0.8, 1";
    this.seeds = known.seeds ?? "1";
    this.grids = known.grids ?? [];
    this.picked = [];
    this.chosen = new Set((known.files ?? few(this.checkpoints)).filter(name => this.checkpoints.some(one => one.name === name)));
    if (!this.checkpoints.length) return fill(this.body, empty("clock", t("choose.nothingYet"), t("choose.nothingYetText"), linkButton(t("choose.toWatch"), this.app.link("watch", this.job.id), { icon: "watch", kind: "primary" })));
    this.stage = h("div", { class: "stack" });
    this.side = h("div", { class: "stack" });
    this.line = workLine(progress(t("picture.drawing")));
    this.seedBar = h("div");
    fill(this.body, this.lossCard(entries), this.askCard(offered), this.line, h("div", { class: "columns", hidden: true, ref: element => this.result = element }, card(this.seedBar, this.stage), h("aside", null, card(this.side))));
    if (this.grids.length) await this.showGrids();
  }

  lossCard(entries) {
    const losses = entries.filter(entry => Number.isFinite(entry.smoothedLoss)).map(entry => [entry.step, entry.smoothedLoss]);
    if (losses.length < 2) return null;
    const chart = Chart.of({ label: t("watch.facts.loss"), x: t("watch.step") });
    chart.style.setProperty("--chart-height", "9rem");
    chart.lines = [{ name: t("watch.facts.loss"), color: "--series-1", points: losses }, { name: t("choose.saved"), color: "--series-2", only: "dots", dots: true, points: this.checkpoints.filter(one => Number.isFinite(one.loss)).map(one => [one.step, one.loss]) },
      ...heldOut(entries)];
    return card(h("h2", null, t("choose.curve")), h("p", { class: "muted small-text" }, t("choose.curveText")), chart);
  }

  askCard(offered) {
    const list = h("ul", { class: "checks", "aria-label": t("choose.checkpoints") }, this.checkpoints.map(one => h("li", null, h("label", null,
      h("input", { type: "checkbox", class: "check", checked: this.chosen.has(one.name), onchange: event => {
        this.chosen[event.target.checked ? "add" : "delete"](one.name);
        this.count();
      } }), h("span", null, h("b", null, stem(one.name)), h("small", null, one.words))))));
    const weights = input({ value: this.weights, inputmode: "decimal", oninput: () => {
      this.weights = weights.value;
      this.count();
    } });
    const seeds = input({ value: this.seeds, inputmode: "numeric", oninput: () => {
      this.seeds = seeds.value;
      this.count();
    } });
    this.weightField = field(t("choose.weights"), weights, { hint: t("choose.weightsHint") });
    this.seedField = field(t("choose.seeds"), seeds, { hint: t("choose.seedsHint") });
    const fields = pictureFields({ value: this.picture, choices: offered, without: ["seed", "model"], rows: 2, onchange: (name, value) => this.picture[name] = value });
    this.draw = button(" ", { icon: "choose", kind: "primary", onclick: () => this.start() });
    const element = card(h("h2", null, t("choose.what")), list, fields.prompts.firstElementChild, h("div", { class: "pair" }, this.weightField, this.seedField),
      fold(t("picture.settings"), h("div", { class: "stack" }, fields.prompts.lastElementChild, fields.more)), h("div", { class: "actions" }, this.draw));
    this.count();
    return element;
  }

  count() {
    const weights = numbersIn(this.weights), seeds = numbersIn(this.seeds);
    this.weightField.fault(weights ? null : t("choose.notNumbers"));
    this.seedField.fault(seeds?.every(seed => Number.isInteger(seed) && seed >= 0) ? null : t("choose.notNumbers"));
    const pictures = this.chosen.size * (weights?.length ?? 0) * (seeds?.length ?? 0);
    this.draw.disabled = !pictures;
    fill(this.draw.lastChild, t("choose.draw", { n: pictures }));
  }

  async start() {
    const ask = { files: this.checkpoints.map(one => one.name).filter(name => this.chosen.has(name)), weights: numbersIn(this.weights), seeds: numbersIn(this.seeds) };
    await this.doing(this.draw, async () => {
      const { jobs } = await this.api.post(`jobs/${this.job.id}/grid`, { blend: { ...this.picture, seed: null }, ...ask });
      this.grids = jobs.map((job, i) => ({ id: job.id, seed: ask.seeds[i], files: ask.files, weights: ask.weights }));
      this.picked = [];
      await this.app.remember(`choose.${this.job.id}`, { picture: this.picture, weights: this.weights, seeds: this.seeds, files: ask.files, grids: this.grids });
      this.app.countJobs?.();
      this.result.hidden = false;
      this.result.scrollIntoView({ block: "start", behavior: "smooth" });
      await this.showGrids();
    });
  }

  /** Shows what is drawn already, and the rest as it comes. */
  async showGrids() {
    const { grids } = this, shown = this.job;
    this.result.hidden = false;
    this.at = 0;
    this.showSeed();
    for (const [i, grid] of grids.entries()) {
      if (grid.pictures) continue;
      try {
        const job = await finished(this.app, grid.id, { signal: this.signal, onprogress: (fraction, words) => this.grids === grids && this.line.say((i + fraction) / grids.length, t("choose.working", { words, seed: String(grid.seed) })) });
        if (!job || this.grids !== grids || this.job !== shown) return;
        grid.pictures = job.result?.pictures ?? [];
        grid.warnings = job.result?.warnings ?? [];
      } catch (error) {
        if (this.signal.aborted) return;
        grid.pictures = [];
        if (error.status !== 404) this.app.fail(error);
      }
      if (i === this.at) this.showSeed();
    }
    this.line.hidden = true;
    if (grids.every(grid => !grid.pictures?.length)) this.result.hidden = true;
  }

  showSeed() {
    const grid = this.grids[this.at];
    this.seedBar.hidden = this.grids.length < 2;
    fill(this.seedBar, this.grids.length > 1 && choices(t("picture.seed"), this.grids.map((one, i) => ({ value: i, title: t("choose.seed", { seed: String(one.seed) }) })), { value: this.at, onchange: value => {
      this.at = Number(value);
      this.showSeed();
    } }));
    const cells = grid.files.flatMap((file, y) => grid.weights.map((weight, x) => {
      const drawn = grid.pictures?.[y * grid.weights.length + x];
      return drawn && { src: this.api.url(`jobs/${grid.id}/files/${inPath(drawn.file)}`), label: t("choose.cell", { name: stem(file), weight }), text: drawn.infotext, file, weight, key: `${file} ${weight}` };
    }));
    const keys = this.picked.map(cell => cell.key);
    this.picked = keys.map(key => cells.find(cell => cell?.key === key)).filter(Boolean);
    fill(this.stage, pictureTable({ label: t("choose.table"), corner: t("choose.corner"), columns: grid.weights.map(weight => number(weight)), rows: grid.files.map(file => [stem(file), h("small", null, this.checkpoints.find(one => one.name === file)?.words)]), cells, picked: this.picked, onpick: picked => {
      this.picked = picked;
      this.showPicked();
    } }), (grid.warnings ?? []).map(text => banner("warning", said(text))));
    this.showPicked();
  }

  showPicked() {
    const stage = h("div", { class: "stack tight" }), last = this.picked.at(-1);
    this.draw.classList.toggle("primary", !last);
    pickedPictures(this.app, stage, this.picked, t("choose.pick"));
    fill(this.side, h("h2", null, t(this.picked.length === 2 ? "choose.compare" : "choose.yours")), stage, this.picked.map(cell => h("div", { class: "row between" }, h("div", null, h("b", null, stem(cell.file)), h("p", { class: "small-text muted" }, t("choose.atWeight", { weight: cell.weight }))),
      button(t("choose.keep"), { icon: "heart", kind: cell === last ? "primary" : "", "aria-label": t("choose.keepOne", { name: cell.label }), onclick: () => this.keep(cell) }))));
  }

  async keep(cell) {
    const trigger = settingOf(this.job.request.settings, "captions.triggerWord", "trigger_word") ?? "";
    const name = input({ value: (this.job.name || stem(cell.file)).replace(/[\\/:<>|?*"]/g, "-"), autofocus: true }), weight = input({ type: "number", step: 0.05, value: cell.weight }), words = input({ value: trigger }), notes = textarea({ rows: 2 });
    const cover = toggle(t("choose.cover"), { checked: true, hint: t("choose.coverHint") }), nameField = field(t("choose.name"), name, { hint: t("choose.nameHint") });
    const kept = await this.app.dialog({
      title: t("choose.keep"),
      body: () => [h("div", { class: "keeping" }, h("img", { src: cell.src, alt: cell.label }), h("div", { class: "stack" }, nameField, field(t("adapters.preferred"), weight, { hint: t("choose.weightHint") }))), field(t("adapters.activation"), words, { hint: t("choose.wordsHint") }), field(t("adapters.notes"), notes), cover],
      actions: close => [button(t("do.cancel"), { onclick: () => close(null) }), button(t("choose.keep"), { kind: "primary", onclick: event => this.doing(event.currentTarget, async () => {
        if (!name.value.trim()) return nameField.fault(t("errors.saySomething"));
        try {
          const done = await keep(this.app, this.job.id, cell.file, name.value.trim());
          if (done) close(done);
        } catch (error) {
          if (!error.errors?.name) throw error;
          nameField.fault(said(error.errors.name[0]));
        }
      }) })],
    });
    if (!kept) return;
    try {
      const path = `adapters/${inPath(kept.name)}`, before = await this.api.get(`${path}/card`);
      await this.api.put(`${path}/card`, { ...before, problem: undefined, preferredWeight: Number(weight.value) || null, activationText: words.value.trim() || before.activationText, notes: notes.value.trim() || before.notes });
      if (cover.control.checked) await this.api.put(`${path}/preview`, await bytesOf(cell.src));
      this.app.dispatchEvent(new CustomEvent("lorabridge-saved", { detail: { name: kept.name }, bubbles: true, composed: true }));
    } catch (error) {
      this.app.fail(error);
    }
    this.app.toast(t("choose.kept", { name: kept.name }), { action: { text: t("choose.use"), onclick: () => this.app.go("blend", kept.name) } });
  }
}

/** The saved adapters with their step, epoch and loss, as far as the history says; the oldest first. */
function marks(files, entries) {
  const saved = entries.filter(entry => entry.event === "saved" && entry.text);
  // what is written of a file says its step; how far the run was then, the entry of that step says
  const steps = new Map(entries.filter(entry => Number.isFinite(entry.smoothedLoss)).map(entry => [entry.step, entry]));
  return files.map(file => {
    const entry = saved.findLast(one => one.text.replaceAll("\\", "/").split("/").at(-1) === file.name), at = steps.get(entry?.step), loss = at?.smoothedLoss;
    const words = entry ? [at && t("choose.epoch", { n: at.epoch + 1 }), t("choose.stepOf", { n: entry.step }), at && t("choose.lossOf", { loss: number(loss, { maximumSignificantDigits: 3 }) })].filter(Boolean).join(" · ") : "";
    return { name: file.name, step: entry?.step ?? Infinity, loss, words, at: Date.parse(file.writtenAt) };
  }).sort((a, b) => a.step - b.step || a.at - b.at);
}

const few = all => all.length <= 4 ? all.map(one => one.name) : [0.25, 0.5, 0.75, 1].map(part => all[Math.round(part * (all.length - 1))].name);

const heldOut = entries => {
  const points = entries.filter(entry => Number.isFinite(entry.validation?.loss)).map(entry => [entry.step, entry.validation.loss]);
  return points.length ? [{ name: t("watch.facts.heldOut"), color: "--series-3", points, dots: true }] : [];
};

function firstPrompt(settings) {
  const samples = settingOf(settings, "samples.prompts"), first = Array.isArray(samples) ? samples[0] : samples;
  return (typeof first === "string" && first.split(" --")[0].trim()) || (settingOf(settings, "captions.triggerWord", "trigger_word") ?? "");
}

/** A setting of a training by any of its names, written flat ("captions.triggerWord") or in groups. */
const settingOf = (settings = {}, ...names) => names.map(name => settings[name] ?? name.split(".").reduce((group, part) => group?.[part], settings)).find(value => value !== undefined && value !== null);
