// Train: what is taught from which pictures; few fields first, everything else behind a search. What it will take is known before the button.
import { append, debounce, fill, h } from "../lib/dom.mjs";
import { t } from "../lib/i18n.mjs";
import { said } from "../lib/said.mjs";
import { View, heading } from "../lib/view.mjs";
import { banner, button, card, choices, empty, field, input, linkButton, select, textarea, toggle } from "../components/ui.mjs";
import { expertPanel } from "./train/expert.mjs";
import { preflightPanel } from "./train/preflight.mjs";
import { presetsPanel } from "./train/presets.mjs";
import { requestOf } from "./train/request.mjs";

const blank = () => ({ name: "", trigger: "", model: "", dataset: "", subject: "character", pace: "balanced", samples: true, prompts: "", values: {} });

export default class Train extends View {
  async render() {
    this.wait();
    const { signal } = this;
    const [schema, presets, datasets, offered, draft] = await Promise.all([
      this.api.get("training/schema", { signal }), this.api.get("presets", { signal }), this.api.get("datasets", { signal }), this.api.get("choices", { query: { refresh: true }, signal }), this.app.recall("train-draft"),
    ]);
    Object.assign(this, { schema, presets, datasets, offered, draft: { ...blank(), ...draft } });
    if (this.parameters[0] === "with" && datasets.some(one => one.id === this.parameters[1])) this.draft.dataset = this.parameters[1];
    if (!datasets.some(one => one.id === this.draft.dataset)) this.draft.dataset = datasets.filter(one => one.pictures).sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]?.id ?? "";
    if (!offered.checkpoints.some(one => one.path === this.draft.model)) this.draft.model = (offered.checkpoints.find(one => one.isChosen) ?? offered.checkpoints[0])?.path ?? "";
    addEventListener("pagehide", () => this.#keep.flush(), { signal });
    this.#draw();
  }

  left() {
    this.#keep.flush();
  }

  route(parameters) {
    this.parameters = parameters;
    return this.again();
  }

  #draw() {
    const { draft, offered, datasets } = this;
    fill(this, heading(t("train.title"), t("train.lead")));
    if (!datasets.some(one => one.pictures)) return append(this, [empty("pictures", t("train.noPictures"), t("train.noPicturesText"), linkButton(t("train.toPictures"), this.app.link("pictures"), { kind: "primary" }))]);
    if (!offered.checkpoints.length) return append(this, [empty("folder", t("train.noModel"), t("train.noModelText", { folder: offered.checkpointFolder }))]);

