// Generate: pictures from text, in the WebUI's prompt language and through its API, with what is on the way shown.
import { h, fill, append, debounce, keyed } from "../lib/dom.mjs";
import { duration, number, t } from "../lib/i18n.mjs";
import { View, heading } from "../lib/view.mjs";
import { sleep } from "../lib/events.mjs";
import { addressOf, bytesOf, download } from "../lib/work.mjs";
import { inPath } from "../lib/api.mjs";
import { banner, button, card, empty, field, input, menu, progress, slider } from "../components/ui.mjs";
import { adapterSearch, startWeight, tagOf } from "../components/adapters.mjs";
import { choicesOf, pictureFields, sizeOf, usual, workLine } from "../components/picture.mjs";
import { catchDrops } from "../components/drop.mjs";

const draft = "draft.generate";
/** The pictures of this visit, the newest first; other views come and go meanwhile. */
const gallery = [];
const tag = /<lora:([^:>]+)[^>]*>/g;

export default class Generate extends View {
  #running = null;

  async render() {
    const { app } = this;
    this.wait();
    const [known, offered] = await Promise.all([this.app.recall(draft), choicesOf(this.app)]);
    this.value = { ...usual, ...sizeOf(offered), count: 1, batch: 1, ...known };
    this.keepDraft = debounce(() => app.remember(draft, this.value).catch(error => app.fail(error)), 400);
    addEventListener("pagehide", () => this.keepDraft.flush(), { signal: this.signal });
    this.fields = pictureFields({ value: this.value, choices: offered, rows: 4, onchange: (name, value) => {
      this.value[name] = value;
      if (name === "prompt") this.showTags();
      this.keepDraft();
    } });
    this.counts = ["count", "batch"].map(name => slider(t(`generate.${name}`), { value: this.value[name], min: 1, max: name === "count" ? 16 : 8, step: 1, oninput: now => {
      this.value[name] = now;
      this.keepDraft();
    } }));
    this.tags = h("ul", { class: "chips", "aria-label": t("generate.tags") });
    this.draw = button(t("generate.draw"), { icon: "generate", kind: "primary big", title: t("generate.drawHint"), onclick: () => this.start() });
    this.stop = button(t("generate.stop"), { icon: "stop", hidden: true, onclick: () => this.ask("interrupt") });
    this.skip = button(t("generate.skip"), { icon: "right", hidden: true, title: t("generate.skipHint"), onclick: () => this.ask("skip") });
    this.line = workLine(progress(t("picture.drawing")));
    this.now = h("div", { class: "frame", hidden: true });
    this.list = h("ul", { class: "gallery", "aria-label": t("generate.gallery") });
    this.none = empty("generate", t("generate.none"), t("generate.noneText"));
    const pick = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => {
      if (pick.files.length) this.reuseFile(pick.files[0]);
      pick.value = "";
    } });
    const form = card(this.fields.prompts, this.tags, adapterSearch(this, { label: t("generate.addLora"), onpick: adapter => this.insert(adapter) }), h("div", { class: "actions" }, this.draw, this.stop, this.skip), this.fields.more, h("div", { class: "pair" }, this.counts));
    fill(this, heading(t("generate.title"), t("generate.lead"), button(t("generate.reuse"), { icon: "undo", title: t("generate.reuseHint"), onclick: () => pick.click() }), pick),
      h("div", { class: "drawing" }, form, h("div", { class: "stack" }, this.line, this.now, this.none, this.list)));
    this.addEventListener("keydown", event => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.start();
    }, { signal: this.signal });
    catchDrops(this, ([one]) => one && this.reuseFile(one.file), { signal: this.signal });
    if (this.app.carried) this.take(this.app.carried);
    this.app.carried = null;
    this.showTags();
    this.showGallery();
    if (gallery.running) this.look(gallery.running);
  }

  left() {
    this.keepDraft?.flush();
  }

  /** Puts values into the form. */
  take(values) {
    for (const [name, value] of Object.entries(values)) if (name in this.value && value !== undefined) this.value[name] = value;
    this.fields.show(this.value);
    this.counts[0].value = this.value.count;
    this.counts[1].value = this.value.batch;
    this.showTags();
    this.keepDraft();
  }

  insert(adapter) {
    const words = adapter.card.activationText, { prompt } = this.value;
    const more = [words && !prompt.toLowerCase().includes(words.toLowerCase()) && words, tagOf(adapter.name, startWeight(adapter))].filter(Boolean).join(" ");
    this.take({ prompt: [prompt.trim(), more].filter(Boolean).join(prompt.trim().endsWith(",") ? " " : ", ") });
    this.fields.prompt.focus();
  }

  /** The adapters that the prompt names, each with its weight to be changed and a way to take it out. */
  showTags() {
    const found = [...this.value.prompt.matchAll(tag)];
    this.tags.hidden = !found.length;
    fill(this.tags, found.map(([text, name]) => h("li", { class: "chip-box" }, h("span", null, name),
      h("input", { type: "number", class: "input number", step: 0.1, value: Number(text.slice(0, -1).split(":")[2] ?? 1) || 0, "aria-label": t("generate.weightOf", { name }), onchange: event => this.take({ prompt: this.value.prompt.replace(text, tagOf(name, Number(event.target.value))) }) }),
      button("", { icon: "close", kind: "quiet", small: true, label: t("generate.removeTag", { name }), onclick: () => this.take({ prompt: this.value.prompt.replace(text, "").replace(/\s*,\s*(?=,|$)/g, "").trim() }) }))));
  }

  async start() {
    if (gallery.running) return;
    const { value } = this, id = `task(page-${Math.random().toString(36).slice(2, 12)})`;
    const body = {
      prompt: value.prompt, negative_prompt: value.negativePrompt, width: value.width, height: value.height, steps: value.steps, cfg_scale: value.guidanceScale, sampler_name: value.sampler,
      seed: value.seed ?? -1, n_iter: value.count, batch_size: value.batch, force_task_id: id, save_images: true,
      override_settings: { show_progress_every_n_steps: 2, return_grid: false, CLIP_stop_at_last_layers: value.clipSkip, ...value.model && { sd_model_checkpoint: value.model } },
      ...value.scheduler && { scheduler: value.scheduler },
    };
    const running = gallery.running = { id, done: false };
    this.look(running);
    try {
      const answer = await this.api.post(this.api.sdapi("txt2img"), body);
      const info = JSON.parse(answer.info), made = answer.images.map((image, i) => ({ key: `${id}-${i}`, src: addressOf(image), infotext: info.infotexts[i], seed: info.all_seeds[i] ?? info.seed }));
      gallery.unshift(...made);
      gallery.length = Math.min(gallery.length, 200);
      if (info.infotexts.some(text => !text)) this.app?.toast(t("generate.unfinished"), { kind: "info" });
    } catch (error) {
      if (this.app) this.app.fail(error);
    } finally {
      running.done = true;
      gallery.running = null;
      // the view may have been left and come back: the one that is shown now is told
      gallery.shown?.ended();
    }
  }

  /** Looks at what is being drawn until it is there. */
  async look(running) {
    gallery.shown = this;
    if (this.#running === running) return;
    this.#running = running;
    this.draw.disabled = true;
    this.stop.hidden = false;
    this.skip.hidden = this.value.count < 2;
    this.line.say(null, t("generate.starting"));
    this.none.hidden = true;
    while (!running.done && !this.signal.aborted) {
      try {
        const now = await this.api.get(this.api.sdapi("progress"), { signal: this.signal });
        if (running.done) break;
        if (now.state.job_count > 0) this.line.say(now.progress, now.eta_relative > 1 ? t("generate.left", { part: number(now.progress, { style: "percent", maximumFractionDigits: 0 }), time: duration(now.eta_relative) }) : t("generate.working", { part: number(now.progress, { style: "percent", maximumFractionDigits: 0 }) }));
        if (now.current_image) {
          this.now.hidden = false;
          this.now.style.setProperty("aspect-ratio", `${this.value.width} / ${this.value.height}`);
          fill(this.now, h("img", { class: "rough", src: addressOf(now.current_image), alt: t("generate.unready") }));
        }
      } catch {
        // the answer to the request itself says what is wrong
      }
      await sleep(400, this.signal);
    }
  }

  ended() {
    if (!this.isConnected) return;
    this.#running = null;
    this.draw.disabled = false;
    this.stop.hidden = this.skip.hidden = this.line.hidden = this.now.hidden = true;
    this.showGallery();
  }

  async ask(what) {
    try {
      await this.api.post(this.api.sdapi(what));
    } catch (error) {
      this.app.fail(error);
    }
  }

  showGallery() {
    this.none.hidden = gallery.length > 0 || gallery.running;
    keyed(this.list, gallery, one => one.key, one => h("li", null, h("button", { type: "button", class: "cell", "aria-label": t("generate.pictureOf", { seed: String(one.seed) }), onclick: () => this.open(one) }, h("img", { src: one.src, alt: "", decoding: "async" }))));
  }

  open(one) {
    this.app.dialog({
      title: t("generate.pictureOf", { seed: String(one.seed) }),
      wide: true,
      body: () => [h("div", { class: "viewer" }, h("img", { src: one.src, alt: one.infotext?.split("\n")[0] ?? "" })), h("p", { class: "infotext" }, one.infotext)],
      actions: close => [
        button(t("generate.seed"), { icon: "dice", onclick: () => close(this.take({ seed: one.seed })) }),
        button(t("generate.asCover"), { icon: "heart", onclick: () => this.cover(one, close) }),
        button(t("picture.download"), { icon: "download", onclick: () => download(one.src, `${one.seed}.png`) }),
        button(t("generate.settings"), { icon: "undo", kind: "primary", onclick: () => {
          close();
          this.reuse(one.infotext);
        } }),
      ],
    });
  }

  /** Makes a picture that of the adapter which its prompt names. */
  async cover(one, close) {
    const names = [...new Set([...(one.infotext ?? "").matchAll(tag)].map(found => found[1]))];
    if (!names.length) return this.app.toast(t("generate.noAdapter"), { kind: "info", cure: t("generate.noAdapterCure") });
    try {
      for (const name of names) await this.api.put(`adapters/${inPath(name)}/preview`, await bytesOf(one.src));
      close();
      this.app.toast(t("generate.covered", { names: names.join(", ") }));
    } catch (error) {
      this.app.fail(error);
    }
  }

  async reuseFile(file) {
    try {
      const address = await new Promise((resolve, reject) => Object.assign(new FileReader(), { onload: event => resolve(event.target.result), onerror: reject }).readAsDataURL(file));
      const { info } = await this.api.post(this.api.sdapi("png-info"), { image: address });
      if (!info) return this.app.toast(t("generate.noInfo", { name: file.name }), { kind: "warning", cure: t("generate.noInfoCure") });
      await this.reuse(info);
    } catch (error) {
      this.app.fail(error);
    }
  }

  /** Takes the settings of an infotext. */
  async reuse(text) {
    try {
      const { recipe, unknown } = await this.api.post("blends/parse", { text }), prompt = text.split(/\n(?:Negative prompt|Steps):/)[0];
      this.take({ ...recipe, prompt, scheduler: recipe.scheduler ?? null, model: null });
      this.app.toast(t("generate.taken"));
      for (const one of unknown) this.app.toast(t("blend.unknown", { name: one.name }), { kind: "warning", cure: one.nearest.length ? t("blend.nearest", { names: one.nearest.join(", ") }) : null });
    } catch (error) {
      this.app.fail(error);
    }
  }
}