    const bind = (name, more) => ({ ...more, value: draft[name], oninput: event => this.change({ [name]: event.target.value }) });
    this.fields = {
      name: field(t("train.name"), input(bind("name", { placeholder: t("train.nameExample"), maxlength: 100 })), { hint: t("train.nameHint") }),
      trigger: field(t("train.trigger"), input(bind("trigger", { placeholder: "sks", spellcheck: "false" })), { hint: t("train.triggerHint") }),
      dataset: field(t("train.dataset"), select(datasets.map(one => [one.id, `${one.name} (${t("pictures.count", { n: one.pictures })})`]), bind("dataset")), { hint: t("train.datasetHint") }),
      model: field(t("train.model"), select(offered.checkpoints.map(one => [one.path, one.title]), bind("model")), { hint: t("train.modelHint") }),
    };
    const prompts = field(t("train.prompts"), textarea(bind("prompts", { placeholder: this.#examples() })), { hint: t("train.promptsHint") });
    this.prompts = prompts.control;
    prompts.hidden = !draft.samples;
    const samples = toggle(t("train.samples"), { checked: draft.samples, hint: t("train.samplesHint"), onchange: event => {
      prompts.hidden = !event.target.checked;
      this.change({ samples: event.target.checked });
    } });
    this.preflight = preflightPanel(this);
    this.expert = expertPanel(this);
    this.kinds = h("div", { class: "stack" });
    this.#drawKinds();
    append(this, [h("div", { class: "columns" },
      h("div", { class: "stack" },
        card(h("h2", null, t("train.what")), h("div", { class: "pairs" }, Object.values(this.fields))),
        card(this.kinds),
        card(samples, prompts, this.app.webui?.form && h("div", null, button(t("train.fromWebUi"), { icon: "copy", small: true, onclick: () => this.#takeForm() }))),
        this.expert.element),
      h("aside", { class: "stack" }, this.preflight.element, presetsPanel(this)))]);
    return this.preflight.later();
  }

  #drawKinds() {
    const { draft, presets } = this, word = (kind, one) => ({ value: one.name, title: t(`train.${kind}.${one.name}`), text: t(`train.${kind}.${one.name}Text`) });
    fill(this.kinds,
      choices(t("train.subject.title"), presets.subjects.map(one => word("subject", one)), { cards: true, value: draft.subject, onchange: subject => this.change({ subject }) }),
      choices(t("train.pace.title"), presets.paces.map(one => word("pace", one)), { cards: true, value: draft.pace, onchange: pace => this.change({ pace }) }));
  }

  /** Samples as the WebUI around the page would draw them now. */
  #takeForm() {
    const form = this.app.webui.form(), values = { ...this.draft.values };
    for (const [path, value] of Object.entries({ negativePrompt: form.negativePrompt, sampler: form.sampler, steps: form.steps, guidanceScale: form.guidanceScale, width: form.width, height: form.height, seed: form.seed >= 0 ? form.seed : null }))
      if (value !== null && value !== undefined && value !== "") values[`samples.${path}`] = value;
    this.take({ settings: values });
    this.change({ samples: true, prompts: form.prompt?.replace(/\s+/g, " ") || this.draft.prompts });
    this.#draw();
  }

  #examples() {
    const word = this.draft.trigger.trim() || "sks";
    return this.draft.subject === "style" ? `a lighthouse at sunset, ${word}\na portrait, ${word}` : `${word}, portrait\n${word} on a beach at sunset`;
  }

  /** The settings of the preset that the two choices make: { "network.rank": 16 } */
  get base() {
    return flat(this.presets.presets.find(one => one.builtIn && one.subject === this.draft.subject && one.pace === this.draft.pace)?.settings ?? {});
  }

  /** What the user gets for prompts that were left empty. */
  get promptLines() {
    return (this.draft.prompts.trim() || this.#examples()).split("\n").map(line => line.trim()).filter(Boolean);
  }

  change(patch) {
    this.draft = { ...this.draft, ...patch };
    this.#keep();
    this.prompts.placeholder = this.#examples();
    for (const name of Object.keys(patch)) this.fields[name]?.fault(null);
    if ("subject" in patch || "pace" in patch || patch.values) this.expert.show();
    this.preflight.later();
  }

  /** One setting of the many; undefined is the default's again. */
  setValue(path, value) {
    const values = { ...this.draft.values };
    if (value === undefined) delete values[path];
    else values[path] = value;
    this.draft = { ...this.draft, values };
    this.#keep();
    this.expert.count();
    this.preflight.later();
  }

  /** Takes settings of a preset, a file or an earlier run in the place of those that are here. */
  take({ settings, subject, pace, name }) {
    const values = flat(settings);
    for (const path of Object.keys(values)) if (path.startsWith("data") || ["model.path", "saving.folder", "saving.name", "loop.resume", "captions.triggerWord", "samples.prompts"].includes(path)) delete values[path];
    this.draft = { ...this.draft, values, subject: subject ?? this.draft.subject, pace: pace ?? this.draft.pace };
    this.#keep();
    this.#draw();
    if (name) this.app.toast(t("presets.taken", { name }));
  }

  #keep = debounce(() => {
    this.app.remember("train-draft", this.draft).catch(error => this.app.fail(error));
  }, 400);

  get request() {
    return requestOf(this);
  }

  /** Says at the fields what is wrong; gives what is at none of them. */
  showFaults(errors) {
    const places = { "model.path": "model", "captions.triggerWord": "trigger", "saving.name": "name", name: "name" };
    const rest = [];
    for (const one of Object.values(this.fields)) one.fault(null);
    this.expert.faults({});
    const deep = {};
    for (const [path, texts] of Object.entries(errors)) {
      const place = places[path] ?? (path.startsWith("data[") || path === "data" || path.startsWith("train_data") ? "dataset" : null);
      if (place) this.fields[place].fault(said(texts.join(" ")));
      else deep[path] = texts.join(" ");
      if (!place && !this.expert.has(path)) rest.push(...texts);
    }
    this.expert.faults(deep);
    return rest;
  }

  /** Queues it, and goes to watch. */
  async start(control) {
    await this.#keep.flush();
    const { name } = this.draft;
    if (!name.trim()) {
      this.fields.name.fault(t("train.nameMissing"));
      this.fields.name.control.focus();
      return;
    }
    control.setAttribute("aria-busy", "true");
    control.disabled = true;
    try {
      const added = await this.api.post("jobs", { kind: "train", name: name.trim(), request: this.request });
      for (const warning of added.warnings) this.app.toast(said(warning), { kind: "warning" });
      this.app.countJobs();
      this.app.go("watch", added.jobs[0].id);
    } catch (error) {
      const rest = this.showFaults(error.errors ?? {});
      this.preflight.say(banner("error", said(rest.join(" ")) || t("train.lookAtFields"), { cure: rest.length ? said(error.cure) : null }));
      if (!error.errors || !Object.keys(error.errors).length) this.app.fail(error);
      this.querySelector("[aria-invalid]")?.focus();
    } finally {
      control.removeAttribute("aria-busy");
      control.disabled = false;
    }
  }
}

/** { network: { rank: 4 } } -> { "network.rank": 4 }; what has its dots already stays. */
export function flat(settings) {
  const all = {};
  for (const [group, value] of Object.entries(settings ?? {})) {
    if (value !== null && typeof value === "object" && !Array.isArray(value) && !group.includes(".")) for (const [name, one] of Object.entries(value)) all[`${group}.${name}`] = one;
    else all[group] = value;
  }
  return all;
}
